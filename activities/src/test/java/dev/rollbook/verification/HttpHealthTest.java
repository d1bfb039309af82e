package dev.rollbook.verification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.net.httpserver.HttpServer;
import dev.rollbook.Heartbeat;
import dev.rollbook.PinnedService;
import dev.rollbook.Redaction;
import dev.rollbook.Secret;
import dev.rollbook.StepReport;
import dev.rollbook.Version;
import io.temporal.client.ActivityCanceledException;
import io.temporal.failure.ApplicationFailure;
import io.temporal.testing.TestActivityEnvironment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HttpHealthTest {

  private static final PinnedService SHOPPING =
      new PinnedService(
          "shopping-service",
          "local",
          "plan-1",
          Version.commit("b".repeat(40), "v3"),
          Version.commit("a".repeat(40), "v2"),
          null,
          null,
          null);
  private static final Secret TOKEN = new Secret("${env:TOKEN}", Map.of("TOKEN", "swordfish"));
  private static final String UP = "200 {\"status\":\"UP\",\"token\":\"swordfish\"}";
  private static final String DOWN =
      "503 {\"status\":\"DOWN\",\"components\":{\"db\":{\"status\":\"DOWN\",\"details\":{\"error\":\"refused swordfish\"}}}}";

  private final Deque<String> answers = new ArrayDeque<>();
  private final List<String> beats = Collections.synchronizedList(new ArrayList<>());
  private final List<String> tokens = Collections.synchronizedList(new ArrayList<>());
  private HttpServer server;

  @BeforeEach
  void start_a_service() throws Exception {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          tokens.add(String.valueOf(exchange.getRequestHeaders().getFirst("X-Token")));
          String answer = answers.size() > 1 ? answers.poll() : answers.peek();
          byte[] body = answer.substring(4).getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(Integer.parseInt(answer.substring(0, 3)), body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void stop_the_service() {
    server.stop(0);
  }

  @Test
  void up_three_times_in_a_row_is_healthy_and_anything_between_starts_the_row_again() {
    answers.addAll(List.of(UP, UP, DOWN, UP, UP, UP));

    StepReport report = health(beats::add).awaitUp(SHOPPING);

    assertThat(report.changed()).isTrue();
    assertThat(report.attempt()).isEqualTo(7);
    assertThat(report.summary()).matches("UP 3 times in a row after [0-9.]+ m?s");
    assertThat(report.evidence())
        .contains("5 × UP, 1 × 503 DOWN")
        .contains("\"status\":\"UP\"")
        .doesNotContain("swordfish");
    assertThat(tokens).hasSize(6).containsOnly("swordfish");
    assertThat(beats)
        .contains("UP 0 of 3; 503, DOWN: db (refused ***)", "UP 2 of 3; UP", "UP 3 of 3; UP");
  }

  @Test
  void a_passed_deadline_says_how_far_it_got_and_what_the_last_answer_was() {
    answers.addAll(List.of(UP, DOWN));

    ApplicationFailure failure =
        catchThrowableOfType(
            ApplicationFailure.class,
            () ->
                health(check().within(Duration.ofSeconds(3)), List.of(), beats::add)
                    .awaitUp(SHOPPING));

    assertThat(failure.getType()).isEqualTo("DatabaseDown");
    assertThat(failure.isNonRetryable()).isTrue();
    assertThat(failure.getOriginalMessage())
        .matches(
            "shopping-service: UP 1 of 3 times in a row within 3 s \\(\\d+ questions: 1 × UP,"
                + " \\d+ × 503 DOWN\\); last answer: 503, DOWN: db \\(refused \\*\\*\\*\\); look at"
                + " http://127.0.0.1:\\d+/actuator/health and at the service's log");
  }

  @Test
  void an_attempt_after_a_crash_has_what_is_left_of_the_time_and_no_hour_more() {
    answers.add(DOWN);
    HealthCheck patient = check(Duration.ofHours(1), Duration.ofSeconds(1));

    assertThatThrownBy(
            () ->
                health(patient, List.of(), beats::add, Duration.ofMinutes(59).plusSeconds(58))
                    .awaitUp(SHOPPING))
        .isInstanceOf(ApplicationFailure.class)
        .hasMessageContaining("UP 0 of 3 times in a row within 2 s");
  }

  @Test
  void a_service_that_became_healthy_while_nobody_asked_is_no_failure() {
    answers.add(UP);
    HealthCheck patient = check().within(Duration.ofHours(1));

    assertThat(
            health(patient, List.of(), beats::add, Duration.ofDays(2)).awaitUp(SHOPPING).summary())
        .startsWith("UP 3 times in a row after ");
  }

  @Test
  void beats_go_on_while_an_answer_is_awaited_and_the_deadline_cuts_the_question()
      throws Exception {
    try (HostileServer silent = new HostileServer(client -> Thread.sleep(60_000))) {
      HealthCheck check =
          new HealthCheck(
              silent.url(),
              3,
              Duration.ofMillis(100),
              Duration.ofMillis(2500),
              Duration.ofSeconds(30),
              Map.of());
      List<Long> at = Collections.synchronizedList(new ArrayList<>());
      long start = System.nanoTime();

      assertThatThrownBy(
              () ->
                  health(check, List.of(), progress -> at.add(System.nanoTime())).awaitUp(SHOPPING))
          .hasMessageContaining("UP 0 of 3")
          .hasMessageContaining("1 question: 1 × no answer");

      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
      for (int i = 1; i < at.size(); i++) {
        assertThat(Duration.ofNanos(at.get(i) - at.get(i - 1))).isLessThan(Duration.ofSeconds(2));
      }
      assertThat(at).hasSizeGreaterThanOrEqualTo(4);
    }
  }

  @Test
  void an_abort_comes_through_at_once() {
    answers.add(DOWN);
    ActivityCanceledException abort = new ActivityCanceledException();
    assertThatThrownBy(
            () ->
                health(
                        progress -> {
                          if (progress.contains("DOWN")) {
                            throw abort;
                          }
                        })
                    .awaitUp(SHOPPING))
        .isSameAs(abort);
    assertThat(tokens).hasSize(1);
  }

  @Test
  void as_an_activity_it_beats_to_temporal() {
    answers.add(UP);
    TestActivityEnvironment temporal = TestActivityEnvironment.newInstance();
    try {
      temporal.registerActivitiesImplementations(
          new HttpHealth((service, name) -> new ServiceChecks(check(), List.of()), Redaction.NONE));
      temporal.setActivityHeartbeatListener(String.class, beats::add);
      StepReport report = temporal.newActivityStub(Health.class).awaitUp(SHOPPING);
      assertThat(report.summary()).startsWith("UP 3 times in a row after ");
      assertThat(beats).contains("UP 0 of 3");
    } finally {
      temporal.close();
    }
  }

  @Test
  void a_probe_tells_the_answer_now() {
    answers.add(DOWN);
    HealthAnswer answer = health(beats::add).probe(check(), () -> {});
    assertThat(answer.words()).isEqualTo("503, DOWN: db (refused ***)");
    assertThat(answer.body()).contains("\"components\"").doesNotContain("swordfish");
  }

  @Test
  void without_further_checks_verification_says_so() {
    StepReport report = health(beats::add).verify(SHOPPING);
    assertThat(report.changed()).isFalse();
    assertThat(report.summary()).isEqualTo("no further checks configured");
  }

  @Test
  void every_check_is_asked_and_told() {
    answers.add("200 {\"items\":[{\"name\":\"pen\"}],\"total\":2}");
    StepReport report =
        health(
                check(),
                List.of(
                    http("products", 200, "/items/0/name", "pen"),
                    http("total", 200, "/total", "2")),
                beats::add)
            .verify(SHOPPING);
    assertThat(report.summary()).isEqualTo("all 2 checks passed");
    assertThat(report.evidence()).contains("passed: products", "passed: total");
  }

  @Test
  void failed_checks_say_what_was_expected_and_what_came() {
    answers.add("200 {\"total\":2,\"password\":\"hunter2\",\"token\":\"swordfish\"}");
    ApplicationFailure failure =
        catchThrowableOfType(
            ApplicationFailure.class,
            () ->
                health(
                        check(),
                        List.of(
                            http("fine", 200, "/total", "2"),
                            http("count", 200, "/total", "3"),
                            http("status", 404, null, null),
                            http("pointer", 200, "/items", null)),
                        beats::add)
                    .verify(SHOPPING));
    assertThat(failure.getType()).isEqualTo("CheckFailed");
    assertThat(failure.getOriginalMessage())
        .contains("3 of 4 checks failed")
        .contains("passed: fine")
        .contains("expected '3' at /total, got '2'")
        .contains("expected 404, got 200")
        .contains("expected JSON with /items, got JSON without it")
        .contains("the answer begins: {\"total\":2")
        .doesNotContain("hunter2")
        .doesNotContain("swordfish");
  }

  @Test
  void a_check_is_tried_three_times_when_the_service_is_not_reached() throws Exception {
    try (HostileServer closing = new HostileServer(java.net.Socket::close)) {
      HttpCheck check =
          new HttpCheck(
              "gone",
              closing.url(),
              200,
              Optional.empty(),
              Optional.empty(),
              Duration.ofSeconds(20),
              Map.of());
      assertThatThrownBy(() -> health(check(), List.of(check), beats::add).verify(SHOPPING))
          .hasMessageContaining("expected 200, got connection broken off");
      assertThat(closing.accepted()).isEqualTo(3);
    }
  }

  private HttpHealth health(Heartbeat heartbeat) {
    return health(check(), List.of(), heartbeat);
  }

  private HttpHealth health(HealthCheck check, List<HttpCheck> checks, Heartbeat heartbeat) {
    return health(check, checks, heartbeat, Duration.ZERO);
  }

  private HttpHealth health(
      HealthCheck check, List<HttpCheck> checks, Heartbeat heartbeat, Duration spent) {
    return new HttpHealth(
        (service, name) -> new ServiceChecks(check, checks),
        new Redaction(Arrays.asList(TOKEN)),
        () -> heartbeat,
        () -> 7,
        () -> spent);
  }

  private HealthCheck check() {
    return check(Duration.ofSeconds(30), Duration.ofSeconds(20));
  }

  private HealthCheck check(Duration within, Duration answerWithin) {
    return new HealthCheck(
        url("/actuator/health"),
        3,
        Duration.ofMillis(50),
        within,
        answerWithin,
        Map.of("X-Token", TOKEN));
  }

  private HttpCheck http(String name, int status, String pointer, String expected) {
    return new HttpCheck(
        name,
        url("/api"),
        status,
        Optional.ofNullable(pointer),
        Optional.ofNullable(expected),
        Duration.ofSeconds(20),
        Map.of());
  }

  private URI url(String path) {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + path);
  }
}

package dev.rollbook.decision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rollbook.Abort;
import dev.rollbook.Outcome;
import dev.rollbook.Payloads;
import dev.rollbook.Run;
import dev.rollbook.Severity;
import dev.rollbook.TemporalConnection;
import dev.rollbook.decision.Alert.State;
import dev.rollbook.decision.AlertIntake.Taken;
import dev.rollbook.decision.AlertIntake.Taken.What;
import dev.rollbook.engine.NeedsTemporal;
import dev.rollbook.shop.DevServer;
import dev.rollbook.shop.LocalShop;
import dev.rollbook.shop.Rollbook;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowException;
import io.temporal.client.WorkflowStub;
import io.temporal.serviceclient.WorkflowServiceStubs;
import io.temporal.serviceclient.WorkflowServiceStubsOptions;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Alerts to a real Temporal service, its real worker and a service that is really rolled back. */
@Timeout(400)
@NeedsTemporal
class TemporalIntakeIT {

  /** Of one workflow; Temporal's own limit is 2,000. */
  private static final int MOST_UPDATES = 40;

  /** How often an alert was to be sent again. */
  private static final AtomicInteger SENT_AGAIN = new AtomicInteger();

  @TempDir static Path folder;
  private static LocalShop shop;
  private static DevServer temporal;
  private static Rollbook.Running worker;
  private static WorkflowServiceStubs service;
  private static WorkflowClient client;
  private static TemporalIntake intake;

  /** After the release that it is about. */
  private static Instant began;

  @BeforeAll
  static void a_worker_and_a_bad_release() throws Exception {
    shop = new LocalShop(folder).threeReleases();
    Files.writeString(shop.writeCatalog(), "guards: {perHour: 1}\n", StandardOpenOption.APPEND);
    temporal =
        DevServer.start(
            folder, "--dynamic-config-value", "history.maxTotalUpdates=" + MOST_UPDATES);
    worker = rollbook().worker();
    service = stubs(temporal.address());
    client = TemporalConnection.client(service, "default");
    intake = new TemporalIntake(client);
    shop.deploy();
    began = Instant.now();
  }

  @AfterAll
  static void nothing_is_left() throws Exception {
    service.shutdownNow();
    worker.process().destroyForcibly().waitFor();
    temporal.close();
    shop.close();
  }

  @AfterEach
  void no_run_is_left_open() {
    WorkflowStub run = client.newUntypedWorkflowStub(LocalShop.RUN_ID);
    try {
      run.update("abort", String.class, new Abort("the test", "is over"));
      run.getResult(Run.class);
    } catch (WorkflowException isOver) {
      assertThat(isOver).isNotNull();
    }
  }

  @Test
  void a_thousand_copies_start_one_run_that_a_person_forbids() throws Exception {
    List<What> answers = Collections.synchronizedList(new ArrayList<>());
    ExecutorService senders = Executors.newFixedThreadPool(50);
    int before = SENT_AGAIN.get();
    IntStream.range(0, 1000)
        .mapToObj(
            i ->
                CompletableFuture.runAsync(
                    () -> answers.add(takeAsOftenAsIsAsked("high").what()), senders))
        .toList()
        .forEach(CompletableFuture::join);
    senders.shutdown();
    boolean sentAgain = SENT_AGAIN.get() > before;

    Rollbook.Answer status = rollbook().call("status", "shop", "-e", "local");
    Rollbook.Answer rejected =
        rollbook().call("reject", "shop", "-e", "local", "--reason", "our own load test");

    assertThat(answers).hasSize(1000);
    startedOnce(answers, sentAgain);
    assertThat(status.out())
        .contains(
            "Decision: high: decide within 10 min, else roll back",
            "Roll back shop in local? HighLatency: p99 over 5 s",
            "silence is 'roll back'",
            "rollbook approve shop -e local");
    assertThat(rejected.exitCode()).as(rejected.err()).isEqualTo(5);
    assertThat(rejected.out()).contains("NOT_NEEDED", "our own load test");
    assertThat(takeAsOftenAsIsAsked("high", State.RESOLVED, Severity.HIGH).what())
        .isEqualTo(What.IGNORED);
    assertThat(shop.checkouts()).isEmpty();
  }

  @Test
  void many_alerts_of_one_service_at_once_join_one_run() throws Exception {
    ExecutorService senders = Executors.newFixedThreadPool(50);
    List<CompletableFuture<Taken>> sent =
        IntStream.range(0, 300)
            .mapToObj(
                i ->
                    CompletableFuture.supplyAsync(() -> takeAsOftenAsIsAsked("many-" + i), senders))
            .toList();

    sent.forEach(one -> assertThat(one.join().runId()).isEqualTo(LocalShop.RUN_ID));

    senders.shutdown();
    knowsAll(300);
  }

  @Test
  void what_comes_when_a_run_takes_no_more_updates_is_not_lost() throws Exception {
    int alerts = MOST_UPDATES + 10;

    for (int i = 0; i < alerts; i++) {
      assertThat(takeAsOftenAsIsAsked("late-" + i).runId()).isEqualTo(LocalShop.RUN_ID);
    }

    knowsAll(alerts);
    WorkflowStub run = client.newUntypedWorkflowStub(LocalShop.RUN_ID);
    run.terminate("the test is over, and it takes no abort");
  }

  @Test
  void a_critical_one_is_rolled_back_and_the_report_says_why() throws Exception {
    int before = SENT_AGAIN.get();
    What began = takeAsOftenAsIsAsked("critical", State.FIRING, Severity.CRITICAL).what();
    startedOnce(List.of(began), SENT_AGAIN.get() > before);

    Run run = client.newUntypedWorkflowStub(LocalShop.RUN_ID).getResult(Run.class);

    assertThat(run.outcome()).isEqualTo(Outcome.ROLLED_BACK);
    assertThat(Files.readString(Path.of(run.report())))
        .contains("critical: roll back at once", "HighLatency: p99 over 5 s", "trigger: \"alert\"");
    JsonNode read =
        Payloads.mapper()
            .readTree(rollbook().call("status", "shop", "-e", "local", "-o", "json").out());
    assertThat(read.path("decision").path("alerts")).hasSize(1);
    assertThat(read.path("guard").path("withinAnHour").asInt()).isOne();
    assertThat(read.path("guard").path("tooMany").asBoolean()).isTrue();
    assertThat(read.at("/guard/notAgain/0/version").asText()).isEqualTo(run.from().id());
    assertThat(rollbook().call("status", "shop", "-e", "local").out())
        .contains(
            "rolled back by alerts 1 times within an hour; that is too much here or in all",
            "; alerts do not touch " + run.from().id() + " again until ");
  }

  @Test
  void a_quarantined_one_is_told_once() throws Exception {
    Alert alert = alert("odd", State.FIRING, null);

    quarantined(alert);
    quarantined(alert);

    await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () ->
                temporal.workflowIds().stream()
                        .distinct()
                        .filter(id -> id.startsWith("quarantined:"))
                        .count()
                    == 1);
  }

  @Test
  void silence_is_told_apart_within_two_seconds() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      WorkflowServiceStubs away = stubs("127.0.0.1:" + silent.getLocalPort());
      try {
        TemporalIntake waiting = new TemporalIntake(TemporalConnection.client(away, "default"));
        List<Duration> waited = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
          long began = System.nanoTime();

          assertThatThrownBy(() -> AlertTaken.by(waiting, alert("a", State.FIRING, Severity.HIGH)))
              .isInstanceOf(TemporalAway.class);

          waited.add(Duration.ofNanos(System.nanoTime() - began));
        }

        // what is more in the others, a busy machine has added
        assertThat(Collections.min(waited)).isLessThan(Duration.ofSeconds(3));
      } finally {
        away.shutdownNow();
      }
    }
  }

  private static Taken takeAsOftenAsIsAsked(String fingerprint) {
    return takeAsOftenAsIsAsked(fingerprint, State.FIRING, Severity.HIGH);
  }

  private static Taken takeAsOftenAsIsAsked(String fingerprint, State state, Severity severity) {
    return asOftenAsIsAsked(() -> AlertTaken.by(intake, alert(fingerprint, state, severity)));
  }

  private static void quarantined(Alert alert) {
    asOftenAsIsAsked(
        () -> {
          AlertTaken.awaited(intake.quarantine(List.of(alert), "no severity"));
          return true;
        });
  }

  /** As Alertmanager does. */
  private static <T> T asOftenAsIsAsked(Supplier<T> sending) {
    AtomicReference<T> answer = new AtomicReference<>();
    await()
        .atMost(Duration.ofSeconds(90))
        .until(
            () -> {
              try {
                answer.set(sending.get());
                return true;
              } catch (TemporalAway sendItAgain) {
                SENT_AGAIN.incrementAndGet();
                return false;
              }
            });
    return answer.get();
  }

  /** One is told that it has started the run; none, if that answer was late: a copy joins. */
  private static void startedOnce(List<What> answers, boolean sentAgain) {
    assertThat(Collections.frequency(answers, What.STARTED)).isBetween(sentAgain ? 0 : 1, 1);
    assertThat(answers).isSubsetOf(What.STARTED, What.JOINED);
  }

  private static void knowsAll(int alerts) {
    WorkflowStub run = client.newUntypedWorkflowStub(LocalShop.RUN_ID);
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () ->
                assertThat(run.query("status", Run.class).decision().alertsInAll())
                    .isEqualTo(alerts));
  }

  private static Alert alert(String fingerprint, State state, Severity severity) {
    return new Alert(
        fingerprint,
        state,
        LocalShop.SERVICE,
        LocalShop.ENVIRONMENT,
        severity,
        began,
        null,
        Instant.now(),
        "HighLatency",
        "p99 over 5 s",
        null,
        null);
  }

  private static Rollbook rollbook() {
    return new Rollbook(folder).with("TEMPORAL_ADDRESS", temporal.address());
  }

  private static WorkflowServiceStubs stubs(String address) {
    return WorkflowServiceStubs.newServiceStubs(
        WorkflowServiceStubsOptions.newBuilder().setTarget(address).build());
  }
}

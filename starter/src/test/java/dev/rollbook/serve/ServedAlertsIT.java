package dev.rollbook.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.Outcome;
import dev.rollbook.Payloads;
import dev.rollbook.Run;
import dev.rollbook.engine.NeedsTemporal;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Many, broken and made-up alerts over HTTP, and what runs in Temporal after them. */
@NeedsTemporal
@Timeout(600)
class ServedAlertsIT {

  private static final int CONNECTIONS = 50;

  private static final int SEED = 7;

  private static final List<String> OWN =
      List.of("one", "orders", "billing", "many", "copies", "flap", "end", "last", "slow");

  private static final AtomicInteger SENT_AGAIN = new AtomicInteger();

  @TempDir static Path folder;
  private static ServedOnTemporal served;

  @BeforeAll
  static void start() throws Exception {
    List<String> allowed =
        Stream.concat(OWN.stream(), IntStream.range(0, CONNECTIONS).mapToObj(i -> "s" + i))
            .toList();
    served = new ServedOnTemporal(folder, allowed, List.of("secret", "pay"));
  }

  @AfterAll
  static void stop() {
    if (served != null) {
      served.close();
    }
  }

  @AfterEach
  void nothing_is_stuck() {
    served.nothingIsStuck();
  }

  @Test
  void a_thousand_alerts_of_one_service_are_one_run_that_knows_them_all() throws Exception {
    int alerts = 1000;
    int before = SENT_AGAIN.get();

    List<String> became =
        taken(IntStream.range(0, alerts).mapToObj(i -> message("one", "a" + i, "high")).toList());

    assertThat(became).hasSize(alerts).isSubsetOf("started", "joined");
    // none, if that answer was late: what is sent again joins
    assertThat(Collections.frequency(became, "started"))
        .isBetween(SENT_AGAIN.get() > before ? 0 : 1, 1);
    soon(() -> assertThat(served.runs()).containsEntry("rollback:production:one", 1L));
    soon(
        () ->
            assertThat(
                    served
                        .client()
                        .newUntypedWorkflowStub("rollback:production:one")
                        .query("status", Run.class)
                        .decision()
                        .alertsInAll())
                .isEqualTo(alerts));
  }

  @Test
  void many_services_at_once_are_as_many_runs_each_started_once() throws Exception {
    List<String> became =
        taken(
            IntStream.range(0, CONNECTIONS)
                .mapToObj(i -> message("s" + i, "b" + i, "high"))
                .toList());

    assertThat(became).hasSize(CONNECTIONS).isSubsetOf("started", "joined");
    soon(
        () ->
            assertThat(served.runs().entrySet())
                .filteredOn(run -> run.getKey().matches("rollback:production:s\\d+"))
                .hasSize(CONNECTIONS)
                .allMatch(run -> run.getValue() == 1));
  }

  @Test
  void ends_of_many_alerts_of_which_a_part_came_first_end_the_run() throws Exception {
    int alerts = 20;
    List<String> before = becameOf(message("many", "firing", IntStream.range(10, 15)));
    List<String> all = becameOf(message("many", "firing", IntStream.range(0, alerts)));
    assertThat(before).hasSize(5).isSubsetOf("started", "joined");
    assertThat(all).hasSize(alerts).containsOnly("joined");

    List<String> ended = becameOf(message("many", "resolved", IntStream.range(0, alerts)));

    assertThat(ended).hasSize(alerts).containsOnly("joined");
    Run run =
        served
            .client()
            .newUntypedWorkflowStub("rollback:production:many")
            .getResult(60, TimeUnit.SECONDS, Run.class);
    assertThat(run.outcome()).isEqualTo(Outcome.NOT_NEEDED);
    assertThat(run.decision().decided().by()).isEqualTo("the alert");
  }

  @Test
  void no_captured_or_broken_message_begins_what_it_does_not_ask_for() throws Exception {
    Map<String, Long> before = served.runs();
    List<byte[]> broken =
        Stream.concat(
                AlertPayloadsTest.malformed().map(each -> (byte[]) each.get()[1]),
                AlertPayloadsTest.wrong()
                    .map(each -> ((String) each.get()[0]).replace('\'', '"'))
                    .map(each -> each.getBytes(StandardCharsets.UTF_8)))
            .toList();
    assertThat(broken).hasSizeGreaterThan(40);
    for (byte[] each : broken) {
      assertThat(served.post(each).statusCode()).isIn(400, 422);
    }
    for (String idle :
        List.of(
            "firing-2000-alerts",
            "firing-groupkey-after-reload",
            "firing-groupkey-before-reload",
            "firing-no-alertname",
            "firing-no-severity-no-service",
            "firing-unicode-special",
            "resolved-group-remaining2",
            "resolved-single")) {
      becameOf(Served.fixture(idle));
    }
    becameOf(message("last", "z", "high"));
    Map<String, Long> expected = new HashMap<>(before);
    expected.put("rollback:production:last", 1L);
    soon(() -> assertThat(served.runs()).containsKey("rollback:production:last"));
    assertThat(served.runs()).isEqualTo(expected);

    for (String asking :
        List.of(
            "e2e-prometheus-firing",
            "firing-basic-auth",
            "firing-bearer-auth",
            "firing-group4-mixed-severity",
            "firing-group4-two-resolved",
            "firing-groupby-all-a",
            "firing-groupby-all-b",
            "firing-mtls",
            "firing-single",
            "flap-first-startsAt",
            "flap-second-startsAt-no-resolved-between",
            "ha-duplicate-am1",
            "ha-duplicate-am2")) {
      assertThat(becameOf(Served.fixture(asking))).doesNotContain("quarantined");
    }
    Set<String> ids = new HashSet<>(expected.keySet());
    ids.addAll(List.of("rollback:production:orders", "rollback:production:billing"));
    soon(() -> assertThat(served.runs().keySet()).isEqualTo(ids));
  }

  @Test
  void a_pair_a_thousand_copies_a_flap_and_an_end_before_its_start_are_one_run_each()
      throws Exception {
    byte[] one = renamed("ha-duplicate-am1", "copies");
    byte[] other = renamed("ha-duplicate-am2", "copies");
    List<String> became =
        taken(IntStream.range(0, 1000).mapToObj(i -> i % 2 == 0 ? one : other).toList());
    assertThat(became).hasSize(1000).isSubsetOf("started", "joined");
    becameOf(renamed("flap-first-startsAt", "flap"));
    becameOf(renamed("flap-second-startsAt-no-resolved-between", "flap"));
    assertThat(becameOf(renamed("resolved-single", "end"))).containsExactly("ignored");
    assertThat(becameOf(renamed("firing-single", "end"))).isSubsetOf("started", "joined");

    soon(
        () ->
            assertThat(served.runs())
                .containsEntry("rollback:production:copies", 1L)
                .containsEntry("rollback:production:flap", 1L)
                .containsEntry("rollback:production:end", 1L));
    assertThat(known("copies")).isOne();
    assertThat(known("flap")).isEqualTo(2);
    assertThat(known("end")).isOne();
  }

  @Test
  void a_person_is_told_of_a_stranger_once_whoever_serves_and_whatever_comes_with_it()
      throws Exception {
    byte[] alone = strangers("Stranger-1");
    becameOf(alone);
    becameOf(alone);
    soon(() -> assertThat(told("Stranger-1")).isEqualTo(1));

    try (RollbookServer second = served.another("default")) {
      URI url = second.start();
      byte[] both = strangers("Stranger-1", "Stranger-2");
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> served.post(url, both).statusCode() == 200);
      served.post(url, alone);
    }

    soon(() -> assertThat(told("Stranger-2")).isEqualTo(1));
    served.nothingIsStuck();
    assertThat(told("Stranger-1")).isEqualTo(1);
  }

  @Test
  void a_silent_temporal_and_one_without_the_namespace_are_told_within_two_seconds()
      throws Exception {
    List<byte[]> messages =
        List.of(
            message("slow", "c", "high"),
            message("slow", "resolved", IntStream.range(0, 1)),
            strangers("Stranger-3"));
    served.temporal().freeze();
    try {
      for (byte[] each : messages) {
        isRefusedInTime(served.url(), each);
      }
    } finally {
      served.temporal().thaw();
    }
    try (RollbookServer nowhere = served.another("nowhere")) {
      URI url = nowhere.start();
      for (byte[] each : messages) {
        isRefusedInTime(url, each);
      }
      assertThat(served.get(url.resolve("/ready")).statusCode()).isEqualTo(503);
      assertThat(served.get(url.resolve("/health")).statusCode()).isEqualTo(200);
    }

    becameOf(messages.get(0));
    becameOf(messages.get(2));
    soon(() -> assertThat(served.runs()).containsEntry("rollback:production:slow", 1L));
    assertThat(known("slow")).isOne();
    soon(() -> assertThat(told("Stranger-3")).isEqualTo(1));
  }

  /** What is more in another try, a busy machine has added. */
  private static void isRefusedInTime(URI server, byte[] message) throws Exception {
    Duration quickest = Duration.ofHours(1);
    for (int i = 0; i < 4 && quickest.compareTo(Duration.ofSeconds(2)) >= 0; i++) {
      long began = System.nanoTime();
      HttpResponse<String> refused = served.post(server, message);
      assertThat(refused.statusCode()).as(refused.body()).isEqualTo(503);
      Duration took = Duration.ofNanos(System.nanoTime() - began);
      quickest = took.compareTo(quickest) < 0 ? took : quickest;
    }
    assertThat(quickest).isLessThan(Duration.ofSeconds(2));
  }

  private static int known(String service) {
    return served
        .client()
        .newUntypedWorkflowStub("rollback:production:" + service)
        .query("status", Run.class)
        .decision()
        .alertsInAll();
  }

  private static long told(String name) {
    return served.told().stream().filter(each -> each.contains(name)).count();
  }

  /** With other labels, an alert has another fingerprint. */
  private static byte[] renamed(String fixture, String service) throws IOException {
    return new String(Served.fixture(fixture), StandardCharsets.UTF_8)
        .replace("\"orders\"", "\"" + service + "\"")
        .replace("\"critical\"", "\"high\"")
        .replaceAll(
            "(\"fingerprint\": ?\")[0-9a-f]{4}", "$1%04x".formatted(service.hashCode() & 0xffff))
        .getBytes(StandardCharsets.UTF_8);
  }

  /** Alerts that name no service. */
  private static byte[] strangers(String... names) {
    return messageOf(
        Stream.of(names)
            .map(
                name ->
                    """
                    {"status": "firing", "startsAt": "2026-11-23T05:00:00Z", "fingerprint": "%s", "labels": {"alertname": "%s"}}
                    """
                        .formatted(name, name)));
  }

  private static byte[] message(String service, String status, IntStream alerts) {
    return messageOf(
        alerts.mapToObj(
            i ->
                """
                {"status": "%s", "startsAt": "2026-11-23T05:00:00Z", "fingerprint": "c%d",
                 "labels": {"alertname": "HighLatency", "service": "%s", "severity": "high"}}
                """
                    .formatted(status, i, service)));
  }

  private static byte[] messageOf(Stream<String> alerts) {
    return ("{\"version\": \"4\", \"status\": \"firing\", \"alerts\": ["
            + alerts.collect(Collectors.joining(","))
            + "]}")
        .getBytes(StandardCharsets.UTF_8);
  }

  /** Of each alert in it. */
  private static List<String> becameOf(byte[] message) throws Exception {
    HttpResponse<String> response =
        await()
            .atMost(Duration.ofSeconds(180))
            .pollInterval(Duration.ofMillis(500))
            .until(() -> served.post(message), answer -> answer.statusCode() != 503);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return Payloads.mapper().readTree(response.body()).findValuesAsText("what");
  }

  /** The server's index is written a moment after what it tells of. */
  private static void soon(ThrowingRunnable isTold) {
    await().atMost(Duration.ofSeconds(60)).untilAsserted(isTold);
  }

  @Test
  void broken_messages_start_nothing_that_they_do_not_name() throws Exception {
    Mutations mutations = new Mutations(SEED);
    Set<Integer> statuses = ConcurrentHashMap.newKeySet();
    Set<String> named = ConcurrentHashMap.newKeySet();
    List<byte[]> bodies = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      List<String> captured = MutatedMessagesTest.CAPTURED;
      bodies.add(mutations.of(Served.fixture(captured.get(i % captured.size()))));
    }
    Set<String> before = served.runs().keySet();

    atOnce(
        8,
        bodies,
        body -> {
          int status = served.post(body).statusCode();
          statuses.add(status);
          if (status == 200 || status == 503) {
            MutatedMessagesTest.services(body)
                .forEach(service -> named.add("rollback:production:" + service));
          }
          return status;
        });
    System.out.printf("%d mutated messages, seed %d: %s%n", bodies.size(), SEED, statuses);

    assertThat(statuses).contains(200, 400, 422).isSubsetOf(200, 400, 422, 503);
    Set<String> begun = served.runs().keySet();
    begun.removeAll(before);
    assertThat(begun).isSubsetOf(named).isSubsetOf(allowed());
  }

  @Test
  @NeedsSchemathesis
  void whatever_is_made_up_is_answered_as_the_document_says() throws Exception {
    Path said = folder.resolve("schemathesis.log");
    Process schemathesis =
        new ProcessBuilder(
                "schemathesis",
                "--config-file",
                resource("schemathesis.toml"),
                "run",
                served.url().resolve("/openapi.json").toString(),
                "--header",
                "Authorization: Bearer " + ServedOnTemporal.TOKEN,
                "--phases",
                "examples,coverage,fuzzing",
                "--max-examples",
                "25",
                "--seed",
                String.valueOf(SEED),
                "--no-color",
                "--no-shrink")
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile())
            .start();
    try {
      assertThat(schemathesis.waitFor(400, TimeUnit.SECONDS)).as(tail(said)).isTrue();
    } finally {
      schemathesis.destroyForcibly();
    }

    assertThat(schemathesis.exitValue()).as(tail(said)).isZero();
    System.out.println(tail(said));
    assertThat(served.runs().keySet()).isSubsetOf(allowed());
  }

  private static String resource(String name) throws Exception {
    return Path.of(ServedAlertsIT.class.getResource(name).toURI()).toString();
  }

  private static Set<String> allowed() {
    Set<String> runs = ConcurrentHashMap.newKeySet();
    OWN.forEach(name -> runs.add("rollback:production:" + name));
    IntStream.range(0, CONNECTIONS).forEach(i -> runs.add("rollback:production:s" + i));
    return runs;
  }

  private static String tail(Path file) throws IOException {
    List<String> lines = Files.readAllLines(file);
    return String.join("\n", lines.subList(Math.max(0, lines.size() - 80), lines.size()));
  }

  /** What became of each; sent again as long as that is asked for, as an Alertmanager does. */
  private static List<String> taken(List<byte[]> messages) throws Exception {
    return atOnce(
        CONNECTIONS,
        messages,
        message -> {
          HttpResponse<String> response = served.post(message);
          while (response.statusCode() == 503) {
            SENT_AGAIN.incrementAndGet();
            response = served.post(message);
          }
          assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
          return Payloads.mapper().readTree(response.body()).at("/alerts/0/what").asText();
        });
  }

  private interface Sending<R> {
    R send(byte[] message) throws Exception;
  }

  private static <R> List<R> atOnce(int connections, List<byte[]> messages, Sending<R> sending)
      throws Exception {
    ExecutorService senders = Executors.newFixedThreadPool(connections);
    try {
      List<Future<R>> sent = new ArrayList<>();
      messages.forEach(message -> sent.add(senders.submit(() -> sending.send(message))));
      List<R> answers = new ArrayList<>();
      for (Future<R> each : sent) {
        answers.add(each.get());
      }
      return answers;
    } finally {
      senders.shutdownNow();
    }
  }

  private static byte[] message(String service, String fingerprint, String severity) {
    return """
        {"version": "4", "status": "firing", "alerts": [{"status": "firing", "startsAt": "2026-11-23T05:00:00Z",
         "fingerprint": "%s", "labels": {"alertname": "HighLatency", "service": "%s", "severity": "%s"}}]}
        """
        .formatted(fingerprint, service, severity)
        .getBytes(StandardCharsets.UTF_8);
  }
}

package dev.rollbook.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.Payloads;
import dev.rollbook.Run;
import dev.rollbook.engine.NeedsTemporal;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
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

  private static final AtomicInteger SENT_AGAIN = new AtomicInteger();

  @TempDir static Path folder;
  private static ServedOnTemporal served;

  @BeforeAll
  static void start() throws Exception {
    List<String> allowed =
        Stream.concat(
                Stream.of("one", "orders", "billing"),
                IntStream.range(0, CONNECTIONS).mapToObj(i -> "s" + i))
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
    Stream.of("one", "orders", "billing").forEach(name -> runs.add("rollback:production:" + name));
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

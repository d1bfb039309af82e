package dev.rollbook.decision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.Abort;
import dev.rollbook.FreePort;
import dev.rollbook.Outcome;
import dev.rollbook.Payloads;
import dev.rollbook.Run;
import dev.rollbook.Step;
import dev.rollbook.TemporalConnection;
import dev.rollbook.decision.Alert.State;
import dev.rollbook.decision.Decision.Answer;
import dev.rollbook.decision.Decision.Decided;
import dev.rollbook.engine.NeedsTemporal;
import dev.rollbook.escalation.Receiver;
import dev.rollbook.shop.DevServer;
import dev.rollbook.shop.LocalShop;
import dev.rollbook.shop.Rollbook;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowStub;
import io.temporal.serviceclient.WorkflowServiceStubs;
import io.temporal.serviceclient.WorkflowServiceStubsOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * Who decides what, and when, with nothing faked but the phone: each test has a service of its own
 * at one real Temporal server, worker and `rollbook serve`.
 */
@Timeout(400)
@NeedsTemporal
@NeedsAlertmanager
@Execution(ExecutionMode.CONCURRENT)
class DecidedIT {

  private static final String TOKEN = "a-token-of-this-test-alone";

  /** Each with a bad release that runs, which is rolled back for real. */
  private static final Map<String, String> BAD =
      Map.of(
          "silent", "decision: {high: {within: 3s}}",
          "approved", "decision: {high: {within: 10m}}",
          "measured", "decision: {high: {within: 12s}}\nprometheus: {url: \"%1$s\"}",
          "unasked",
              "prometheus: {url: \"%1$s\"}\n"
                  + "evidence: {labels: {application: measured}, queries: {errorRate: \"sum((\"}}");

  /** Of the one more that nobody rolls back. */
  private static final Map<String, String> LEFT =
      Map.of(
          "rejected", "decision: {high: {within: 10m}}",
          "mended", "decision: {high: {within: 10m}}",
          "medium", "decision: {medium: {within: 3s}}",
          "flooded", "decision: {high: {within: 30m}}");

  @TempDir static Path folder;
  private static final Map<String, LocalShop> SHOPS = new HashMap<>();
  private static final Receiver PHONE = new Receiver();
  private static MeasuredService measured;
  private static DevServer temporal;
  private static Rollbook.Running worker;
  private static Rollbook.Running serving;
  private static WorkflowServiceStubs service;
  private static WorkflowClient client;
  private static AlertSender alerts;

  @BeforeAll
  static void everything_runs_and_bad_releases_too() throws Exception {
    int port = FreePort.any();
    measured = new MeasuredService(folder, "{application: measured, environment: local}");
    StringBuilder catalog =
        new StringBuilder(
            """
            version: 1
            serve: {port: %1$d, bearer: {t1: "file:%2$s"}}
            channels: {hook: {type: webhook, url: "%3$s"}}
            roles: {oncall: [kim]}
            escalation: {levels: [{role: oncall}]}
            links: {url: "http://127.0.0.1:%1$d", keys: {k1: "file:%4$s"}}
            alerts: {allow: [%5$s], watchdogWithin: 8s}
            services:
            """
                .formatted(
                    port,
                    Files.writeString(folder.resolve("token"), TOKEN),
                    PHONE.url("/hook"),
                    Files.writeString(folder.resolve("key"), "0123456789abcdef".repeat(2)),
                    String.join(", ", BAD.keySet()) + ", " + String.join(", ", LEFT.keySet())));
    for (String name : BAD.keySet()) {
      catalog.append(entry(name, shop(name), BAD.get(name)));
    }
    LocalShop left = shop("left");
    LEFT.forEach((name, more) -> catalog.append(entry(name, left, more)));
    Files.writeString(folder.resolve("rollbook.yaml"), catalog);
    temporal = DevServer.start(folder);
    worker = rollbook().worker();
    serving = rollbook().start("serve");
    service =
        WorkflowServiceStubs.newServiceStubs(
            WorkflowServiceStubsOptions.newBuilder().setTarget(temporal.address()).build());
    client = TemporalConnection.client(service, "default");
    await()
        .atMost(Duration.ofSeconds(90))
        .until(() -> serving.out().contains("serving at") || !serving.process().isAlive());
    assertThat(serving.process().isAlive()).as(serving.err()).isTrue();
    alerts = new AlertSender(port, TOKEN);
  }

  private static LocalShop shop(String name) throws Exception {
    LocalShop shop = new LocalShop(Files.createDirectories(folder.resolve(name))).threeReleases();
    SHOPS.put(name, shop);
    shop.deploy();
    return shop;
  }

  /** As {@link LocalShop} writes it, under another name and with more. */
  private static String entry(String name, LocalShop shop, String more) {
    String start =
        String.join(", ", shop.startCommand().stream().map(word -> "'" + word + "'").toList());
    return """
      %1$s:
        environments:
          local:
            kind: local
            repository: %2$s
            port: %3$d
            freeDisk: 1MB
            stop: {grace: 2s}
            build: {command: [./build.sh], within: 60s}
            start: {command: [%4$s], within: 60s}
            health: {inARow: 2, every: 200ms, within: 60s}
            %5$s
    """
        .formatted(
            name,
            shop.repository(),
            shop.port(),
            start,
            more.formatted(measured.url()).replace("\n", "\n        "));
  }

  @AfterAll
  static void nothing_is_left() throws Exception {
    service.shutdownNow();
    serving.process().destroyForcibly().waitFor();
    worker.process().destroyForcibly().waitFor();
    temporal.close();
    SHOPS.values().forEach(LocalShop::close);
    measured.close();
    PHONE.close();
  }

  @Test
  void silence_on_a_high_one_rolls_back_at_the_deadline_and_not_before() throws Exception {
    assertThat(alerts.send(State.FIRING, "silent", "high")).isIn("started", "joined");

    Run run = ended("silent");

    assertThat(run.outcome()).as(run.reason()).isEqualTo(Outcome.ROLLED_BACK);
    Decided decided = run.decision().decided();
    assertThat(decided.describe())
        .startsWith("roll back, by the rule: nobody decided until " + run.decision().until());
    assertThat(run.decision().until()).isEqualTo(received(run).plusSeconds(3));
    assertThat(decided.at())
        .isBetween(run.decision().until(), run.decision().until().plusSeconds(30));
    assertThat(SHOPS.get("silent").checkouts()).hasSize(1);
  }

  @Test
  void a_word_by_the_link_rolls_back_at_once() throws Exception {
    assertThat(alerts.send(State.FIRING, "approved", "high")).isIn("started", "joined");
    URI approve = link("approve", "Roll back approved");

    press(approve);

    Run run = ended("approved");
    assertThat(run.outcome()).as(run.reason()).isEqualTo(Outcome.ROLLED_BACK);
    assertThat(run.decision().decided().describe())
        .isEqualTo("roll back, by kim: no reason given (by the link sent there)");
    assertThat(run.decision().until()).isEqualTo(received(run).plusSeconds(600));
    assertThat(run.endedAt()).isBefore(run.decision().until().minusSeconds(300));
    assertThat(SHOPS.get("approved").checkouts()).hasSize(1);
  }

  @Test
  void a_no_by_the_command_leaves_everything_as_it_is() throws Exception {
    assertThat(alerts.send(State.FIRING, "rejected", "high")).isIn("started", "joined");

    Rollbook.Answer said =
        rollbook().call("reject", "rejected", "-e", "local", "--reason", "a load test of ours");

    assertThat(said.exitCode()).as(said.toString()).isEqualTo(5);
    Run run = ended("rejected");
    assertThat(run.outcome()).isEqualTo(Outcome.NOT_NEEDED);
    assertThat(run.decision().decided().answer()).isEqualTo(Answer.NOT_NEEDED);
    assertThat(run.decision().decided().why()).isEqualTo("a load test of ours");
    assertThat(SHOPS.get("left").checkouts()).isEmpty();
  }

  @Test
  void silence_on_a_medium_one_calls_people_and_touches_nothing() throws Exception {
    assertThat(alerts.send(State.FIRING, "medium", "medium")).isIn("started", "joined");

    Run run = ended("medium");

    assertThat(run.outcome()).as(run.reason()).isEqualTo(Outcome.BLOCKED);
    assertThat(run.decision().decided().describe())
        .startsWith("call more people, by the rule: nobody decided until ");
    await("a call")
        .atMost(Duration.ofSeconds(60))
        .until(() -> told("medium in local: people must decide whether to roll back") == 1);
    assertThat(SHOPS.get("left").checkouts()).isEmpty();
  }

  @Test
  void what_is_resolved_while_people_think_needs_no_rollback() throws Exception {
    assertThat(alerts.send(State.FIRING, "mended", "high")).isIn("started", "joined");

    alerts.send(State.RESOLVED, "mended", "high");

    Run run = ended("mended");
    assertThat(run.outcome()).isEqualTo(Outcome.NOT_NEEDED);
    assertThat(run.decision().decided().describe())
        .isEqualTo("no rollback, by the alert: resolved before anything was done");
    assertThat(SHOPS.get("left").checkouts()).isEmpty();
  }

  @Test
  void an_end_that_the_metrics_do_not_bear_out_ends_nothing() throws Exception {
    await("metrics that show it")
        .atMost(Duration.ofSeconds(60))
        .ignoreExceptions()
        .until(
            () -> measured.shows("rate(http_server_requests_seconds_count{status=\"500\"}[5m])"));
    assertThat(alerts.send(State.FIRING, "measured", "high")).isIn("started", "joined");
    await("a look at the metrics")
        .atMost(Duration.ofSeconds(60))
        .until(() -> status("measured").map(run -> run.decision().symptoms()).isPresent());

    assertThat(alerts.send(State.RESOLVED, "measured", "high")).isEqualTo("joined");

    Run run = ended("measured");
    assertThat(run.outcome()).as(run.reason()).isEqualTo(Outcome.ROLLED_BACK);
    assertThat(run.decision().notes())
        .anyMatch(
            note ->
                note.matches(
                    ".* resolved, which the metrics do not bear out: shown: 8\\d.* % of the answers fail.*"));
    assertThat(run.decision().decided().describe())
        .startsWith("roll back, by the rule: nobody decided until ");
    assertThat(SHOPS.get("measured").checkouts()).hasSize(1);
  }

  @Test
  void a_query_that_is_wrong_holds_nothing_up_and_what_is_resolved_after_the_act_is_a_note()
      throws Exception {
    LocalShop shop = SHOPS.get("unasked");
    shop.buildWaits();
    assertThat(alerts.send(State.FIRING, "unasked", "critical")).isIn("started", "joined");
    await("the act").atMost(Duration.ofSeconds(90)).until(() -> !shop.builds().isEmpty());

    assertThat(alerts.send(State.RESOLVED, "unasked", "critical")).isEqualTo("joined");
    shop.buildGoesOn();

    Run run = ended("unasked");
    assertThat(run.outcome()).as(run.reason()).isEqualTo(Outcome.ROLLED_BACK);
    assertThat(run.decision().decided().describe())
        .isEqualTo("roll back, by the rule: critical: roll back at once");
    assertThat(run.decision().symptoms().shown()).isEqualTo(Shown.UNKNOWN);
    assertThat(summary(run, "D4"))
        .contains("its error rate is not known: Prometheus does not take the query")
        .contains("mend errorRate");
    assertThat(Files.readString(Path.of(run.report()))).contains("mend errorRate");
    assertThat(run.decision().notes()).anyMatch(note -> note.contains("critical RESOLVED Bad"));
    assertThat(shop.checkouts()).hasSize(1);
  }

  @Test
  void a_watchdog_that_stays_out_is_told_once_and_again_after_it_was_heard() throws Exception {
    String silent = "alerts may not come through: Watchdog: silent since ";
    await("a call").atMost(Duration.ofSeconds(60)).until(() -> told(silent) == 1);
    assertThat(alerts.metrics()).contains("rollbook_watchdog_silent 1.0");

    alerts.sendWatchdog();

    assertThat(alerts.metrics()).contains("rollbook_watchdog_silent 0.0");
    await("another call").atMost(Duration.ofSeconds(60)).until(() -> told(silent) > 1);
    assertThat(told(silent)).isEqualTo(2);
  }

  @Test
  void thousands_of_alerts_each_larger_than_the_last_leave_nothing_behind_in_memory()
      throws Exception {
    flood(0, 500);
    long before = liveBytes(serving.process());

    long posted = flood(500, 5000);

    long after = liveBytes(serving.process());
    System.out.printf(
        "%d MB of alerts posted: %.1f MB in use before, %.1f MB after%n",
        posted >> 20, before / 1e6, after / 1e6);
    assertThat(posted).isGreaterThan(64L << 20);
    assertThat(after - before).isLessThan(8L << 20);
    assertThat(status("flooded").orElseThrow().decision().alertsInAll()).isEqualTo(5000);
    run("flooded").update("abort", String.class, new Abort("the test", "is over"));
    assertThat(ended("flooded").outcome()).isEqualTo(Outcome.NOT_NEEDED);
  }

  /**
   * @return how many bytes of text
   */
  private static long flood(int from, int to) {
    int atOnce = 100;
    long posted = 0;
    for (int i = from; i < to; i += atOnce) {
      int each = i * 7;
      assertThat(alerts.fire("flooded", "high", IntStream.range(i, i + atOnce), each))
          .hasSize(atOnce)
          .isSubsetOf("started", "joined");
      posted += (long) atOnce * each;
    }
    return posted;
  }

  /** What is still in use after a full collection. */
  private static long liveBytes(Process java) throws IOException, InterruptedException {
    Path histogram = folder.resolve("histogram");
    Process jcmd =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                String.valueOf(java.pid()),
                "GC.class_histogram")
            .redirectErrorStream(true)
            .redirectOutput(histogram.toFile())
            .start();
    assertThat(jcmd.waitFor(60, TimeUnit.SECONDS)).isTrue();
    String said = Files.readString(histogram);
    Matcher total = Pattern.compile("(?m)^Total\\s+\\d+\\s+(\\d+)").matcher(said);
    assertThat(total.find()).as(said).isTrue();
    return Long.parseLong(total.group(1));
  }

  private static Instant received(Run run) {
    return run.decision().alerts().get(0).receivedAt().truncatedTo(ChronoUnit.MILLIS);
  }

  private static String summary(Run run, String step) {
    return run.steps().stream()
        .filter(each -> each.id().equals(step))
        .map(Step::summary)
        .findFirst()
        .orElseThrow();
  }

  private static URI link(String name, String about) {
    return await("a question with links")
        .atMost(Duration.ofSeconds(60))
        .until(
            () ->
                PHONE.requests().stream()
                    .map(Receiver.Request::body)
                    .filter(call -> call.contains(about))
                    .map(call -> URI.create(field(call, name)))
                    .findFirst(),
            Optional::isPresent)
        .orElseThrow();
  }

  private static String field(String json, String name) {
    try {
      return Payloads.mapper().readTree(json).path(name).asText();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** As the button of the page does. */
  private static void press(URI link) {
    HttpRequest button =
        HttpRequest.newBuilder(alerts.url().resolve("/decide"))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .timeout(Duration.ofSeconds(30))
            .POST(HttpRequest.BodyPublishers.ofString(link.getQuery() + "&note="))
            .build();
    await("a word that is heard")
        .atMost(Duration.ofSeconds(60))
        .until(() -> alerts.http().send(button, BodyHandlers.discarding()).statusCode() == 200);
  }

  private static long told(String words) {
    return PHONE.requests().stream().filter(each -> each.body().contains(words)).count();
  }

  private static Optional<Run> status(String name) {
    return Optional.ofNullable(run(name).query("status", Run.class));
  }

  private static Run ended(String name) throws Exception {
    Run run = run(name).getResult(120, TimeUnit.SECONDS, Run.class);
    System.out.printf(
        "%s: decided %.1f s after its receipt, %s %.1f s later%n",
        name,
        Duration.between(received(run), run.decision().decided().at()).toMillis() / 1e3,
        run.outcome(),
        Duration.between(run.decision().decided().at(), run.endedAt()).toMillis() / 1e3);
    return run;
  }

  private static WorkflowStub run(String name) {
    return client.newUntypedWorkflowStub("rollback:local:" + name);
  }

  private static Rollbook rollbook() {
    return new Rollbook(folder).with("TEMPORAL_ADDRESS", temporal.address());
  }
}

package dev.rollbook.decision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.Abort;
import dev.rollbook.Outcome;
import dev.rollbook.Run;
import dev.rollbook.Step;
import dev.rollbook.decision.Alert.State;
import dev.rollbook.decision.Decision.Answer;
import dev.rollbook.decision.Decision.Decided;
import dev.rollbook.engine.NeedsTemporal;
import dev.rollbook.serve.MalformedMessages;
import dev.rollbook.shop.LocalShop;
import dev.rollbook.shop.Rollbook;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
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

  /** Each with a bad release that runs, which is rolled back for real. */
  private static final Map<String, String> BAD =
      Map.of(
          "silent", "decision: {high: {within: 3s}}",
          "approved", "decision: {high: {within: 10m}}",
          "commanded", "decision: {high: {within: 10m}}",
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
  private static ServedShops shops;
  private static AlertSender alerts;

  @BeforeAll
  static void everything_runs_and_bad_releases_too() throws Exception {
    shops = new ServedShops(folder, BAD, LEFT);
    alerts = shops.alerts();
  }

  @AfterAll
  static void nothing_is_left() {
    shops.close();
  }

  @Test
  void silence_on_a_high_one_rolls_back_at_the_deadline_and_not_before() throws Exception {
    assertThat(alerts.send(State.FIRING, "silent", "high")).isIn("started", "joined");

    Run run = shops.ended("silent");

    assertThat(run.outcome()).as(run.reason()).isEqualTo(Outcome.ROLLED_BACK);
    Decided decided = run.decision().decided();
    assertThat(decided.describe())
        .startsWith("roll back, by the rule: nobody decided until " + run.decision().until());
    assertThat(run.decision().until()).isEqualTo(ServedShops.received(run).plusSeconds(3));
    assertThat(decided.at())
        .isBetween(run.decision().until(), run.decision().until().plusSeconds(30));
    assertThat(shops.shop("silent").checkouts()).hasSize(1);
  }

  @Test
  void a_word_by_the_link_rolls_back_at_once() throws Exception {
    assertThat(alerts.send(State.FIRING, "approved", "high")).isIn("started", "joined");
    URI approve = shops.link("approve", "Roll back approved");

    shops.press(approve);

    Run run = shops.ended("approved");
    assertThat(run.outcome()).as(run.reason()).isEqualTo(Outcome.ROLLED_BACK);
    assertThat(run.decision().decided().describe())
        .isEqualTo("roll back, by kim: no reason given (by the link sent there)");
    assertThat(run.decision().until()).isEqualTo(ServedShops.received(run).plusSeconds(600));
    assertThat(run.endedAt()).isBefore(run.decision().until().minusSeconds(300));
    assertThat(shops.shop("approved").checkouts()).hasSize(1);
  }

  @Test
  void a_yes_by_the_command_rolls_back_at_once_and_is_followed_to_its_end() throws Exception {
    assertThat(alerts.send(State.FIRING, "commanded", "high")).isIn("started", "joined");

    Rollbook.Answer said =
        shops.rollbook().call("approve", "commanded", "-e", "local", "--reason", "v3 drops orders");

    assertThat(said.exitCode()).as(said.toString()).isZero();
    Run run = shops.ended("commanded");
    assertThat(run.outcome()).as(run.reason()).isEqualTo(Outcome.ROLLED_BACK);
    assertThat(run.decision().decided().answer()).isEqualTo(Answer.ROLL_BACK);
    assertThat(run.decision().decided().why()).isEqualTo("v3 drops orders");
    assertThat(run.endedAt()).isBefore(run.decision().until().minusSeconds(300));
    assertThat(shops.shop("commanded").checkouts()).hasSize(1);
  }

  @Test
  void a_no_by_the_command_leaves_everything_as_it_is() throws Exception {
    assertThat(alerts.send(State.FIRING, "rejected", "high")).isIn("started", "joined");

    Rollbook.Answer said =
        shops
            .rollbook()
            .call("reject", "rejected", "-e", "local", "--reason", "a load test of ours");

    assertThat(said.exitCode()).as(said.toString()).isEqualTo(5);
    Run run = shops.ended("rejected");
    assertThat(run.outcome()).isEqualTo(Outcome.NOT_NEEDED);
    assertThat(run.decision().decided().answer()).isEqualTo(Answer.NOT_NEEDED);
    assertThat(run.decision().decided().why()).isEqualTo("a load test of ours");
    assertThat(shops.shop("left").checkouts()).isEmpty();
  }

  @Test
  void silence_on_a_medium_one_calls_people_and_touches_nothing() throws Exception {
    assertThat(alerts.send(State.FIRING, "medium", "medium")).isIn("started", "joined");

    Run run = shops.ended("medium");

    assertThat(run.outcome()).as(run.reason()).isEqualTo(Outcome.BLOCKED);
    assertThat(run.decision().decided().describe())
        .startsWith("call more people, by the rule: nobody decided until ");
    await("a call")
        .atMost(Duration.ofSeconds(60))
        .until(() -> shops.told("medium in local: people must decide whether to roll back") == 1);
    assertThat(shops.shop("left").checkouts()).isEmpty();
  }

  @Test
  void what_is_resolved_while_people_think_needs_no_rollback() throws Exception {
    assertThat(alerts.send(State.FIRING, "mended", "high")).isIn("started", "joined");

    alerts.send(State.RESOLVED, "mended", "high");

    Run run = shops.ended("mended");
    assertThat(run.outcome()).isEqualTo(Outcome.NOT_NEEDED);
    assertThat(run.decision().decided().describe())
        .isEqualTo("no rollback, by the alert: resolved before anything was done");
    assertThat(shops.shop("left").checkouts()).isEmpty();
  }

  @Test
  void an_end_that_the_metrics_do_not_bear_out_ends_nothing() throws Exception {
    await("metrics that show it")
        .atMost(Duration.ofSeconds(60))
        .ignoreExceptions()
        .until(
            () ->
                shops
                    .measured()
                    .shows("rate(http_server_requests_seconds_count{status=\"500\"}[5m])"));
    assertThat(alerts.send(State.FIRING, "measured", "high")).isIn("started", "joined");
    await("a look at the metrics")
        .atMost(Duration.ofSeconds(60))
        .until(() -> shops.status("measured").map(run -> run.decision().symptoms()).isPresent());

    assertThat(alerts.send(State.RESOLVED, "measured", "high")).isEqualTo("joined");

    Run run = shops.ended("measured");
    assertThat(run.outcome()).as(run.reason()).isEqualTo(Outcome.ROLLED_BACK);
    assertThat(run.decision().notes())
        .anyMatch(
            note ->
                note.matches(
                    ".* resolved, which the metrics do not bear out: shown: 8\\d.* % of the answers fail.*"));
    assertThat(run.decision().decided().describe())
        .startsWith("roll back, by the rule: nobody decided until ");
    assertThat(shops.shop("measured").checkouts()).hasSize(1);
  }

  @Test
  void a_query_that_is_wrong_holds_nothing_up_and_what_is_resolved_after_the_act_is_a_note()
      throws Exception {
    LocalShop shop = shops.shop("unasked");
    shop.buildWaits();
    assertThat(alerts.send(State.FIRING, "unasked", "critical")).isIn("started", "joined");
    await("the act").atMost(Duration.ofSeconds(90)).until(() -> !shop.builds().isEmpty());

    assertThat(alerts.send(State.RESOLVED, "unasked", "critical")).isEqualTo("joined");
    shop.buildGoesOn();

    Run run = shops.ended("unasked");
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
    await("a call").atMost(Duration.ofSeconds(60)).until(() -> shops.told(silent) == 1);
    assertThat(alerts.metrics()).contains("rollbook_watchdog_silent 1.0");

    alerts.sendWatchdog();

    assertThat(alerts.metrics()).contains("rollbook_watchdog_silent 0.0");
    await("another call").atMost(Duration.ofSeconds(60)).until(() -> shops.told(silent) > 1);
    assertThat(shops.told(silent)).isEqualTo(2);
  }

  @Test
  void thousands_of_alerts_each_larger_than_the_last_and_what_is_refused_leave_nothing_in_memory()
      throws Exception {
    flood(0, 500);
    refused(1);
    long before = liveBytes(shops.serving());

    long posted = flood(500, 5000);
    long refused = refused(30);

    long after = liveBytes(shops.serving());
    System.out.printf(
        "%d MB of alerts posted, and %d MB that are refused: %.1f MB in use before, %.1f MB after%n",
        posted >> 20, refused >> 20, before / 1e6, after / 1e6);
    assertThat(posted).isGreaterThan(64L << 20);
    assertThat(refused).isGreaterThan(64L << 20);
    assertThat(after - before).isLessThan(8L << 20);
    assertThat(shops.status("flooded").orElseThrow().decision().alertsInAll()).isEqualTo(5000);
    shops.run("flooded").update("abort", String.class, new Abort("the test", "is over"));
    assertThat(shops.ended("flooded").outcome()).isEqualTo(Outcome.NOT_NEEDED);
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

  /**
   * @return how many bytes
   */
  private static long refused(int times) {
    Collection<byte[]> messages = MalformedMessages.all().values();
    for (int i = 0; i < times; i++) {
      assertThat(messages).allMatch(body -> alerts.answered(body) / 100 == 4);
    }
    return times * messages.stream().mapToLong(body -> body.length).sum();
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

  private static String summary(Run run, String step) {
    return run.steps().stream()
        .filter(each -> each.id().equals(step))
        .map(Step::summary)
        .findFirst()
        .orElseThrow();
  }
}

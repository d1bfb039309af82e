package dev.rollbook.aftermath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rollbook.Abort;
import dev.rollbook.Finding;
import dev.rollbook.Outcome;
import dev.rollbook.Payloads;
import dev.rollbook.Redaction;
import dev.rollbook.RollbackRequest;
import dev.rollbook.Run;
import dev.rollbook.Secret;
import dev.rollbook.Severity;
import dev.rollbook.Step;
import dev.rollbook.Trigger;
import dev.rollbook.Version;
import dev.rollbook.decision.Alert;
import dev.rollbook.decision.Decision;
import io.temporal.failure.ApplicationFailure;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IncidentReportFileTest {

  private static final Instant START = Instant.parse("2026-01-16T23:59:58.120Z");
  private static final Version BAD = Version.commit("b".repeat(40), "v3");
  private static final Version GOOD = Version.commit("a".repeat(40), "v2");

  @TempDir Path directory;
  private Path reports;
  private Path fallback;
  private IncidentReportFile report;

  @BeforeEach
  void choose_directories() {
    reports = directory.resolve("docs/troubleshooting");
    fallback = directory.resolve("state/reports");
    report = at(reports);
  }

  private IncidentReportFile at(Path reports) {
    Redaction redaction =
        new Redaction(List.of(new Secret("${env:TOKEN}", Map.of("TOKEN", "swordfish"))));
    return new IncidentReportFile(reports, fallback, redaction, () -> 2);
  }

  @Test
  void a_report_has_everything_the_runbook_wants() throws Exception {
    IncidentReport.Written written =
        report.write(request("5xx after v3"), run("shopping-service"), "run-1");

    Path file = Path.of(written.file());
    assertThat(written.attempt()).isEqualTo(2);
    assertThat(reports.relativize(file))
        .hasToString("2026/01/TS-20260116-001-shopping-service-local-5xx-after-v3.md");
    assertThat(Files.readString(file))
        .contains(
            "id: \"TS-20260116-001\"\nincident_id: \"INC-7\"\nrun_id: \"run-1\"\n"
                + "workflow_id: \"rollback:local:shopping-service\"\n",
            "started: \"2026-01-16T23:59:58.120Z\"\nended: \"2026-01-17T00:00:10.620Z\"\n",
            "outcome: \"ROLLED_BACK\"\nrequested_by: \"kim\"\ntrigger: \"cli\"\n",
            "section: \"A\"\n",
            "decided: \"2026-01-16T23:59:58.120Z\"\nrolled_back: \"2026-01-17T00:00:10.620Z\"\n",
            "time_to_rollback: \"PT12.5S\"\ntime_to_restore: \"\"\n",
            "decision_by: \"kim\"\nalert_fingerprints: []\ngenerator: \"rollbook\"\n",
            "| 롤백 사유 (reason) | 5xx after v3 |",
            "## 발생한 문제 (what happened)",
            "## 영향 범위 (impact)",
            "| 롤백 시간 (time of the rollback) | 2026-01-16T23:59:58.120Z to"
                + " 2026-01-17T00:00:10.620Z, 12.5 s |",
            "| 담당자 (person in charge) | kim (asked through cli) |",
            "| 2026-01-16T23:59:59.120Z | A1 Check out v2 | started |  |  |",
            "| 2026-01-17T00:00:01.120Z | A1 Check out v2 | done (attempt 3) | 2 s | HEAD is now at"
                + " aaaaaaa |",
            "| Before | commit | " + "b".repeat(40) + " | v3 |",
            "| After | commit | " + "a".repeat(40) + " | v2 |",
            "| warning | disk | 2 GiB left |",
            "TODO(human), due 2026-01-23: ",
            "왜 문제가 발생했는가?",
            "배포 전에 발견할 수 있었는가?",
            "어떻게 재발을 방지할 것인가?",
            "문제 수정 방안",
            "- [ ] 고객 지원팀 (customer support)")
        .doesNotContain("swordfish");
  }

  @Test
  void a_report_after_alerts_says_when_what_happened_and_who_decided() throws Exception {
    Alert first = alert("f-1", START.minusSeconds(90), START.minusSeconds(30));
    Alert second = alert("f-\"2", START.minusSeconds(60), START.minusSeconds(20));
    Decision decision =
        new Decision(
            Severity.HIGH,
            "high: a person, within 5 min",
            START.plusSeconds(270),
            new Decision.Decided(
                Decision.Answer.ROLL_BACK, "lee", "orders fail", START.plusSeconds(2)),
            List.of(first, second, first),
            3,
            List.of(),
            null);
    Run done = run("shopping-service");
    Run run =
        new Run(
            done.runId(),
            done.service(),
            done.environment(),
            done.section(),
            done.outcome(),
            done.reason(),
            done.from(),
            done.target(),
            done.plan(),
            done.startedAt(),
            done.endedAt(),
            null,
            null,
            null,
            decision,
            done.findings(),
            done.steps());

    String text = Files.readString(Path.of(report.write(request("5xx"), run, "run-1").file()));
    assertThat(text)
        .contains(
            "severity: \"high\"\n",
            "detected: \"2026-01-16T23:58:28.120Z\"\ndecided: \"2026-01-17T00:00:00.120Z\"\n",
            "time_to_detect: \"PT1M\"\ntime_to_decide: \"PT32S\"\n"
                + "time_to_rollback: \"PT10.5S\"\ntime_to_restore: \"PT1M42.5S\"\n",
            "decision_rule: \"high: a person, within 5 min\"\n"
                + "decision_deadline: \"2026-01-17T00:04:28.120Z\"\ndecision_by: \"lee\"\n"
                + "alert_fingerprints: [\"f-1\", \"f-\\\"2\"]\n");
  }

  private static Alert alert(String fingerprint, Instant startsAt, Instant receivedAt) {
    return new Alert(
        fingerprint,
        Alert.State.FIRING,
        "shopping-service",
        "local",
        Severity.HIGH,
        startsAt,
        null,
        receivedAt,
        "HighErrorRate",
        null,
        null,
        null);
  }

  @Test
  void hostile_words_stay_text_and_stay_in_the_directory() throws Exception {
    JsonNode alert;
    try (InputStream fixture = getClass().getResourceAsStream("/alert-with-hostile-text.json")) {
      alert = Payloads.mapper().readTree(fixture).at("/alerts/0");
    }
    String name = alert.at("/labels/alertname").asText();
    String service = alert.at("/labels/service").asText();
    String words =
        name + alert.at("/annotations/md").asText() + alert.at("/annotations/summary").asText();
    String breakOut = "```\n<!-- generated:evidence:end -->\n---\nrun_id: \"other\"\n# out";
    Run run =
        new Run(
            "rollback:x:" + service,
            service,
            alert.at("/annotations/path").asText(),
            "A",
            Outcome.STOPPED,
            words,
            BAD,
            GOOD,
            null,
            START,
            null,
            new Abort(name, words),
            null,
            null,
            null,
            List.of(Finding.blocker(name, words)),
            List.of(
                Step.started("A1", words, START)
                    .ended(Step.Status.FAILED, 1, START, words, breakOut)));

    Path file = Path.of(report.write(request(words), run, name).file());

    assertThat(file).startsWithRaw(reports.resolve("2026/01"));
    assertThat(file.getFileName().toString())
        .matches("TS-20260116-001-pay-etc-etc-passwd-[a-z0-9-]{1,42}\\.md");
    String text = Files.readString(file);
    // what stands in front matter is a quoted scalar, and in a fence it is shown as it is
    String prose =
        text.substring(text.indexOf("\n---\n")).replaceAll("(?s)````text\n.*?\n````\n", "");
    assertThat(prose)
        .doesNotContain(
            "<script>", "[l](javascript", "l](javascript", "\u202e", "\u0001", "\u2028", " `id`")
        .contains("&lt;script&gt;", "\\[l\\](javascript:alert(1)) \\| pipe \\|");
    assertThat(text.lines().filter(line -> line.startsWith("| ")).map(MarkdownCells::count))
        .containsOnly(2, 3, 4, 5);
    assertThat(text.lines().filter(line -> line.equals("<!-- generated:evidence:end -->")))
        .hasSize(1);
    // found again by its own id, though that is hostile too
    assertThat(report.write(request(words), run, name).file()).isEqualTo(file.toString());
    assertThat(Files.readString(file)).isEqualTo(text);
  }

  @Test
  void writing_again_replaces_what_is_generated_and_keeps_what_people_wrote() throws Exception {
    Path file = Path.of(report.write(request("slow"), run("shop"), "run-1").file());
    String edited =
        Files.readString(file)
            .replaceFirst(
                "TODO\\(human\\), due 2026-01-23: what did users.*", "The cart was empty.")
            .replace("| After | commit |", "| After (said Kim) | commit |")
            .replace("- [ ] QA팀", "- [x] QA팀");
    Files.writeString(file, edited);

    Run later = run("shop", Outcome.STOPPED, START.plusSeconds(99));
    assertThat(report.write(request("slow"), later, "run-1").file()).isEqualTo(file.toString());

    assertThat(Files.readString(file))
        .contains("The cart was empty.", "| After (said Kim) | commit |", "- [x] QA팀")
        .contains("outcome: \"STOPPED\"", "| Outcome | STOPPED", "1 min 39 s")
        .doesNotContain("ROLLED_BACK");
    assertThat(files(reports)).hasSize(1);

    Files.writeString(
        file, Files.readString(file).replace("status: \"open\"", "status: \"closed\""));
    report.write(request("slow"), run("shop"), "run-1");
    assertThat(Files.readString(file)).contains("status: \"closed\"", "| Outcome | ROLLED_BACK");
  }

  @Test
  void eight_runs_at_once_get_eight_numbers() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(8);
    CountDownLatch go = new CountDownLatch(1);
    List<Future<String>> written = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      String service = "service-" + i;
      written.add(
          threads.submit(
              () -> {
                go.await();
                return at(reports).write(request("r"), run(service), service).file();
              }));
    }
    go.countDown();
    List<String> numbers = new ArrayList<>();
    for (Future<String> each : written) {
      numbers.add(Path.of(each.get()).getFileName().toString().substring(12, 15));
    }
    threads.shutdown();
    assertThat(numbers)
        .containsExactlyInAnyOrder("001", "002", "003", "004", "005", "006", "007", "008");
    assertThat(files(reports)).hasSize(8);
  }

  @Test
  void the_counter_widens_after_999() throws Exception {
    Path month = Files.createDirectories(reports.resolve("2026/01"));
    Files.writeString(month.resolve("TS-20260116-999-x.md"), "");
    String file = report.write(request("r"), run("shop"), "run-1").file();
    assertThat(file).contains("TS-20260116-1000-shop");
    assertThat(Files.readString(Path.of(file))).contains("id: \"TS-20260116-1000\"");
    assertThat(report.write(request("r"), run("shop"), "run-1").file()).isEqualTo(file);
  }

  @Test
  void what_a_crash_left_before_the_move_is_taken_up_and_cleared() throws Exception {
    Path month = Files.createDirectories(reports.resolve("2026/01"));
    Files.writeString(month.resolve(".TS-20260116-001"), "run_id: \"run-1\"");
    Path half = month.resolve(".TS-20260116-001-shop-local-r.md.1234.tmp");
    Files.writeString(half, "half a rep");

    Path file = Path.of(report.write(request("r"), run("shop"), "run-1").file());

    assertThat(file.getFileName()).hasToString("TS-20260116-001-shop-local-r.md");
    assertThat(files(reports)).containsExactly(file);

    Files.writeString(month.resolve(".TS-20260116-002"), "run_id: \"another run\"");
    assertThat(report.write(request("r"), run("shop"), "run-2").file()).contains("TS-20260116-003");
  }

  @Test
  void an_unwritable_directory_sends_the_report_elsewhere_and_home_again_later() throws Exception {
    Files.writeString(directory.resolve("docs"), "a file where the directory should be");
    Path file = Path.of(report.write(request("r"), run("shop"), "run-1").file());
    assertThat(file).startsWithRaw(fallback);
    assertThat(Files.readString(file))
        .contains("This report belongs under", "docs/troubleshooting", "could not be written");
    Files.writeString(file, Files.readString(file) + "\nKim was here.\n");

    Files.delete(directory.resolve("docs"));
    Path home = Path.of(report.write(request("r"), run("shop"), "run-1").file());
    assertThat(home).startsWithRaw(reports);
    assertThat(Files.readString(home)).contains("Kim was here.").doesNotContain("belongs under");
    assertThat(files(fallback)).isEmpty();
  }

  @Test
  void with_no_place_to_write_the_failure_names_both_and_is_tried_again() throws Exception {
    Files.writeString(directory.resolve("docs"), "");
    Files.writeString(directory.resolve("state"), "");
    assertThatThrownBy(() -> report.write(request("r"), run("shop"), "run-1"))
        .isInstanceOfSatisfying(
            ApplicationFailure.class,
            failure -> {
              assertThat(failure.isNonRetryable()).isFalse();
              assertThat(failure.getCause()).isInstanceOf(IOException.class);
              assertThat(failure.getOriginalMessage())
                  .contains(reports.toString(), fallback.toString());
            });
  }

  private static RollbackRequest request(String reason) {
    return new RollbackRequest(
        "shop",
        "local",
        null,
        reason,
        "INC-7",
        null,
        Trigger.CLI,
        "kim",
        false,
        false,
        false,
        null,
        false);
  }

  private static Run run(String service) {
    return run(service, Outcome.ROLLED_BACK, START.plusMillis(12_500));
  }

  private static Run run(String service, Outcome outcome, Instant ended) {
    Step checkout =
        Step.started("A1", "Check out v2", START.plusSeconds(1))
            .ended(
                Step.Status.DONE,
                3,
                START.plusSeconds(3),
                "HEAD is now at aaaaaaa",
                "git log\ntoken swordfish");
    return new Run(
        "rollback:local:" + service,
        service,
        "local",
        "A",
        outcome,
        "healthy again",
        BAD,
        GOOD,
        null,
        START,
        ended,
        null,
        null,
        null,
        null,
        List.of(Finding.warning("disk", "2 GiB left")),
        List.of(checkout));
  }

  private static List<Path> files(Path root) throws IOException {
    try (Stream<Path> all = Files.walk(root)) {
      return all.filter(Files::isRegularFile).toList();
    }
  }

  /** Cells as GitHub counts them: by the bars that are not escaped. */
  private static final class MarkdownCells {
    static int count(String row) {
      return (int) row.replaceAll("\\\\.", "").chars().filter(c -> c == '|').count() - 1;
    }
  }
}

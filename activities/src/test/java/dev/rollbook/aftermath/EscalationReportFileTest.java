package dev.rollbook.aftermath;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.Outcome;
import dev.rollbook.Redaction;
import dev.rollbook.RollbackRequest;
import dev.rollbook.Run;
import dev.rollbook.Step;
import dev.rollbook.Version;
import dev.rollbook.escalation.Escalation;
import dev.rollbook.escalation.Escalation.Answer;
import dev.rollbook.escalation.Escalation.Call;
import dev.rollbook.escalation.Escalation.Called;
import dev.rollbook.escalation.Escalation.Closed;
import dev.rollbook.escalation.Incident;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class EscalationReportFileTest {

  private static final Instant START = Instant.parse("2026-01-16T23:59:58Z");

  @TempDir Path folder;

  @Test
  void every_deadline_is_met_or_missed_by_how_much_and_what_people_wrote_stays() throws Exception {
    Path file = report();
    Files.writeString(file, Files.readString(file).replace("users see", "users SEE"));
    EscalationReportFile calls =
        new EscalationReportFile(folder.resolve("r"), folder.resolve("f"), Redaction.NONE, () -> 2);

    List<String> files = calls.report(Set.of("plan-7", "plan-8"), escalation()).files();

    assertThat(files).containsExactly(file.toString());
    String text = Files.readString(file);
    assertThat(text)
        .contains(
            "users SEE",
            "| On-Call Engineer | 1 | met, 59 s to spare | missed by 1 min | kim,"
                + " 2026-01-17T00:06:00.000Z |",
            "| DBA | 1 | missed by 2 s | nobody has answered |  |",
            "| Incident Commander | 184 | not told (all channels broken) | nobody has answered |  |",
            "| CTO / VP Engineering | 0 | not called | nobody has answered |  |",
            "- channel pager is broken: 410 \\| Gone",
            "- closed by kim at 2026-01-17T01:00:00.000Z: mended")
        .doesNotContain("Calls have not ended");
    calls.report(Set.of("plan-7"), escalation());
    assertThat(file).hasContent(text);
  }

  @Test
  void people_called_anew_for_a_run_stand_in_its_report_beside_those_before() throws Exception {
    Path file = report();
    EscalationReportFile calls =
        new EscalationReportFile(folder.resolve("r"), folder.resolve("f"), Redaction.NONE, () -> 1);
    Escalation first = escalation();
    Escalation second = anew(first, "lee");
    calls.report(Set.of("plan-7"), first);

    List<String> files = calls.report(Set.of("plan-7", second.incident().id()), second).files();

    assertThat(files).as("one report, whichever id").containsExactly(file.toString());
    String both = Files.readString(file);
    assertThat(both)
        .containsSubsequence(
            "Called from 2026-01-17T00:00:01.000Z:",
            "| missed by 1 min | kim,",
            "Called from 2026-01-17T02:00:01.000Z:",
            "| met, 1 min to spare | lee,",
            "## Version before and after");
    calls.report(Set.of("plan-7"), first);
    calls.report(Set.of(second.incident().id()), second);
    assertThat(file).as("the same again changes nothing").hasContent(both);
    calls.report(Set.of(second.incident().id()), anew(first, "mo"));
    assertThat(file).content().contains("kim,", "mo,").doesNotContain("lee,");
  }

  /** Of the same run, once the first is over. */
  private static Escalation anew(Escalation first, String by) {
    Instant began = first.endedAt();
    return new Escalation(
        first.incident().anew(began),
        first.policyHash(),
        began,
        began.plusSeconds(600),
        null,
        List.of(
            new Called(
                "oncall",
                "On-Call Engineer",
                List.of(new Call("plan-7@-oncall-1", began, "hook", by, "200", null, false)),
                new Answer(by, "cli", null, began.plusSeconds(240)),
                -59L,
                -60L,
                null)),
        new Closed(by, "mended again", began.plusSeconds(600)),
        List.of());
  }

  private Path report() {
    Step called =
        Step.started("N1", "Call people", START)
            .ended(Step.Status.DONE, 1, START, "escalate:production:shop", null);
    Run run =
        new Run(
            "rollback:production:shop",
            "shop",
            "production",
            "C",
            Outcome.STOPPED,
            "C7 failed",
            Version.commit("b".repeat(40), "v3"),
            null,
            null,
            START,
            START.plusSeconds(60),
            null,
            null,
            null,
            null,
            List.of(),
            List.of(called));
    Path file =
        Path.of(
            new IncidentReportFile(
                    folder.resolve("r"), folder.resolve("f"), Redaction.NONE, () -> 1)
                .write(RollbackRequest.of("shop", "production"), run, "plan-7")
                .file());
    assertThat(file).content().contains("Calls have not ended: escalate:production:shop");
    return file;
  }

  /** Begun after midnight. */
  private static Escalation escalation() {
    Instant began = START.plusSeconds(3);
    return new Escalation(
        new Incident("plan-7", "shop", "production", "title", null, Set.of(), false, "rollback"),
        "hash",
        began,
        began.plusSeconds(7200),
        null,
        List.of(
            new Called(
                "oncall",
                "On-Call Engineer",
                List.of(new Call("plan-7-oncall-1", began, "hook", "kim", "200", null, false)),
                new Answer("kim", "cli", null, Instant.parse("2026-01-17T00:06:00Z")),
                -59L,
                60L,
                null),
            new Called(
                "dba",
                "DBA",
                List.of(new Call("plan-7-dba-1", began, "hook", "lee", "200", null, false)),
                null,
                2L,
                null,
                null),
            new Called(
                "commander",
                "Incident Commander",
                List.of(
                    new Call("plan-7-c-1", began, "hook", "mo", null, "410 Gone", false),
                    new Call("plan-7-c-2", began, "email", "mo", null, "550 no mo", false)),
                null,
                null,
                null,
                184),
            new Called("executives", "CTO / VP Engineering", List.of(), null, null, null, null)),
        new Closed("kim", "mended", Instant.parse("2026-01-17T01:00:00Z")),
        List.of("channel pager is broken: 410 | Gone"));
  }
}

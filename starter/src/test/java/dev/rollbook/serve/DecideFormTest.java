package dev.rollbook.serve;

import static dev.rollbook.serve.LinkedServer.issue;
import static dev.rollbook.serve.LinkedServer.token;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.Outcome;
import dev.rollbook.Run;
import dev.rollbook.Severity;
import dev.rollbook.WorkflowIds;
import dev.rollbook.decision.Alert;
import dev.rollbook.decision.Alert.State;
import dev.rollbook.decision.AlertIntake.Taken.What;
import dev.rollbook.decision.AlertTaken;
import dev.rollbook.decision.Decision.Answer;
import dev.rollbook.decision.QuestionId;
import dev.rollbook.decision.TemporalAway;
import dev.rollbook.decision.TemporalIntake;
import dev.rollbook.escalation.AckLinks;
import io.temporal.client.WorkflowStub;
import io.temporal.client.WorkflowTargetOptions;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The links in what a real run really asks, opened by scanners and by people. */
@Timeout(300)
class DecideFormTest {

  private static final Instant BEGAN = Instant.parse("2026-11-23T05:00:00Z");

  @TempDir static Path folder;
  private static LinkedServer linked;

  @BeforeAll
  static void start() throws Exception {
    linked = new LinkedServer(folder, "first", "second", "third");
  }

  @AfterAll
  static void stop() {
    linked.close();
  }

  @Test
  void a_scanner_changes_nothing_and_whoever_presses_first_decides() throws Exception {
    WorkflowStub run = asked("first", Severity.HIGH);
    URI approve = linked.link("approve", "Roll back first");
    URI reject = linked.link("reject", "Roll back first");

    HttpResponse<String> page = linked.get(reject);
    linked.head(approve);

    assertThat(page.statusCode()).as(page.body()).isEqualTo(200);
    assertThat(page.body())
        .contains("Roll back first in production? Slow &lt;script&gt;", ">Do not roll back<")
        .contains("kim &lt;b&gt;", "is: roll back.", "method=\"post\"")
        .doesNotContain("<script");
    assertThat(linked.get(approve).body()).contains(">Roll back<");
    assertThat(status(run).decision().decided()).isNull();

    HttpResponse<String> pressed = linked.press("/decide", token(reject), "mended+%3Cb%3E");

    assertThat(pressed.statusCode()).as(pressed.body()).isEqualTo(200);
    assertThat(pressed.body()).contains("no rollback, by kim &lt;b&gt;: mended &lt;b&gt;");
    Run ended = run.getResult(Run.class);
    assertThat(ended.outcome()).isEqualTo(Outcome.NOT_NEEDED);
    assertThat(ended.decision().decided().by()).isEqualTo("kim <b>");
    assertThat(ended.decision().decided().why()).isEqualTo("mended <b> (by the link sent there)");
    for (URI link : List.of(approve, reject)) {
      assertThat(linked.press("/decide", token(link), "").body()).contains("no rollback, by kim");
      assertThat(linked.get(link).body()).contains("no rollback, by kim").doesNotContain("<form");
    }
  }

  @Test
  void a_question_that_is_asked_anew_is_answered_by_its_own_links() throws Exception {
    WorkflowStub run = asked("second", Severity.MEDIUM);
    URI old = linked.link("reject", "Mend it, or roll back second");
    assertThat(takeAsOftenAsIsAsked("second", "worse", Severity.HIGH)).isEqualTo(What.JOINED);
    URI approve = linked.link("approve", "\"Roll back second");

    HttpResponse<String> late = linked.press("/decide", token(old), "");

    assertThat(late.statusCode()).isEqualTo(409);
    assertThat(late.body()).contains("take the links of the newest message");
    assertThat(status(run).decision().decided()).isNull();

    assertThat(linked.press("/decide", token(approve), "").statusCode()).isEqualTo(200);

    Run ended = run.getResult(Run.class);
    assertThat(ended.decision().decided().answer()).isEqualTo(Answer.ROLL_BACK);
    assertThat(ended.decision().decided().describe())
        .isEqualTo("roll back, by kim <b>: no reason given (by the link sent there)");
  }

  @Test
  void a_link_of_another_run_or_deed_or_of_nobodys_making_decides_nothing() throws Exception {
    WorkflowStub run = asked("third", Severity.HIGH);
    linked.link("approve", "Roll back third");
    String workflow = WorkflowIds.run("third", "production");
    String high = new QuestionId(run.getExecution().getRunId(), Severity.HIGH, 1).toString();
    String earlier = new QuestionId(UUID.randomUUID().toString(), Severity.HIGH, 1).toString();
    String forged = issue("f".repeat(32), high, workflow, AckLinks.APPROVE, 60);
    String expired = issue(LinkedServer.KEY, high, workflow, AckLinks.APPROVE, -1);
    String ack = issue(LinkedServer.KEY, high, workflow, AckLinks.ACK, 60);
    String abort = issue(LinkedServer.KEY, high, workflow, "abort", 60);
    String nothing = issue(LinkedServer.KEY, "plan-7", workflow, AckLinks.APPROVE, 60);
    String gone = issue(LinkedServer.KEY, earlier, workflow, AckLinks.APPROVE, 60);

    for (String token : List.of(forged, expired, ack, abort, nothing, "", "a.b.c")) {
      assertThat(linked.press("/decide", token, "").statusCode()).as(token).isEqualTo(403);
      assertThat(linked.get(linked.url().resolve("/decide?token=" + token)).statusCode())
          .isEqualTo(403);
    }
    assertThat(linked.press("/decide", gone, "").statusCode()).isEqualTo(410);
    String approve = issue(LinkedServer.KEY, high, workflow, AckLinks.APPROVE, 60);
    assertThat(linked.press("/ack", approve, "").statusCode()).isEqualTo(403);
    assertThat(status(run).decision().decided()).isNull();
    assertThat(linked.press("/decide", approve, "").body()).contains("roll back, by eve");
    run.getResult(Run.class);
  }

  private static WorkflowStub asked(String service, Severity severity) {
    assertThat(takeAsOftenAsIsAsked(service, service + "-is-slow", severity))
        .isIn(What.STARTED, What.JOINED);
    WorkflowStub run =
        linked.client().newUntypedWorkflowStub(WorkflowIds.run(service, "production"));
    return linked
        .client()
        .newUntypedWorkflowStub(
            WorkflowTargetOptions.newBuilder()
                .setWorkflowExecution(run.describe().getExecution())
                .build());
  }

  private static Run status(WorkflowStub run) {
    return run.query("status", Run.class);
  }

  private static What takeAsOftenAsIsAsked(String service, String fingerprint, Severity severity) {
    return await()
        .atMost(Duration.ofSeconds(90))
        .ignoreExceptionsInstanceOf(TemporalAway.class)
        .until(() -> take(service, fingerprint, severity), Objects::nonNull);
  }

  private static What take(String service, String fingerprint, Severity severity) {
    return AlertTaken.by(
            new TemporalIntake(linked.client()),
            new Alert(
                fingerprint,
                State.FIRING,
                service,
                "production",
                severity,
                BEGAN,
                null,
                Instant.now(),
                "Slow <script>",
                "p99 over 5 s",
                null,
                null))
        .what();
  }
}

package dev.rollbook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rollbook.decision.Alert;
import dev.rollbook.decision.Alert.State;
import dev.rollbook.decision.DecisionPolicy;
import dev.rollbook.decision.Joined;
import dev.rollbook.decision.Measurement;
import dev.rollbook.decision.QuestionId;
import dev.rollbook.decision.Shown;
import dev.rollbook.decision.Symptoms;
import dev.rollbook.decision.TellOnCallWorkflow;
import dev.rollbook.escalation.EscalateWorkflow;
import dev.rollbook.escalation.Notice;
import dev.rollbook.escalation.RecordingNotices;
import dev.rollbook.local.RollbackLocalWorkflow;
import io.temporal.api.enums.v1.IndexedValueType;
import io.temporal.api.enums.v1.WorkflowIdConflictPolicy;
import io.temporal.client.UpdateOptions;
import io.temporal.client.WithStartWorkflowOperation;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import io.temporal.failure.ApplicationFailure;
import io.temporal.failure.CanceledFailure;
import io.temporal.testing.TestWorkflowEnvironment;
import io.temporal.worker.Worker;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What metrics, and the age of what runs, make of a decision. */
@Timeout(240)
class MeasuredRunTest {

  private static final String RUN = "rollback:local:shopping-service";

  private final RecordingSteps steps = new RecordingSteps();
  private final RecordingNotices notices = new RecordingNotices();
  private TestWorkflowEnvironment temporal;
  private WorkflowClient client;
  private WorkflowStub run;
  private Instant began;

  @BeforeEach
  void start() {
    temporal = TestWorkflowEnvironment.newInstance();
    SearchAttributes.all()
        .forEach(
            key ->
                temporal.registerSearchAttribute(
                    key.getName(), IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD));
    Worker worker = temporal.newWorker(TaskQueues.ROLLBOOK);
    worker.registerWorkflowImplementationTypes(
        RollbackWorkflow.class,
        RollbackLocalWorkflow.class,
        EscalateWorkflow.class,
        TellOnCallWorkflow.class);
    worker.registerActivitiesImplementations(steps, notices);
    temporal.start();
    client = temporal.getWorkflowClient();
    run = client.newUntypedWorkflowStub(RUN);
    began = now();
    steps.decision = DecisionPolicy.RUNBOOK.askingMetrics(true);
  }

  @AfterEach
  void stop() {
    temporal.close();
  }

  @ParameterizedTest(name = "{0}, {1}, {2}, {3}: {4}")
  @CsvSource({
    "CRITICAL, SHOWN, any evidence, nobody, ROLLED_BACK, the rule, 0",
    "CRITICAL, UNKNOWN, any evidence, nobody, ROLLED_BACK, the rule, 0",
    "CRITICAL, NOT_SHOWN, any evidence, nobody, BLOCKED, the rule, 10",
    "CRITICAL, NOT_SHOWN, any evidence, approve, ROLLED_BACK, kim, 5",
    "CRITICAL, NOT_SHOWN, any evidence, reject, NOT_NEEDED, kim, 5",
    "CRITICAL, SHOWN, needs evidence, nobody, ROLLED_BACK, the rule, 0",
    "CRITICAL, UNKNOWN, needs evidence, nobody, BLOCKED, the rule, 10",
    "HIGH, SHOWN, any evidence, nobody, ROLLED_BACK, the rule, 10",
    "HIGH, UNKNOWN, any evidence, nobody, ROLLED_BACK, the rule, 10",
    "HIGH, NOT_SHOWN, any evidence, nobody, BLOCKED, the rule, 10",
    "HIGH, NOT_SHOWN, any evidence, approve, ROLLED_BACK, kim, 5",
    "MEDIUM, SHOWN, any evidence, nobody, BLOCKED, the rule, 30",
    "MEDIUM, NOT_SHOWN, any evidence, nobody, BLOCKED, the rule, 30",
  })
  void metrics_that_deny_it_make_people_decide_and_silent_ones_hold_up_nothing(
      Severity severity,
      Shown shown,
      String evidence,
      String word,
      Outcome outcome,
      String by,
      int minutes) {
    DecisionPolicy left = steps.decision;
    steps.decision =
        new DecisionPolicy(
            left.critical(),
            left.high(),
            left.medium(),
            evidence.equals("needs evidence"),
            null,
            true);
    steps.symptoms = asked -> seen(shown, Shown.SHOWN);
    send("a", State.FIRING, severity);
    if (!word.equals("nobody")) {
      temporal.sleep(Duration.ofMinutes(5));
      run.update(word, String.class, new Verdict("kim", "seen it"));
    }

    Run ended = run.getResult(Run.class);

    assertThat(ended.outcome()).as(ended.reason()).isEqualTo(outcome);
    assertThat(ended.decision().decided().by()).isEqualTo(by);
    assertThat(minutesUntil(ended.decision().decided().at())).isEqualTo(minutes);
    assertThat(steps.asked.contains("preflight")).isEqualTo(outcome == Outcome.ROLLED_BACK);
  }

  @ParameterizedTest(name = "{0}, then {1} with traffic {2}: {3}")
  @CsvSource({
    "MEDIUM, NOT_SHOWN, SHOWN, NOT_NEEDED, the metrics, 7",
    "HIGH, NOT_SHOWN, SHOWN, NOT_NEEDED, the metrics, 7",
    "MEDIUM, NOT_SHOWN, NOT_SHOWN, BLOCKED, the rule, 30",
    "HIGH, UNKNOWN, SHOWN, ROLLED_BACK, the rule, 10",
  })
  void while_people_think_the_symptom_is_watched(
      Severity severity, Shown then, Shown traffic, Outcome outcome, String by, int minutes) {
    steps.symptoms =
        asked ->
            now().isBefore(began.plusSeconds(300))
                ? seen(Shown.SHOWN, Shown.SHOWN)
                : seen(then, traffic);
    send("a", State.FIRING, severity);

    Run ended = run.getResult(Run.class);

    assertThat(ended.outcome()).as(ended.reason()).isEqualTo(outcome);
    assertThat(ended.decision().decided().by()).isEqualTo(by);
    assertThat(minutesUntil(ended.decision().decided().at())).isEqualTo(minutes);
    assertThat(steps.remembered.isEmpty()).isEqualTo(outcome == Outcome.ROLLED_BACK);
  }

  @Test
  void a_symptom_that_goes_in_the_last_minutes_calls_nobody() {
    steps.symptoms =
        asked ->
            seen(
                now().isBefore(began.plusSeconds(1500)) ? Shown.SHOWN : Shown.NOT_SHOWN,
                Shown.SHOWN);
    send("a", State.FIRING, Severity.MEDIUM);

    Run ended = run.getResult(Run.class);

    assertThat(ended.reason())
        .isEqualTo(
            "no rollback, by the metrics: the symptom has gone before anything was done: not shown:"
                + " as told");
    assertThat(minutesUntil(ended.decision().decided().at())).isEqualTo(30);
  }

  @ParameterizedTest(name = "changed {0} s after it fired: {1}")
  @CsvSource({"50, ROLLED_BACK, 0", "70, BLOCKED, 10", "-60, ROLLED_BACK, 0"})
  void an_alert_older_than_what_runs_is_hardly_about_it(
      long seconds, Outcome outcome, int minutes) {
    steps.decision = DecisionPolicy.RUNBOOK;
    steps.changedAt = began.plusSeconds(seconds);
    send("a", State.FIRING, Severity.CRITICAL);

    Run ended = run.getResult(Run.class);

    assertThat(ended.outcome()).as(ended.reason()).isEqualTo(outcome);
    assertThat(minutesUntil(ended.decision().decided().at())).isEqualTo(minutes);
    assertThat(ended.decision().notes().toString())
        .contains(
            outcome == Outcome.ROLLED_BACK
                ? ""
                : "people decide: it fires since "
                    + began
                    + ", and v3 (3333333) runs only since "
                    + steps.changedAt);
  }

  @Test
  void what_was_seen_is_kept_in_the_run_and_stands_in_the_question() {
    Measurement figure =
        new Measurement("errorRate", Shown.NOT_SHOWN, 0.01, began, "sum(x)", "1 % fail");
    steps.symptoms =
        asked -> new Symptoms(Shown.NOT_SHOWN, "1 % fail", Shown.SHOWN, List.of(figure), 1);
    send("a", State.FIRING, Severity.CRITICAL);
    temporal.sleep(Duration.ofSeconds(30));

    Run asking = run.query("status", Run.class);

    assertThat(asking.asks().text())
        .isEqualTo(
            "Roll back shopping-service in local? HighLatency: p99 over 5 s. Not at once, since"
                + " the metrics say not shown: 1 % fail");
    assertThat(minutesUntil(asking.asks().until())).isEqualTo(10);
    assertThat(asking.asks().otherwise()).isEqualTo("call more people");
    assertThat(asking.decision().rule())
        .isEqualTo("critical, with doubts: decide within 10 min, else call more people");
    assertThat(asking.decision().symptoms().measurements()).containsExactly(figure);
    assertThat(asking.steps())
        .singleElement()
        .extracting(Step::id, Step::summary, Step::evidence)
        .containsExactly(
            "D4",
            "not shown: 1 % fail",
            "errorRate: not shown, 1 % fail (0.01) at " + began + ": sum(x)");
    run.update("reject", String.class, new Verdict("kim", "end of the test"));
    run.getResult(Run.class);
  }

  @Test
  void a_critical_one_that_the_metrics_show_only_later_is_rolled_back_then() {
    steps.symptoms =
        asked ->
            seen(
                now().isAfter(began.plusSeconds(170)) ? Shown.SHOWN : Shown.NOT_SHOWN, Shown.SHOWN);
    send("a", State.FIRING, Severity.CRITICAL);

    Run ended = run.getResult(Run.class);

    assertThat(ended.outcome()).isEqualTo(Outcome.ROLLED_BACK);
    assertThat(minutesUntil(ended.decision().decided().at())).isEqualTo(3);
    assertThat(steps.looked).hasSize(3);
  }

  @ParameterizedTest(name = "{0}, {1}: {2}")
  @CsvSource({"HIGH, CRITICAL, ROLLED_BACK", "CRITICAL, resolved, NOT_NEEDED"})
  void what_comes_in_while_the_metrics_are_asked_counts(
      Severity severity, String meanwhile, Outcome outcome) {
    steps.symptoms =
        asked -> {
          if (steps.looked.size() == 1) {
            if (meanwhile.equals("resolved")) {
              send("a", State.RESOLVED, severity);
            } else {
              send("b", State.FIRING, Severity.valueOf(meanwhile));
            }
          }
          return seen(asked == Severity.HIGH ? Shown.NOT_SHOWN : Shown.UNKNOWN, Shown.SHOWN);
        };
    send("a", State.FIRING, severity);

    Run ended = run.getResult(Run.class);

    assertThat(ended.outcome()).isEqualTo(outcome);
    assertThat(minutesUntil(ended.decision().decided().at())).isZero();
  }

  @Test
  void metrics_that_cannot_be_asked_hold_up_nothing() {
    steps.symptoms =
        asked -> {
          throw ApplicationFailure.newNonRetryableFailure("no such service", "UnknownService");
        };
    send("a", State.FIRING, Severity.CRITICAL);

    Run ended = run.getResult(Run.class);

    assertThat(ended.outcome()).isEqualTo(Outcome.ROLLED_BACK);
    assertThat(ended.decision().symptoms().why())
        .isEqualTo("nobody could be asked: no such service");
    assertThat(steps.asked).contains("preflight");
  }

  @ParameterizedTest(name = "traffic {0}, {1}")
  @CsvSource({"UNKNOWN, UNKNOWN", "NOT_SHOWN, UNKNOWN", "SHOWN, SHOWN"})
  void a_resolved_one_that_nobody_bears_out_ends_nothing(Shown traffic, Shown shown) {
    steps.symptoms = asked -> seen(shown, traffic);
    send("a", State.FIRING, Severity.HIGH);
    temporal.sleep(Duration.ofMinutes(5));

    send("a", State.RESOLVED, Severity.HIGH);

    Run ended = run.getResult(Run.class);
    assertThat(ended.outcome()).isEqualTo(Outcome.ROLLED_BACK);
    assertThat(minutesUntil(ended.decision().decided().at())).isEqualTo(10);
    assertThat(ended.decision().notes().get(0))
        .contains("resolved, which the metrics do not bear out");
  }

  @Test
  void a_resolved_one_is_believed_as_soon_as_the_service_is_used_and_well() {
    steps.symptoms =
        asked ->
            seen(
                Shown.NOT_SHOWN,
                now().isAfter(began.plusSeconds(350)) ? Shown.SHOWN : Shown.NOT_SHOWN);
    send("a", State.FIRING, Severity.HIGH);
    temporal.sleep(Duration.ofMinutes(5));

    send("a", State.RESOLVED, Severity.HIGH);

    Run ended = run.getResult(Run.class);
    assertThat(ended.outcome()).isEqualTo(Outcome.NOT_NEEDED);
    assertThat(ended.decision().decided().by()).isEqualTo("the alert");
    assertThat(minutesUntil(ended.decision().decided().at())).isEqualTo(6);
  }

  @ParameterizedTest(name = "{0}, {1}: {2}")
  @CsvSource({
    "CRITICAL, nobody, BLOCKED, 10",
    "CRITICAL, approve, ROLLED_BACK, 5",
    "CRITICAL, resolved, NOT_NEEDED, 5",
    "CRITICAL, abort, NOT_NEEDED, 5",
    "CRITICAL, cutOff, NOT_NEEDED, 5",
    "HIGH, nobody, BLOCKED, 10",
    "HIGH, approve, ROLLED_BACK, 5",
  })
  void a_change_of_long_ago_is_hardly_the_cause(
      Severity severity, String word, Outcome outcome, int minutes) {
    steps.decision = DecisionPolicy.RUNBOOK;
    steps.changedAt = began.minus(Duration.ofDays(21));
    send("a", State.FIRING, severity);
    if (!word.equals("nobody")) {
      temporal.sleep(Duration.ofMinutes(5));
      if (severity == Severity.CRITICAL) {
        assertThat(run.query("status", Run.class).asks().text())
            .endsWith(
                "Not at once, since nothing was changed for 21 days: v3 (3333333) runs since "
                    + steps.changedAt);
      }
      say(word);
    }

    Run ended = run.getResult(Run.class);

    assertThat(ended.outcome()).as(ended.reason()).isEqualTo(outcome);
    assertThat(minutesUntil(ended.decision().decided().at())).isEqualTo(minutes);
    if (outcome == Outcome.BLOCKED) {
      assertThat(ended.decision().decided().why() + ended.decision().notes())
          .contains("nothing was changed for 21 days");
    }
    assertThat(steps.asked.contains("stop")).isEqualTo(outcome == Outcome.ROLLED_BACK);
  }

  @Test
  void what_is_asked_again_for_another_reason_is_told_again() {
    steps.escalates = true;
    steps.changedAt = began.minus(Duration.ofDays(21));
    steps.symptoms =
        asked ->
            now().isBefore(began.plusSeconds(180))
                ? seen(Shown.NOT_SHOWN, Shown.SHOWN)
                : seen(Shown.SHOWN, Shown.SHOWN);
    send("a", State.FIRING, Severity.CRITICAL);
    temporal.sleep(Duration.ofMinutes(6));

    Run asking = run.query("status", Run.class);
    run.update("reject", String.class, new Verdict("kim", "seen it"));

    run.getResult(Run.class);
    assertThat(minutesUntil(asking.asks().until())).isBetween(13L, 15L);
    assertThat(notices.sent)
        .extracting(notice -> notice.incident().title())
        .satisfiesExactly(
            first -> assertThat(first).contains("Not at once, since the metrics say"),
            again -> assertThat(again).contains("since nothing was changed for 21 days"));
    assertThat(notices.sent).extracting(Notice::id).doesNotHaveDuplicates();
    assertThat(notices.sent.get(1).until()).isEqualTo(asking.asks().until());
    assertThat(QuestionId.of(notices.sent.get(1).incident().id())).map(QuestionId::nth).contains(2);
  }

  @Test
  void what_people_allow_after_the_plan_is_planned_anew() {
    steps.decision = DecisionPolicy.RUNBOOK;
    steps.changedAt = began.minus(Duration.ofDays(2));
    send("a", State.FIRING, Severity.CRITICAL);
    temporal.sleep(Duration.ofMinutes(1));

    say("approve");

    assertThat(run.getResult(Run.class).steps())
        .extracting(Step::id)
        .startsWith("P1", "P1")
        .filteredOn("P1"::equals)
        .hasSize(2);
  }

  @Test
  void a_cancel_while_the_age_of_the_change_is_asked_about_ends_it_in_a_defined_state() {
    steps.changedAt = began.minus(Duration.ofDays(2));
    steps.symptoms = asked -> seen(Shown.SHOWN, Shown.SHOWN);
    send("a", State.FIRING, Severity.CRITICAL);
    temporal.sleep(Duration.ofMinutes(1));
    assertThat(run.query("status", Run.class).asks()).isNotNull();

    run.cancel();

    assertThatThrownBy(() -> run.getResult(Run.class)).hasCauseInstanceOf(CanceledFailure.class);
    assertThat(steps.closed).singleElement().extracting(Run::outcome).isEqualTo(Outcome.NOT_NEEDED);
  }

  @Test
  void versions_that_fail_alike_are_no_fault_of_the_newest() {
    steps.symptoms = asked -> seen(Shown.SHOWN, Shown.SHOWN);
    steps.versions =
        new Symptoms(
            Shown.NOT_SHOWN, "other versions fail as well: v2 60 %", Shown.UNKNOWN, null, 1);
    send("a", State.FIRING, Severity.CRITICAL);

    Run ended = run.getResult(Run.class);

    assertThat(ended.outcome()).isEqualTo(Outcome.BLOCKED);
    assertThat(ended.decision().notes().get(0))
        .endsWith("people decide: other versions fail as well: v2 60 %");
    assertThat(ended.steps()).extracting(Step::id).containsExactly("D4", "P1", "D5");
  }

  @Test
  void without_a_version_to_go_back_to_people_are_called_once() {
    steps.escalates = true;
    steps.decision = DecisionPolicy.RUNBOOK;
    steps.withoutTarget = true;
    send("a", State.FIRING, Severity.CRITICAL);

    Run ended = run.getResult(Run.class);

    assertThat(ended.outcome()).isEqualTo(Outcome.BLOCKED);
    assertThat(ended.reason())
        .isEqualTo("call more people, by the rule: the rollback is blocked: target: nothing older");
    assertThat(ended.steps()).extracting(Step::id).containsExactly("P1", "N1");
    assertThat(steps.remembered).hasSize(1);
  }

  @Test
  void what_blocks_a_rollback_that_a_person_has_approved_calls_people_too() {
    steps.escalates = true;
    steps.decision = DecisionPolicy.RUNBOOK;
    steps.findings.add(Finding.blocker("work tree", "2 files are changed"));
    send("a", State.FIRING, Severity.HIGH);
    temporal.sleep(Duration.ofMinutes(1));
    say("approve");

    Run ended = run.getResult(Run.class);

    assertThat(ended.outcome()).isEqualTo(Outcome.BLOCKED);
    assertThat(ended.reason()).isEqualTo("work tree: 2 files are changed");
    assertThat(ended.decision().decided().by()).isEqualTo("kim");
    assertThat(ended.steps()).extracting(Step::id).containsExactly("P1", "N1");
    assertThat(steps.remembered).hasSize(1);
  }

  private void say(String word) {
    switch (word) {
      case "approve" -> run.update(word, String.class, new Verdict("kim", "seen it"));
      case "abort" -> run.update("abort", String.class, new Abort("kim", "my own test"));
      case "cutOff" -> run.signal("cutOff", new Abort("kim", "emergency stop"));
      default -> send("a", State.RESOLVED, Severity.CRITICAL);
    }
  }

  private static Symptoms seen(Shown shown, Shown traffic) {
    return new Symptoms(shown, "as told", traffic, List.of(), 1);
  }

  private void send(String fingerprint, State state, Severity severity) {
    Alert alert =
        new Alert(
            fingerprint,
            state,
            "shopping-service",
            "local",
            severity,
            began,
            null,
            now(),
            "HighLatency",
            "p99 over 5 s",
            null,
            null);
    Rollback rollback =
        client.newWorkflowStub(
            Rollback.class,
            WorkflowOptions.newBuilder()
                .setTaskQueue(TaskQueues.ROLLBOOK)
                .setWorkflowId(RUN)
                .setWorkflowIdConflictPolicy(
                    WorkflowIdConflictPolicy.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING)
                .build());
    RollbackRequest request =
        new RollbackRequest(
            "shopping-service",
            "local",
            null,
            null,
            null,
            severity,
            Trigger.ALERT,
            "Alertmanager",
            false,
            false,
            false,
            null,
            false);
    WorkflowClient.executeUpdateWithStart(
        rollback::alert,
        alert,
        UpdateOptions.newBuilder(Joined.class).setUpdateId(fingerprint + state).build(),
        new WithStartWorkflowOperation<>(rollback::rollBack, request));
  }

  private long minutesUntil(Instant at) {
    return Duration.between(began, at).toMinutes();
  }

  private Instant now() {
    return Instant.ofEpochMilli(temporal.currentTimeMillis());
  }
}

package dev.rollbook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import dev.rollbook.decision.Alert;
import dev.rollbook.decision.Alert.State;
import dev.rollbook.decision.Alike;
import dev.rollbook.decision.Asked;
import dev.rollbook.decision.DecisionPolicy;
import dev.rollbook.decision.DecisionPolicy.Otherwise;
import dev.rollbook.decision.DecisionPolicy.Row;
import dev.rollbook.decision.GuardWorkflow;
import dev.rollbook.decision.Joined;
import dev.rollbook.decision.Joined.What;
import dev.rollbook.decision.Memory;
import dev.rollbook.decision.Permission;
import dev.rollbook.decision.Permission.Refusal;
import dev.rollbook.decision.TellOnCall;
import dev.rollbook.decision.TellOnCallWorkflow;
import dev.rollbook.escalation.Acknowledgement;
import dev.rollbook.escalation.EscalateWorkflow;
import dev.rollbook.escalation.Escalation;
import dev.rollbook.escalation.Incident;
import dev.rollbook.escalation.Incident.Trouble;
import dev.rollbook.escalation.Notice;
import dev.rollbook.escalation.Notices.Became;
import dev.rollbook.escalation.Notices.Followed;
import dev.rollbook.escalation.RecordingNotices;
import dev.rollbook.local.RollbackLocalWorkflow;
import io.temporal.api.enums.v1.EventType;
import io.temporal.api.enums.v1.IndexedValueType;
import io.temporal.api.enums.v1.WorkflowIdConflictPolicy;
import io.temporal.client.UpdateOptions;
import io.temporal.client.WithStartWorkflowOperation;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import io.temporal.client.WorkflowUpdateException;
import io.temporal.common.converter.DefaultDataConverter;
import io.temporal.failure.ApplicationFailure;
import io.temporal.failure.CanceledFailure;
import io.temporal.testing.TestEnvironmentOptions;
import io.temporal.testing.TestWorkflowEnvironment;
import io.temporal.worker.Worker;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The runbook's decision table, hours of it in seconds. */
@Timeout(240)
class AlertedRunTest {

  private static final String RUN = "rollback:local:shopping-service";

  private final RecordingSteps steps = new RecordingSteps();
  private final RecordingNotices notices = new RecordingNotices();
  private TestWorkflowEnvironment temporal;
  private WorkflowClient client;
  private WorkflowStub run;
  private Instant began;

  @BeforeEach
  void start() {
    temporal = TestWorkflowEnvironment.newInstance(TestEnvironmentOptions.newBuilder().build());
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
        TellOnCallWorkflow.class,
        GuardWorkflow.class);
    worker.registerActivitiesImplementations(steps, notices);
    temporal.start();
    client = temporal.getWorkflowClient();
    run = client.newUntypedWorkflowStub(RUN);
    began = now();
  }

  @AfterEach
  void stop() {
    temporal.close();
  }

  @ParameterizedTest(name = "{0}, {1}: {2}")
  @CsvSource({
    "HIGH, nobody, ROLLED_BACK, the rule, 10",
    "HIGH, approve, ROLLED_BACK, kim, 5",
    "HIGH, reject, NOT_NEEDED, kim, 5",
    "HIGH, resolved, NOT_NEEDED, the alert, 5",
    "HIGH, abort, NOT_NEEDED, kim, 5",
    "HIGH, cutOff, NOT_NEEDED, kim, 5",
    "HIGH, CRITICAL, ROLLED_BACK, the rule, 5",
    "HIGH, MEDIUM, ROLLED_BACK, the rule, 10",
    "HIGH, LOW, ROLLED_BACK, the rule, 10",
    "MEDIUM, nobody, BLOCKED, the rule, 30",
    "MEDIUM, approve, ROLLED_BACK, kim, 5",
    "MEDIUM, reject, NOT_NEEDED, kim, 5",
    "MEDIUM, resolved, NOT_NEEDED, the alert, 5",
    "MEDIUM, abort, NOT_NEEDED, kim, 5",
    "MEDIUM, CRITICAL, ROLLED_BACK, the rule, 5",
    "MEDIUM, HIGH, ROLLED_BACK, the rule, 15",
    "MEDIUM, LOW, BLOCKED, the rule, 30",
    "CRITICAL, nobody, ROLLED_BACK, the rule, 0",
    "LOW, nobody, NOT_NEEDED, the rule, 0",
  })
  void the_table_is_kept(
      Severity severity, String after5Minutes, Outcome outcome, String by, int minutes) {
    assertThat(send(firing("a", severity)).what()).isEqualTo(What.STARTED);
    if (!after5Minutes.equals("nobody")) {
      temporal.sleep(Duration.ofMinutes(5));
      say(after5Minutes);
    }

    Run ended = run.getResult(Run.class);

    assertThat(ended.outcome()).isEqualTo(outcome);
    assertThat(ended.decision().decided().by()).isEqualTo(by);
    assertThat(Duration.between(began, ended.decision().decided().at()).toMinutes())
        .isEqualTo(minutes);
    assertThat(steps.asked.contains("preflight")).isEqualTo(outcome == Outcome.ROLLED_BACK);
    assertThat(steps.closed).hasSize(1);
  }

  private void say(String word) {
    switch (word) {
      case "approve", "reject" -> run.update(word, String.class, new Verdict("kim", "seen it"));
      case "abort" -> run.update("abort", String.class, new Abort("kim", "my own test"));
      case "cutOff" -> run.signal("cutOff", new Abort("kim", "emergency stop"));
      case "resolved" -> send(alert("a", State.RESOLVED, Severity.HIGH, began));
      default -> send(firing("b", Severity.valueOf(word)));
    }
  }

  @Test
  void while_it_asks_the_run_says_what_and_until_when() {
    Alert alert = alert("a", State.FIRING, Severity.HIGH, began, began);
    send(alert);

    Run asking = asking();

    assertThat(asking.asks().text())
        .isEqualTo("Roll back shopping-service in local? HighLatency: p99 over 5 s");
    assertThat(asking.asks().until()).isEqualTo(began.plus(Duration.ofMinutes(10)));
    assertThat(asking.asks().otherwise()).isEqualTo("roll back");
    assertThat(asking.decision().rule()).isEqualTo("high: decide within 10 min, else roll back");
    assertThat(asking.decision().alerts()).containsExactly(alert);
    assertThat(timers()).containsExactly("D1 Decide: high: decide within 10 min, else roll back");
  }

  @Test
  void who_is_on_call_is_told_what_is_asked_once_for_each_severity() {
    steps.escalates = true;
    notices.broken.add(notices.policy.levels().get(0).channels().get(0));
    send(firing("a", Severity.MEDIUM));
    temporal.sleep(Duration.ofMinutes(1));
    send(firing("b", Severity.MEDIUM));
    send(firing("c", Severity.HIGH));
    temporal.sleep(Duration.ofMinutes(1));

    say("reject");

    Run ended = run.getResult(Run.class);
    assertThat(notices.sent).extracting(Notice::workflowId).containsOnly(RUN);
    assertThat(notices.sent)
        .extracting(notice -> notice.incident().title())
        .containsExactly(
            "Mend it, or roll back shopping-service in local? HighLatency: p99 over 5 s",
            "Roll back shopping-service in local? HighLatency: p99 over 5 s");
    assertThat(notices.spooled).hasSize(2);
    assertThat(String.join("\n", ended.decision().notes()))
        .contains("is broken: 410 Gone", "told ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"reject", "approve", "abort", "cutOff", "resolved", "nobody"})
  void what_asks_on_a_pager_is_over_when_it_is_decided(String word) {
    steps.escalates = true;
    String pager = notices.policy.levels().get(0).channels().get(0);
    notices.staysOpen.add(pager);
    send(firing("b", Severity.MEDIUM));
    temporal.sleep(Duration.ofMinutes(1));
    send(firing("a", Severity.HIGH));
    temporal.sleep(Duration.ofMinutes(1));
    assertThat(notices.sent)
        .extracting(Notice::severity)
        .containsExactly(Severity.MEDIUM, Severity.HIGH);
    assertThat(notices.followed).isEmpty();

    send(alert("b", State.RESOLVED, Severity.MEDIUM, began));
    if (!word.equals("nobody")) {
      say(word);
    }

    run.getResult(Run.class);
    assertThat(notices.followed)
        .containsExactlyInAnyOrderElementsOf(
            notices.sent.stream()
                .map(notice -> new Followed(notice.id(), pager, Became.OVER))
                .toList());
  }

  @Test
  void a_full_spool_holds_neither_the_run_nor_the_end_of_what_it_asked() {
    notices.spoolIsFull = true;

    assertThat(rejectedAfterAMinute()).isLessThan(Duration.ofSeconds(30));

    assertThat(notices.followed)
        .containsExactly(
            new Followed(notices.sent.get(0).id(), notices.sent.get(0).channel(), Became.OVER));
    assertThat(notices.spooled).isEmpty();
  }

  @Test
  void a_pager_that_does_not_answer_does_not_hold_the_run() {
    notices.pagerIsSilent = true;

    assertThat(rejectedAfterAMinute()).isLessThan(Duration.ofSeconds(30));

    assertThat(notices.followed).isEmpty();
    assertThat(send(firing("b", Severity.HIGH)).what())
        .as("of the next run")
        .isEqualTo(What.STARTED);
  }

  /** How long the run goes on then. */
  private Duration rejectedAfterAMinute() {
    steps.escalates = true;
    notices.staysOpen.add(notices.policy.levels().get(0).channels().get(0));
    send(firing("a", Severity.HIGH));
    temporal.sleep(Duration.ofMinutes(1));
    say("reject");
    Run ended = run.getResult(Run.class);
    assertThat(ended.outcome()).isEqualTo(Outcome.NOT_NEEDED);
    return Duration.between(ended.endedAt(), run.describe().getCloseTime());
  }

  @Test
  void what_nobody_has_to_answer_rings_a_pager_and_is_over() {
    notices.staysOpen.add(notices.policy.levels().get(0).channels().get(0));
    WorkflowStub telling =
        client.newUntypedWorkflowStub(
            "TellOnCall",
            WorkflowOptions.newBuilder()
                .setTaskQueue(TaskQueues.ROLLBOOK)
                .setWorkflowId("quarantined:3")
                .build());
    telling.start(firing("x", Severity.LOW), "odd", null);
    temporal.sleep(Duration.ofMinutes(5));
    assertThat(notices.sent).extracting(Notice::severity).containsExactly(Severity.LOW);
    assertThat(notices.followed).as("it rings").isEmpty();

    telling.getResult(List.class);

    assertThat(notices.followed)
        .extracting(Followed::noticeId)
        .containsExactly(notices.sent.get(0).id());
  }

  @Test
  void an_alert_that_nothing_is_done_about_is_told_even_of_an_unknown_service() {
    Alert odd =
        new Alert(
            "x", State.FIRING, "no-such", null, null, began, null, began, "Odd", null, null, null);
    TellOnCall telling =
        client.newWorkflowStub(
            TellOnCall.class,
            WorkflowOptions.newBuilder()
                .setTaskQueue(TaskQueues.ROLLBOOK)
                .setWorkflowId("quarantined:1")
                .build());

    String why = "the catalog has no service no-such";
    String known = TellOnCall.key(firing("y", Severity.LOW), why);
    steps.told.add(known);

    List<String> told =
        telling.tell(
            odd, why, new Alike(List.of(odd), List.of(TellOnCall.key(odd, why), known, "z")));

    assertThat(told).singleElement().asString().startsWith("told ");
    assertThat(notices.sent.get(0).incident().title())
        .isEqualTo("an alert that nothing is done about: Odd");
    assertThat(notices.sent.get(0).incident().why())
        .startsWith(
            why
                + "; and 1 more that only a person may decide about\nunknown FIRING Odd, since "
                + began);
  }

  @Test
  void what_people_were_told_of_by_another_notice_they_are_not_told_again() {
    Alert odd = firing("x", Severity.LOW);
    steps.told.add(TellOnCall.key(odd, "odd"));
    TellOnCall telling =
        client.newWorkflowStub(
            TellOnCall.class,
            WorkflowOptions.newBuilder()
                .setTaskQueue(TaskQueues.ROLLBOOK)
                .setWorkflowId("quarantined:2")
                .build());

    assertThat(telling.tell(odd, "odd", null)).isEmpty();

    assertThat(notices.sent).isEmpty();
    assertThat(notices.spooled).isEmpty();
  }

  @Test
  void the_word_of_the_last_second_counts_and_the_next_one_is_too_late() throws Exception {
    steps.waitsIn = "buildAndStart";
    send(firing("a", Severity.HIGH));
    temporal.sleep(Duration.ofMinutes(10).minusSeconds(1));

    say("approve");
    assertThat(steps.waiting.await(60, TimeUnit.SECONDS)).isTrue();

    assertThatThrownBy(() -> say("reject"))
        .isInstanceOf(WorkflowUpdateException.class)
        .cause()
        .hasMessageContaining("nothing is asked");
    Run acting = run.query("status", Run.class);
    assertThat(acting.decision().decided().by()).isEqualTo("kim");
    assertThat(acting.asks()).isNull();
    run.update("abort", String.class, new Abort("kim", "end of the test"));
    assertThat(run.getResult(Run.class).outcome()).isEqualTo(Outcome.STOPPED);
  }

  @Test
  void a_cancel_from_temporals_ui_ends_it_in_a_defined_state() {
    send(firing("a", Severity.HIGH));

    run.cancel();

    assertThatThrownBy(() -> run.getResult(Run.class)).hasCauseInstanceOf(CanceledFailure.class);
    assertThat(steps.asked).doesNotContain("preflight");
    assertThat(steps.closed).singleElement().extracting(Run::outcome).isEqualTo(Outcome.NOT_NEEDED);
  }

  @Test
  void a_deadline_that_was_over_when_the_alert_was_read_is_no_reason_to_wait() {
    Alert late =
        alert("a", State.FIRING, Severity.HIGH, began, began.minus(Duration.ofMinutes(11)));

    send(late);

    assertThat(run.getResult(Run.class).outcome()).isEqualTo(Outcome.ROLLED_BACK);
    // not the 10 min of a high one; the server skips a minute where an activity is slow to begin
    assertThat(Duration.between(began, now())).isLessThan(Duration.ofMinutes(5));
  }

  @Test
  void nobody_deciding_on_a_medium_one_calls_people() {
    steps.escalates = true;
    send(firing("a", Severity.MEDIUM));

    Run ended = run.getResult(Run.class);

    assertThat(ended.outcome()).isEqualTo(Outcome.BLOCKED);
    assertThat(ended.reason()).startsWith("call more people, by the rule: nobody decided until");
    assertThat(ended.steps()).extracting(Step::id).containsExactly("N1");
  }

  @Test
  void the_catalog_says_how_long_and_what_otherwise() {
    steps.decision =
        new DecisionPolicy(
            null,
            new Row(Duration.ofMinutes(2), Otherwise.ESCALATE),
            new Row(Duration.ofHours(2), Otherwise.ROLL_BACK),
            false,
            null,
            false);
    send(firing("a", Severity.MEDIUM));
    temporal.sleep(Duration.ofMinutes(3));
    send(firing("b", Severity.HIGH));

    Run ended = run.getResult(Run.class);

    assertThat(ended.outcome()).isEqualTo(Outcome.BLOCKED);
    assertThat(Duration.between(began, ended.decision().decided().at()).toMinutes()).isEqualTo(5);
  }

  @Test
  void a_low_one_is_recorded_with_a_ticket_and_no_rollback() {
    send(firing("a", Severity.LOW));

    assertThat(run.getResult(Run.class).reason())
        .isEqualTo(
            "no rollback, by the rule: low: a hotfix or the next release, no rollback. Ticket:"
                + " shopping-service in local, HighLatency: p99 over 5 s, since "
                + began
                + " https://runbook http://prometheus/graph");
  }

  @Test
  void copies_of_a_pair_are_one_alert_and_both_are_told_the_same() {
    Joined first = send(firing("a", Severity.HIGH));

    Joined copy =
        send(alert("a", State.FIRING, Severity.HIGH, began, began.plus(Duration.ofSeconds(15))));

    assertThat(copy).isEqualTo(first);
    assertThat(run.query("status", Run.class).decision().alertsInAll()).isOne();
  }

  @Test
  void several_at_once_are_answered_one_by_one() {
    send(firing("a", Severity.HIGH));

    Joined[] joined =
        run.update(
            "alerts",
            Joined[].class,
            List.of(firing("a", Severity.HIGH), firing("b", Severity.MEDIUM)));

    assertThat(joined).extracting(Joined::what).containsExactly(What.JOINED, What.JOINED);
    assertThat(joined).extracting(Joined::why).containsExactly("it is known already", null);
    assertThat(run.query("status", Run.class).decision().alertsInAll()).isEqualTo(2);
  }

  @Test
  void a_run_that_has_taken_many_updates_keeps_the_rest_for_people() {
    send(firing("a", Severity.HIGH));
    for (int i = 1; i < 500; i++) {
      run.update("alert", Joined.class, firing("a" + i, Severity.HIGH));
    }

    assertThatThrownBy(() -> run.update("alert", Joined.class, firing("z", Severity.HIGH)))
        .hasStackTraceContaining(Rollback.FULL);
    run.signal("alerted", firing("z", Severity.HIGH));
    say("reject");

    Run ended = run.getResult(Run.class);
    assertThat(ended.outcome()).isEqualTo(Outcome.NOT_NEEDED);
    assertThat(ended.decision().alertsInAll()).isEqualTo(501);
  }

  @Test
  void a_flap_without_a_resolved_one_puts_nothing_off() {
    send(firing("a", Severity.HIGH));
    temporal.sleep(Duration.ofMinutes(4));
    send(alert("a", State.FIRING, Severity.HIGH, began.plus(Duration.ofMinutes(3))));

    Run ended = run.getResult(Run.class);

    assertThat(Duration.between(began, ended.decision().decided().at()).toMinutes()).isEqualTo(10);
    assertThat(ended.decision().alertsInAll()).isEqualTo(2);
  }

  @Test
  void a_resolved_one_older_than_what_fires_is_ignored() {
    send(firing("a", Severity.HIGH));
    send(alert("a", State.FIRING, Severity.HIGH, began.plus(Duration.ofMinutes(1))));

    Joined old = send(alert("a", State.RESOLVED, Severity.HIGH, began));

    assertThat(old.what()).isEqualTo(What.IGNORED);
    assertThat(old.why()).contains("has fired again since");
    assertThat(run.getResult(Run.class).outcome()).isEqualTo(Outcome.ROLLED_BACK);
  }

  @Test
  void it_is_over_only_when_all_that_fired_is_resolved() {
    send(firing("a", Severity.HIGH));
    send(firing("b", Severity.MEDIUM));
    assertThat(send(alert("c", State.RESOLVED, Severity.HIGH, began)).what())
        .isEqualTo(What.IGNORED);

    send(alert("a", State.RESOLVED, Severity.HIGH, began));
    assertThat(asking()).isNotNull();
    send(alert("b", State.RESOLVED, Severity.MEDIUM, began));

    assertThat(run.getResult(Run.class).outcome()).isEqualTo(Outcome.NOT_NEEDED);
  }

  @Test
  void what_comes_after_the_act_has_begun_is_a_note() throws Exception {
    steps.waitsIn = "buildAndStart";
    send(firing("a", Severity.CRITICAL));
    assertThat(steps.waiting.await(60, TimeUnit.SECONDS)).isTrue();

    assertThat(send(alert("a", State.RESOLVED, Severity.CRITICAL, began)).what())
        .isEqualTo(What.JOINED);
    assertThat(send(firing("b", Severity.HIGH)).what()).isEqualTo(What.JOINED);

    Run acting = run.query("status", Run.class);
    assertThat(acting.outcome()).isNull();
    assertThat(acting.decision().notes()).hasSize(2).first().asString().contains("RESOLVED");
    run.update("abort", String.class, new Abort("kim", "end of the test"));
    run.getResult(Run.class);
  }

  @Test
  void an_alert_that_comes_while_a_run_is_written_down_is_sent_again_to_the_next() {
    List<Throwable> refused = new ArrayList<>();
    steps.meanwhile =
        step -> {
          if (step.equals("decided")) {
            refused.add(catchThrowable(() -> send(firing("b", Severity.CRITICAL))));
          }
        };
    send(firing("a", Severity.LOW));
    assertThat(run.getResult(Run.class).outcome()).isEqualTo(Outcome.NOT_NEEDED);
    assertThat(refused).singleElement();
    assertThat(refused.get(0).getCause()).hasMessageContaining("send the alert again");

    assertThat(send(firing("b", Severity.CRITICAL)).what()).isEqualTo(What.STARTED);

    assertThat(client.newUntypedWorkflowStub(RUN).getResult(Run.class).outcome())
        .isEqualTo(Outcome.ROLLED_BACK);
  }

  @ParameterizedTest
  @CsvSource({
    "COOL_DOWN, NOT_NEEDED",
    "FROZEN, NOT_NEEDED",
    "DECIDED, NOT_NEEDED",
    "TOO_MANY, BLOCKED",
    "STILL_FIRES, BLOCKED",
  })
  void what_the_guard_forbids_is_asked_of_nobody(Refusal refusal, Outcome outcome) {
    steps.permission = asked -> new Permission(refusal, "since kim says so", null);

    assertThat(send(firing("a", Severity.HIGH)).what()).isEqualTo(What.STARTED);

    Run ended = run.getResult(Run.class);
    assertThat(ended.outcome()).isEqualTo(outcome);
    assertThat(ended.reason()).endsWith("by the guard: since kim says so");
    assertThat(steps.asked).isEmpty();
    assertThat(timers()).isEmpty();
    assertThat(steps.remembered).hasSize(outcome == Outcome.BLOCKED ? 1 : 0);
  }

  @Test
  void the_first_alert_is_answered_while_the_guard_still_thinks() {
    CountDownLatch answered = new CountDownLatch(1);
    steps.permission = asked -> new Permission(isIn(answered) ? null : Refusal.FROZEN, "", null);

    Joined first = send(firing("a", Severity.HIGH));
    Joined second = send(firing("b", Severity.HIGH));
    answered.countDown();

    assertThat(first.what()).isEqualTo(What.STARTED);
    assertThat(second.what()).isEqualTo(What.JOINED);
    say("reject");
    assertThat(run.getResult(Run.class).decision().decided().by()).isEqualTo("kim");
  }

  private static boolean isIn(CountDownLatch latch) {
    try {
      return latch.await(8, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void an_alert_that_joins_while_the_guard_is_asked_about_another_is_asked_about_too() {
    steps.permission =
        asked -> {
          if (asked.alerts().size() > 1) {
            return new Permission(null, null, null);
          }
          send(firing("b", Severity.HIGH));
          return new Permission(Refusal.DECIDED, "this alert was decided on before", null);
        };
    send(firing("a", Severity.HIGH));

    Run ended = run.getResult(Run.class);

    assertThat(ended.outcome()).isEqualTo(Outcome.ROLLED_BACK);
    assertThat(steps.guarded)
        .extracting(Asked::alerts)
        .startsWith(List.of("a@" + began), List.of("a@" + began, "b@" + began));
  }

  @Test
  void a_flood_is_remembered_whole() {
    send(firing("a", Severity.HIGH));
    for (int i = 0; i < 7; i++) {
      int hundred = 100 * i;
      run.update(
          "alerts",
          Joined[].class,
          IntStream.range(0, 100)
              .mapToObj(n -> firing("b" + (hundred + n), Severity.MEDIUM))
              .toList());
    }

    say("reject");

    run.getResult(Run.class);
    assertThat(steps.remembered).singleElement();
    assertThat(steps.remembered.get(0).alerts()).hasSize(701).contains("b699@" + began);
  }

  @Test
  void ends_of_a_message_go_with_what_fires_in_one_update() {
    send(firing("a", Severity.HIGH));

    Joined[] joined =
        run.update(
            "alerts",
            Joined[].class,
            List.of(
                firing("b", Severity.HIGH),
                alert("a", State.RESOLVED, Severity.HIGH, began),
                alert("b", State.RESOLVED, Severity.HIGH, began)));

    assertThat(joined).extracting(Joined::what).containsOnly(What.JOINED);
    assertThat(run.getResult(Run.class).decision().decided().by()).isEqualTo("the alert");
  }

  @Test
  void what_does_not_say_when_it_began_may_fire_again() {
    send(alert("a", State.FIRING, Severity.HIGH, Alert.NOBODY_KNOWS));
    send(firing("b", Severity.HIGH));
    send(alert("a", State.RESOLVED, Severity.HIGH, Alert.NOBODY_KNOWS));

    Joined again =
        run.update(
            "alert", Joined.class, alert("a", State.FIRING, Severity.HIGH, Alert.NOBODY_KNOWS));
    send(alert("b", State.RESOLVED, Severity.HIGH, began));

    assertThat(again.what()).isEqualTo(What.JOINED);
    assertThat(asking()).isNotNull();
    say("reject");
    run.getResult(Run.class);
  }

  @Test
  void what_is_critical_within_a_cool_down_calls_people_once() {
    steps.escalates = true;
    steps.permission = asked -> new Permission(Refusal.COOL_DOWN, "rolled back just now", "run-1");
    send(firing("a", Severity.CRITICAL));
    Run first = run.getResult(Run.class);
    WorkflowStub calls = client.newUntypedWorkflowStub("escalate:local:shopping-service");
    calls.update("acknowledge", String.class, new Acknowledgement("kim", "oncall", "cli", "at it"));

    send(firing("b", Severity.CRITICAL));
    Run second = client.newUntypedWorkflowStub(RUN).getResult(Run.class);

    assertThat(List.of(first, second)).extracting(Run::outcome).containsOnly(Outcome.BLOCKED);
    assertThat(first.reason()).isEqualTo("call more people, by the guard: rolled back just now");
    assertThat(second.steps()).extracting(Step::id).containsExactly("N1");
    Escalation standing = calls.query("status", Escalation.class);
    assertThat(standing.incident().id()).isEqualTo("run-1-cool-down");
    assertThat(standing.levels().get(0).answer().by()).isEqualTo("kim");
    assertThat(steps.remembered).hasSize(2);
    calls.update("close", String.class, new Abort("kim", "mended"));
  }

  @Test
  void people_are_called_where_the_target_runs_already_and_an_alert_fires() {
    steps.escalates = true;
    steps.alreadyThere = true;
    send(firing("a", Severity.CRITICAL));

    Run ended = run.getResult(Run.class);

    assertThat(ended.outcome()).isEqualTo(Outcome.ALREADY_THERE);
    assertThat(ended.steps()).extracting(Step::id).containsExactly("P1", "N1");
    WorkflowStub calls = client.newUntypedWorkflowStub("escalate:local:shopping-service");
    Incident incident = calls.query("status", Escalation.class).incident();
    assertThat(incident.title())
        .isEqualTo("shopping-service in local: an alert fires, and no rollback can help");
    assertThat(incident.why()).isEqualTo(ended.reason());
    assertThat(steps.remembered).extracting(Asked::alerts).containsExactly(List.of("a@" + began));
    calls.update("close", String.class, new Abort("kim", "mended"));
  }

  @Test
  void an_alert_of_a_service_that_stands_still_is_a_note_of_its_incident() {
    steps.escalates = true;
    steps.findings.add(Finding.blocker(Finding.STOP, "it was stopped"));
    WorkflowStub calls =
        client.newUntypedWorkflowStub(
            "Escalate",
            WorkflowOptions.newBuilder()
                .setTaskQueue(TaskQueues.ROLLBOOK)
                .setWorkflowId("escalate:local:shopping-service")
                .build());
    calls.start(
        new Incident(
            "plan-7", "shopping-service", "local", "stopped", "A4 failed", Set.of(), false, "kim"),
        null);
    for (String fingerprint : List.of("a", "b")) {
      send(firing(fingerprint, Severity.CRITICAL));
      assertThat(client.newUntypedWorkflowStub(RUN).getResult(Run.class).outcome())
          .isEqualTo(Outcome.BLOCKED);
    }

    Escalation standing = calls.query("status", Escalation.class);
    assertThat(standing.incident().id()).isEqualTo("plan-7");
    assertThat(standing.notes())
        .filteredOn(note -> note.equals("while it stands still: critical HighLatency"))
        .hasSize(1);
    assertThat(steps.remembered)
        .extracting(Asked::alerts)
        .containsExactly(List.of("a@" + began), List.of("b@" + began));
    calls.update("close", String.class, new Abort("kim", "mended"));
  }

  @Test
  void the_guard_hears_of_what_a_person_has_rolled_back() {
    WorkflowStub guard = guard();
    client.newUntypedWorkflowStub("Rollback", options()).start(request(null, Trigger.CLI));
    assertThat(run.getResult(Run.class).outcome()).isEqualTo(Outcome.ROLLED_BACK);

    Memory.Rolled known =
        await()
            .atMost(Duration.ofSeconds(60))
            .until(() -> guard.query("status", Memory.class).rolled(), all -> !all.isEmpty())
            .get(0);

    assertThat(known.from()).isEqualTo(RecordingSteps.V3.id());
    assertThat(known.byHand()).isTrue();
    assertThat(steps.guarded).isEmpty();
  }

  private WorkflowStub guard() {
    WorkflowStub guard =
        client.newUntypedWorkflowStub(
            "Guard",
            WorkflowOptions.newBuilder()
                .setTaskQueue(TaskQueues.ROLLBOOK)
                .setWorkflowId(WorkflowIds.GUARD)
                .build());
    guard.start((Object) null);
    return guard;
  }

  @Test
  void a_version_that_was_rolled_back_before_calls_people_instead() {
    steps.escalates = true;
    steps.permission =
        asked ->
            new Permission(
                asked.from() == null ? null : Refusal.SAME_VERSION, "it is back again", null);
    send(firing("a", Severity.CRITICAL));

    Run ended = run.getResult(Run.class);

    assertThat(ended.outcome()).isEqualTo(Outcome.BLOCKED);
    assertThat(ended.steps()).extracting(Step::id).containsExactly("P1", "N1");
    assertThat(steps.asked).containsExactly("preflight");
    assertThat(steps.guarded.get(1).from()).isEqualTo(RecordingSteps.V3.id());
    assertThat(steps.guarded.get(1).alerts()).containsExactly("a@" + began);
  }

  @Test
  void what_a_person_has_allowed_the_guard_does_not_forbid_and_remembers() {
    WorkflowStub guard = guard();
    steps.permission =
        asked ->
            new Permission(
                asked.from() == null ? null : Refusal.SAME_VERSION, "it is back again", null);
    send(firing("a", Severity.HIGH));

    say("approve");

    Run ended = run.getResult(Run.class);
    assertThat(ended.outcome()).isEqualTo(Outcome.ROLLED_BACK);
    assertThat(ended.decision().notes().get(0)).endsWith("the guard: it is back again");
    assertThat(steps.remembered)
        .singleElement()
        .satisfies(asked -> assertThat(asked.alerts()).hasSize(1));
    await()
        .atMost(Duration.ofSeconds(60))
        .ignoreExceptions()
        .untilAsserted(
            () ->
                assertThat(guard.query("status", Memory.class).rolled())
                    .extracting(Memory.Rolled::from, Memory.Rolled::byHand)
                    .containsExactly(tuple(ended.from().id(), true)));
  }

  @Test
  void an_abort_while_it_is_planned_is_in_time() {
    steps.meanwhile =
        step -> {
          if (step.equals("preflight")) {
            run.update("abort", String.class, new Abort("kim", "wrong service"));
          }
        };
    send(firing("a", Severity.CRITICAL));

    Run ended = run.getResult(Run.class);

    assertThat(ended.outcome()).as(ended.reason()).isEqualTo(Outcome.NOT_NEEDED);
    assertThat(ended.reason()).isEqualTo("aborted by kim: wrong service");
    assertThat(ended.aborted()).isEqualTo(new Abort("kim", "wrong service"));
    assertThat(steps.asked).containsExactly("preflight");
  }

  @Test
  void what_is_resolved_while_it_is_planned_needs_no_rollback() {
    steps.meanwhile = step -> resolveAt(step, "preflight");
    send(firing("a", Severity.CRITICAL));

    Run ended = run.getResult(Run.class);

    assertThat(ended.outcome()).as(ended.reason()).isEqualTo(Outcome.NOT_NEEDED);
    assertThat(ended.decision().decided().describe())
        .isEqualTo("no rollback, by the alert: resolved before anything was done");
    assertThat(steps.asked).containsExactly("preflight");
    assertThat(steps.guarded).as("nothing is counted").allMatch(asked -> asked.from() == null);
    assertThat(steps.remembered).hasSize(1);
  }

  @Test
  void what_is_resolved_while_it_is_planned_does_not_overrule_a_person() {
    steps.meanwhile = step -> resolveAt(step, "preflight");
    send(firing("a", Severity.HIGH));

    say("approve");

    assertThat(run.getResult(Run.class).outcome()).isEqualTo(Outcome.ROLLED_BACK);
  }

  private void resolveAt(String step, String at) {
    if (step.equals(at)) {
      send(alert("a", State.RESOLVED, Severity.CRITICAL, began));
    }
  }

  @Test
  void a_rollback_that_could_not_be_done_calls_people_since_nobody_watches() {
    steps.escalates = true;
    steps.fails("checkOut", "Broken", "the disk is full");
    send(firing("a", Severity.CRITICAL));

    Run ended = run.getResult(Run.class);

    assertThat(ended.outcome()).isEqualTo(Outcome.BLOCKED);
    assertThat(ended.steps()).extracting(Step::id).contains("N1");
    Escalation called =
        client
            .newUntypedWorkflowStub(WorkflowIds.escalation("shopping-service", "local"))
            .query("status", Escalation.class);
    assertThat(called.incident().title())
        .isEqualTo("rollback of shopping-service in local could not be done");
    assertThat(called.incident().why()).isEqualTo("A1 failed: the disk is full");
  }

  @ParameterizedTest
  @CsvSource({"engine, true", "cluster, true", "target, false"})
  void what_keeps_it_from_being_planned_says_who_is_called(String check, boolean isAway) {
    steps.escalates = true;
    steps.findings.add(Finding.blocker(check, "it does not answer"));
    send(firing("a", Severity.CRITICAL));

    assertThat(run.getResult(Run.class).outcome()).isEqualTo(Outcome.BLOCKED);
    Escalation called =
        client
            .newUntypedWorkflowStub(WorkflowIds.escalation("shopping-service", "local"))
            .query("status", Escalation.class);
    assertThat(called.incident().troubles().contains(Trouble.INFRASTRUCTURE)).isEqualTo(isAway);
    assertThat(called.incident().troubles()).contains(Trouble.ROLLBACK);
  }

  @Test
  void an_abort_just_before_the_act_is_in_time() {
    steps.permission =
        asked -> {
          if (asked.from() != null) {
            run.update("abort", String.class, new Abort("kim", "wrong service"));
          }
          return new Permission(null, null, null);
        };
    send(firing("a", Severity.CRITICAL));

    Run ended = run.getResult(Run.class);

    assertThat(ended.outcome()).isEqualTo(Outcome.NOT_NEEDED);
    assertThat(ended.aborted()).isEqualTo(new Abort("kim", "wrong service"));
    assertThat(steps.asked).containsExactly("preflight");
  }

  @Test
  void a_guard_that_cannot_be_asked_leaves_it_to_people() {
    steps.permission =
        asked -> {
          throw ApplicationFailure.newNonRetryableFailure("no guard", "Away");
        };
    send(firing("a", Severity.CRITICAL));

    Run ended = run.getResult(Run.class);

    assertThat(ended.outcome()).isEqualTo(Outcome.BLOCKED);
    assertThat(ended.reason()).contains("the guard could not be asked: no guard");
  }

  @Test
  void what_a_person_has_forbidden_is_remembered() {
    send(firing("a", Severity.HIGH));
    send(firing("b", Severity.HIGH));

    say("reject");

    run.getResult(Run.class);
    assertThat(steps.remembered)
        .singleElement()
        .satisfies(asked -> assertThat(asked.alerts()).containsExactly("a@" + began, "b@" + began));
  }

  @Test
  void an_alert_of_another_service_is_refused_and_changes_nothing() {
    send(firing("a", Severity.HIGH));
    Alert other =
        new Alert(
            "x",
            State.FIRING,
            "other",
            "local",
            Severity.CRITICAL,
            began,
            null,
            began,
            "",
            "",
            "",
            "");

    assertThatThrownBy(() -> run.update("alert", Joined.class, other))
        .cause()
        .hasMessageContaining("alerts of other go to rollback:local:other");

    assertThat(run.query("status", Run.class).decision().alertsInAll()).isOne();
  }

  @Test
  void a_run_by_hand_asks_nobody_whatever_its_severity() throws Exception {
    steps.waitsIn = "buildAndStart";
    client.newUntypedWorkflowStub("Rollback", options()).start(request(Severity.HIGH, Trigger.CLI));
    assertThat(steps.waiting.await(60, TimeUnit.SECONDS)).isTrue();

    assertThat(send(firing("a", Severity.CRITICAL)).what()).isEqualTo(What.JOINED);

    assertThat(run.query("status", Run.class).decision().notes()).hasSize(1);
    assertThatThrownBy(() -> say("approve")).cause().hasMessageContaining("its section asks");
    run.update("abort", String.class, new Abort("kim", "end of the test"));
    Run ended = run.getResult(Run.class);
    assertThat(ended.decision().decided()).isNull();
    assertThat(timers()).isEmpty();
  }

  @Test
  void a_run_whose_alert_never_came_goes_by_its_request() {
    client
        .newUntypedWorkflowStub("Rollback", options())
        .start(request(Severity.HIGH, Trigger.ALERT));

    Run ended = run.getResult(Run.class);

    assertThat(ended.outcome()).isEqualTo(Outcome.ROLLED_BACK);
    assertThat(Duration.between(began, ended.decision().decided().at()).toMinutes()).isEqualTo(10);
  }

  @Test
  void a_thousand_copies_at_once_are_one_run() {
    List<CompletableFuture<Joined>> sent =
        IntStream.range(0, 1000)
            .mapToObj(i -> CompletableFuture.supplyAsync(() -> send(firing("a", Severity.HIGH))))
            .toList();

    Set<What> answers = new TreeSet<>();
    sent.forEach(answer -> answers.add(answer.join().what()));

    assertThat(answers).containsExactly(What.STARTED);
    assertThat(run.query("status", Run.class).decision().alertsInAll()).isOne();
    say("reject");
    run.getResult(Run.class);
    assertThat(steps.closed).hasSize(1);
  }

  private Alert firing(String fingerprint, Severity severity) {
    return alert(fingerprint, State.FIRING, severity, began);
  }

  private Alert alert(String fingerprint, State state, Severity severity, Instant startsAt) {
    return alert(fingerprint, state, severity, startsAt, now());
  }

  private static Alert alert(
      String fingerprint, State state, Severity severity, Instant startsAt, Instant receivedAt) {
    return new Alert(
        fingerprint,
        state,
        "shopping-service",
        "local",
        severity,
        startsAt,
        null,
        receivedAt,
        "HighLatency",
        "p99 over 5 s",
        "https://runbook",
        "http://prometheus/graph");
  }

  /** It is answered before it asks. */
  private Run asking() {
    return await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> run.query("status", Run.class), status -> status.asks() != null);
  }

  private Joined send(Alert alert) {
    Rollback rollback = client.newWorkflowStub(Rollback.class, options());
    return WorkflowClient.executeUpdateWithStart(
        rollback::alert,
        alert,
        UpdateOptions.newBuilder(Joined.class)
            .setUpdateId(alert.fingerprint() + alert.state() + alert.startsAt())
            .build(),
        new WithStartWorkflowOperation<>(
            rollback::rollBack, request(alert.severity(), Trigger.ALERT)));
  }

  private static RollbackRequest request(Severity severity, Trigger trigger) {
    return new RollbackRequest(
        "shopping-service",
        "local",
        null,
        null,
        null,
        severity,
        trigger,
        "Alertmanager",
        false,
        false,
        false,
        null,
        false);
  }

  private static WorkflowOptions options() {
    return WorkflowOptions.newBuilder()
        .setTaskQueue(TaskQueues.ROLLBOOK)
        .setWorkflowId(RUN)
        .setWorkflowIdConflictPolicy(
            WorkflowIdConflictPolicy.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING)
        .build();
  }

  private List<String> timers() {
    return client.fetchHistory(RUN).getHistory().getEventsList().stream()
        .filter(event -> event.getEventType() == EventType.EVENT_TYPE_TIMER_STARTED)
        .map(
            event ->
                DefaultDataConverter.STANDARD_INSTANCE.fromPayload(
                    event.getUserMetadata().getSummary(), String.class, String.class))
        .toList();
  }

  private Instant now() {
    return Instant.ofEpochMilli(temporal.currentTimeMillis());
  }
}

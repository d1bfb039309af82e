package dev.rollbook.escalation;

import static dev.rollbook.escalation.RunbookPolicy.COMMANDER;
import static dev.rollbook.escalation.RunbookPolicy.DBA;
import static dev.rollbook.escalation.RunbookPolicy.ONCALL;
import static dev.rollbook.escalation.RunbookPolicy.incident;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.TaskQueues;
import dev.rollbook.escalation.Incident.Trouble;
import dev.rollbook.escalation.Notices.Became;
import dev.rollbook.escalation.Notices.Followed;
import dev.rollbook.escalation.OpenEscalations.Open;
import dev.rollbook.escalation.OverdueEscalations.Checked;
import dev.rollbook.escalation.OverdueEscalations.Overdue;
import dev.rollbook.escalation.OverdueEscalations.Unended;
import io.temporal.client.WorkflowOptions;
import io.temporal.failure.ApplicationFailure;
import io.temporal.testing.TestWorkflowEnvironment;
import io.temporal.worker.Worker;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The check beside the calls, minute by minute, with time skipping. */
@Timeout(240)
class OverdueEscalationsTest {

  private static final String ID = "escalate:production:shopping-service";

  private final RecordingNotices world = new RecordingNotices();
  private final List<Open> open = new CopyOnWriteArrayList<>();
  private final AtomicInteger signs = new AtomicInteger();
  private volatile boolean isSilent;
  private TestWorkflowEnvironment temporal;

  @BeforeEach
  void start() {
    temporal = TestWorkflowEnvironment.newInstance();
    Worker worker = temporal.newWorker(TaskQueues.ROLLBOOK);
    worker.registerWorkflowImplementationTypes(OverdueEscalationsWorkflow.class);
    worker.registerActivitiesImplementations(
        world, (OpenEscalations) () -> List.copyOf(open), (SignOfLife) this::sign);
    temporal.start();
    world.policy = RunbookPolicy.of(0, COMMANDER, Duration.ZERO, ONCALL, DBA);
  }

  @AfterEach
  void stop() {
    temporal.close();
  }

  private void sign() {
    signs.incrementAndGet();
    if (isSilent) {
      throw ApplicationFailure.newNonRetryableFailure("410 Gone", "ChannelBroken");
    }
  }

  @Test
  void a_call_within_the_grace_period_is_well_and_said_to_be_so() {
    callDueAt(now());
    open.add(new Open("escalate:production:quiet", incident(false), null, null));

    Checked checked = check();

    assertThat(checked.open()).isEqualTo(2);
    assertThat(checked.overdue()).isEmpty();
    assertThat(signs).hasValue(1);
    assertThat(world.sent).isEmpty();
  }

  @Test
  void one_that_is_overdue_is_told_to_whom_it_concerns_and_there_is_no_sign_of_life() {
    Instant due = now().minus(Duration.ofMinutes(3));
    callDueAt(due);
    world.broken.add("pager");

    Checked checked = check();

    assertThat(checked.overdue()).extracting(Overdue::workflowId).containsExactly(ID);
    assertThat(checked.overdue().get(0).toldAt()).isNotNull();
    assertThat(signs).hasValue(0);
    assertThat(world.sent)
        .extracting(Notice::level, Notice::channel)
        .containsExactlyInAnyOrder(
            org.assertj.core.groups.Tuple.tuple("oncall", "email"),
            org.assertj.core.groups.Tuple.tuple("commander", "email"));
    assertThat(world.sent.get(0).incident().title())
        .isEqualTo("calls for shopping-service in production have stopped");
    assertThat(world.sent.get(0).incident().why())
        .startsWith(ID + " should have called at " + due + " and has not");
    assertThat(world.spooled).hasSize(2);
  }

  @Test
  void one_that_cannot_be_asked_is_as_good_as_overdue() {
    open.add(new Open(ID, incident(false, Trouble.ROLLBACK), null, "its workflow task fails"));
    open.add(new Open("escalate:by-hand", null, null, "its workflow task fails"));

    Checked checked = check();

    assertThat(checked.overdue())
        .extracting(Overdue::why)
        .containsOnly("does not say how it stands: its workflow task fails");
    assertThat(checked.overdue().get(1).toldAt()).as("nobody is known for it").isNull();
    assertThat(world.sent).hasSize(2);
    assertThat(signs).hasValue(0);
  }

  @Test
  void a_link_is_sent_only_where_the_incident_that_it_answers_for_is_known() {
    open.add(new Open(ID, incident(false, Trouble.ROLLBACK), null, "its workflow task fails"));
    Incident known = incident(false, Trouble.ROLLBACK);
    open.add(
        new Open(
            "escalate:production:orders",
            new Incident(
                null, "shopping-service", "production", "x", null, known.troubles(), false, "x"),
            null,
            "its workflow task fails"));

    check();

    assertThat(world.sent)
        .extracting(notice -> notice.id().split("-overdue")[0], Notice::workflowId)
        .containsOnly(
            org.assertj.core.groups.Tuple.tuple("plan-1", ID),
            org.assertj.core.groups.Tuple.tuple("escalate:production:orders", null));
  }

  @Test
  void people_hear_of_it_once_an_hour_and_at_once_when_nobody_could_be_reached() {
    callDueAt(now().minus(Duration.ofMinutes(3)));
    world.broken.addAll(Set.of("pager", "email"));
    assertThat(check().overdue().get(0).toldAt()).isNull();
    assertThat(world.spooled).hasSize(2);

    world.broken.clear();
    Checked told = check();
    Instant at = told.overdue().get(0).toldAt();

    assertThat(told.toldOf(ID, at.plus(Duration.ofMinutes(59)))).map(Overdue::toldAt).contains(at);
    assertThat(told.toldOf(ID, at.plus(Duration.ofMinutes(60)))).isEmpty();
    assertThat(told.toldOf("escalate:production:other", at)).isEmpty();
    Overdue untold = new Overdue(ID, "x", null, List.of());
    assertThat(new Checked(at, 1, List.of(untold), List.of()).toldOf(ID, at)).isEmpty();
  }

  @Test
  void what_stays_open_on_a_pager_is_over_when_the_calls_go_on() {
    world.staysOpen.add("pager");
    callDueAt(now().minus(Duration.ofMinutes(3)));
    everyMinute();
    temporal.sleep(Duration.ofMinutes(10));
    assertThat(world.sent).hasSize(2);
    assertThat(world.followed).as("it is still so").isEmpty();

    open.clear();
    temporal.sleep(Duration.ofMinutes(2));

    assertThat(world.followed)
        .containsExactlyInAnyOrderElementsOf(
            world.sent.stream()
                .map(notice -> new Followed(notice.id(), "pager", Became.OVER))
                .toList());
  }

  @Test
  void what_stays_open_on_a_pager_is_over_when_it_is_told_anew() {
    world.staysOpen.add("pager");
    callDueAt(now().minus(Duration.ofMinutes(3)));
    everyMinute();
    temporal.sleep(Duration.ofMinutes(70));

    assertThat(world.sent).hasSize(4);
    assertThat(world.followed)
        .extracting(Followed::noticeId)
        .containsExactlyInAnyOrderElementsOf(
            world.sent.subList(0, 2).stream().map(Notice::id).toList());
  }

  @Test
  void what_stays_open_on_a_pager_is_not_over_while_nobody_can_be_told_anew() {
    world.staysOpen.add("pager");
    callDueAt(now().minus(Duration.ofMinutes(3)));
    everyMinute();
    temporal.sleep(Duration.ofMinutes(10));
    world.broken.addAll(Set.of("pager", "email"));
    temporal.sleep(Duration.ofMinutes(70));
    assertThat(world.followed).as("it is still so").isEmpty();

    world.broken.clear();
    temporal.sleep(Duration.ofMinutes(3));

    assertThat(world.sent).hasSize(4);
    assertThat(world.followed)
        .extracting(Followed::noticeId)
        .containsExactlyInAnyOrderElementsOf(
            world.sent.subList(0, 2).stream().map(Notice::id).toList());
  }

  @Test
  void what_a_pager_did_not_take_at_first_is_over_once_it_answers_again() {
    world.staysOpen.add("pager");
    callDueAt(now().minus(Duration.ofMinutes(3)));
    everyMinute();
    temporal.sleep(Duration.ofMinutes(2));
    world.pagerIsSilent = true;
    open.clear();
    temporal.sleep(Duration.ofMinutes(10));
    assertThat(world.followed).isEmpty();

    world.pagerIsSilent = false;
    temporal.sleep(Duration.ofMinutes(10));

    assertThat(world.followed)
        .as("once each")
        .extracting(Followed::noticeId)
        .containsExactlyInAnyOrderElementsOf(world.sent.stream().map(Notice::id).toList());
  }

  @Test
  void what_no_channel_takes_for_a_day_is_given_up() {
    Followed alert = new Followed("plan-1-overdue", "pager", Became.OVER);
    Instant at = now();
    Overdue told = new Overdue(ID, "x", at, List.of(alert));

    List<Unended> over = new Checked(at, 1, List.of(told), List.of()).over(List.of(), at);

    assertThat(over).containsExactly(new Unended(alert, at));
    Checked left = new Checked(at, 0, List.of(), over);
    assertThat(left.over(List.of(), at.plus(Duration.ofHours(23)))).isEqualTo(over);
    assertThat(left.over(List.of(), at.plus(Duration.ofHours(24)))).isEmpty();
  }

  @Test
  void a_silent_pager_with_twenty_alerts_is_waited_for_once_and_the_looks_go_on() {
    world.staysOpen.add("pager");
    for (int i = 0; i < 20; i++) {
      callDueAt(now().minus(Duration.ofMinutes(3)));
    }
    everyMinute();
    temporal.sleep(Duration.ofMinutes(2));
    assertThat(world.sent).hasSize(40);
    world.pagerIsSilent = true;
    open.clear();

    temporal.sleep(Duration.ofMinutes(20));

    assertThat(signs.get()).isBetween(4, 10);
  }

  @Test
  void twenty_that_are_overdue_are_told_together_when_a_pager_is_silent() {
    world.silent.add("pager");
    for (int i = 0; i < 20; i++) {
      callDueAt(now().minus(Duration.ofMinutes(3)));
    }
    everyMinute();

    temporal.sleep(Duration.ofMinutes(5));

    assertThat(world.sent).extracting(Notice::channel).hasSize(40).containsOnly("email");
  }

  /** As the schedule does it: each reads what the last one has found. */
  private void everyMinute() {
    temporal
        .getWorkflowClient()
        .newUntypedWorkflowStub(
            "OverdueEscalations",
            WorkflowOptions.newBuilder()
                .setTaskQueue(TaskQueues.ROLLBOOK)
                .setCronSchedule("* * * * *")
                .build())
        .start();
  }

  @Test
  void a_sign_of_life_that_does_not_arrive_fails_nothing() {
    isSilent = true;

    assertThat(check().overdue()).isEmpty();
    assertThat(signs).hasValue(1);
  }

  private void callDueAt(Instant due) {
    open.add(new Open(ID, incident(false, Trouble.ROLLBACK), due, null));
  }

  private Instant now() {
    return Instant.ofEpochMilli(temporal.currentTimeMillis());
  }

  private Checked check() {
    return temporal
        .getWorkflowClient()
        .newWorkflowStub(
            OverdueEscalations.class,
            WorkflowOptions.newBuilder().setTaskQueue(TaskQueues.ROLLBOOK).build())
        .check();
  }
}

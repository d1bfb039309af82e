package dev.rollbook.escalation;

import static dev.rollbook.escalation.RunbookPolicy.COMMANDER;
import static dev.rollbook.escalation.RunbookPolicy.DBA;
import static dev.rollbook.escalation.RunbookPolicy.ONCALL;
import static dev.rollbook.escalation.RunbookPolicy.incident;
import static dev.rollbook.escalation.RunbookPolicy.with;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rollbook.Abort;
import dev.rollbook.SearchAttributes;
import dev.rollbook.TaskQueues;
import dev.rollbook.escalation.Announcements.State;
import dev.rollbook.escalation.Escalation.Answer;
import dev.rollbook.escalation.Escalation.Call;
import dev.rollbook.escalation.Escalation.Called;
import dev.rollbook.escalation.Incident.Trouble;
import dev.rollbook.escalation.Notices.Became;
import dev.rollbook.escalation.Notices.Followed;
import io.temporal.api.common.v1.Payload;
import io.temporal.api.common.v1.WorkflowExecution;
import io.temporal.api.enums.v1.IndexedValueType;
import io.temporal.api.history.v1.HistoryEvent;
import io.temporal.client.UpdateOptions;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowFailedException;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import io.temporal.client.WorkflowUpdateStage;
import io.temporal.common.converter.DefaultDataConverter;
import io.temporal.failure.CanceledFailure;
import io.temporal.testing.TestWorkflowEnvironment;
import io.temporal.testing.WorkflowReplayer;
import io.temporal.worker.Worker;
import io.temporal.worker.WorkerFactory;
import io.temporal.worker.WorkerOptions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole escalations, hours of them, with time skipping. */
@Timeout(240)
class EscalateTest {

  private static final String ID = "escalate:production:shopping-service";

  /** So late a call may be since the clock goes on while the machine is at it. */
  private static final long MACHINE_SECONDS = 10;

  /** Within it the first calls go out, and no second one; skipped once nothing is under way. */
  private static final Duration FIRST_CALLS = Duration.ofSeconds(30);

  private final RecordingNotices world = new RecordingNotices();
  private TestWorkflowEnvironment temporal;
  private WorkflowClient client;

  @BeforeEach
  void start() {
    temporal = TestWorkflowEnvironment.newInstance();
    SearchAttributes.all()
        .forEach(
            key ->
                temporal.registerSearchAttribute(
                    key.getName(), IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD));
    Worker worker = temporal.newWorker(TaskQueues.ROLLBOOK);
    worker.registerWorkflowImplementationTypes(EscalateWorkflow.class);
    worker.registerActivitiesImplementations(world);
    temporal.start();
    client = temporal.getWorkflowClient();
  }

  @AfterEach
  void stop() {
    temporal.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ROLLBACK       | false | 0:00 oncall pager, 2:00 oncall pager, 4:00 oncall pager, 15:00 senior pager",
        "DATABASE       | false | 0:00 dba pager, 5:00 dba pager, 15:00 senior pager",
        "INFRASTRUCTURE | false | 1:00 infra pager, 6:00 infra pager, 15:00 senior pager",
        "ROLLBACK       | true  | 0:00 cto pager, 0:00 oncall pager, 2:00 oncall pager, 3:00 cto pager, 4:00 oncall pager, 15:00 senior pager",
      })
  void each_row_of_the_runbook_calls_its_people_over_their_channels(
      Trouble trouble, boolean companyWide, String table) {
    WorkflowStub escalation = started(incident(companyWide, trouble));

    temporal.sleep(Duration.ofMinutes(19));

    assertThat(table(status(escalation))).isEqualTo(table.strip());
    assertThat(world.announced).containsExactly(State.INVESTIGATING);
    // the spool has every call besides
    assertThat(world.spooled).hasSameSizeAs(world.sent);
  }

  @Test
  void where_the_catalog_says_company_wide_the_executives_are_called_without_anybodys_word() {
    EscalationPolicy table = world.policy;
    world.policy =
        new EscalationPolicy(
            table.hash(), table.levels(), 0, table.commander(), table.remindAfter(), true, null);
    WorkflowStub escalation = started(incident(false, Trouble.ROLLBACK));
    temporal.sleep(Duration.ofSeconds(30));

    assertThat(status(escalation).incident().companyWide()).isTrue();
    assertThat(world.sent).extracting(Notice::level).contains("cto", "oncall");
  }

  @Test
  void the_input_from_temporal_ui_is_enough() {
    WorkflowStub escalation =
        started(
            Map.of(
                "service", "shopping-service", "environment", "production", "title", "it is slow"));
    temporal.sleep(FIRST_CALLS);

    Incident incident = status(escalation).incident();
    assertThat(incident.id()).startsWith(ID + "@");
    assertThat(incident.troubles()).containsExactly(Trouble.ROLLBACK);
    assertThat(world.sent)
        .extracting(Notice::level, Notice::workflowId, notice -> notice.incident().title())
        .containsExactly(org.assertj.core.groups.Tuple.tuple("oncall", ID, "it is slow"));
  }

  @Test
  void an_input_that_cannot_be_meant_fails_at_once_with_an_example() {
    assertThatThrownBy(() -> started((Object) null).getResult(Escalation.class))
        .isInstanceOf(WorkflowFailedException.class)
        .hasStackTraceContaining("The input is empty. Pass {");
    assertThatThrownBy(
            () -> started(Map.of("service", "shopping-service")).getResult(Escalation.class))
        .hasStackTraceContaining("'environment' is missing");
    assertThatThrownBy(
            () ->
                started(Map.of("service", "nope", "environment", "production"))
                    .getResult(Escalation.class))
        .hasStackTraceContaining("no service nope; there are: shopping-service");
    assertThat(world.sent).isEmpty();
    assertThat(world.announced).isEmpty();
  }

  @Test
  void a_broken_channel_is_passed_over_at_once_and_told_over_the_next_one() {
    world.broken.add("pager");
    WorkflowStub escalation = started(incident(false, Trouble.ROLLBACK));
    temporal.sleep(FIRST_CALLS);

    assertThat(table(status(escalation))).isEqualTo("0:00 oncall pager -, 0:00 oncall email");
    assertThat(status(escalation).notes()).contains("channel pager is broken: 410 Gone");
    assertThat(world.sent.get(0).incident().why())
        .isEqualTo("C3 failed: image missing\nchannel pager is broken: 410 Gone");
  }

  @Test
  void with_all_channels_down_every_call_is_in_the_spool_and_the_calls_go_on() {
    world.broken.addAll(Set.of("pager", "email"));
    world.policy = RunbookPolicy.of(0, COMMANDER, Duration.ZERO, ONCALL);
    WorkflowStub escalation = started(incident(false, Trouble.ROLLBACK));
    temporal.sleep(Duration.ofMinutes(27));

    assertThat(world.sent).isEmpty();
    assertThat(world.spooled).extracting(Notice::level).endsWith("commander", "commander");
    assertThat(world.spooled).hasSize(3 + 3);
    assertThat(status(escalation).notes())
        .contains(
            "On-Call Engineer: every channel to oncall@example.com is broken; the spool has it");
    assertThat(status(escalation).notes())
        .contains(
            "On-Call Engineer: nobody could be told within 0 ms, all channels are broken",
            "Incident Commander: nobody could be told within 0 ms, all channels are broken");
    assertThat(status(escalation).levels()).allMatch(Called::reachedNobody);
    assertThat(status(escalation).nextCallAt()).isNotNull();
  }

  @Test
  void who_was_told_late_over_a_channel_that_works_again_was_told() {
    world.broken.addAll(Set.of("pager", "email"));
    world.policy = RunbookPolicy.of(ONCALL);
    WorkflowStub escalation = started(incident(false, Trouble.ROLLBACK));
    temporal.sleep(Duration.ofMinutes(1));
    world.broken.clear();
    temporal.sleep(Duration.ofMinutes(2));

    Called oncall = status(escalation).levels().get(0);
    assertThat(oncall.reachedNobody()).isFalse();
    assertThat(oncall.toldLate()).isBetween(120L, 120 + MACHINE_SECONDS);
    assertThat(oncall.inAll()).isEqualTo(3);
  }

  @Test
  void a_broken_spool_is_told_over_the_channels_once_and_hinders_no_call() {
    world.spoolIsBroken = true;
    world.policy = RunbookPolicy.of(ONCALL);
    WorkflowStub escalation = started(incident(false, Trouble.ROLLBACK));
    temporal.sleep(Duration.ofMinutes(5));

    assertThat(status(escalation).notes()).contains("the spool is broken: no space left on device");
    assertThat(world.sent)
        .extracting(Notice::id)
        .containsExactlyInAnyOrder(
            "plan-1-oncall-1-pager-1",
            "plan-1-oncall-spool-pager-1",
            "plan-1-oncall-2-pager-1",
            "plan-1-oncall-3-pager-1");
    assertThat(world.sent)
        .filteredOn(notice -> notice.id().contains("-spool-"))
        .extracting(notice -> notice.incident().why())
        .containsExactly("C3 failed: image missing\nthe spool is broken: no space left on device");
  }

  @Test
  void every_recipient_is_called_and_every_notice_has_an_id_of_its_own() {
    world.broken.add("pager");
    world.policy =
        RunbookPolicy.of(with(ONCALL, List.of("pager", "email"), List.of("kim@x", "lee@x")), DBA);
    started(incident(false, Trouble.ROLLBACK, Trouble.DATABASE));
    temporal.sleep(Duration.ofMinutes(5));

    assertThat(world.sent)
        .extracting(Notice::recipient)
        .contains("kim@x", "lee@x", "dba@example.com");
    assertThat(world.sent).extracting(Notice::id).doesNotHaveDuplicates();
    assertThat(world.sent).extracting(Notice::id).contains("plan-1-oncall-2-email-2");
  }

  @Test
  void an_announcement_that_fails_delays_no_call_is_told_and_made_good() {
    world.boardIsDown = true;
    WorkflowStub escalation = started(incident(false, Trouble.ROLLBACK));
    temporal.sleep(Duration.ofSeconds(30));
    world.boardIsDown = false;

    // whoever is called only after the announcement has failed is not told that it has
    assertThat(world.sent.get(0).id()).isEqualTo("plan-1-oncall-1-pager-1");
    assertThat(status(escalation).levels().get(0).toldLate()).isLessThan(MACHINE_SECONDS);
    assertThat(world.sent)
        .extracting(Notice::id)
        .contains("plan-1-oncall-announcing-INVESTIGATING-pager-1");
    assertThat(world.sent.get(1).incident().why())
        .contains("announcing INVESTIGATING failed: status page: 503");

    temporal.sleep(Duration.ofMinutes(6));
    assertThat(world.announced).containsExactly(State.INVESTIGATING);
  }

  @Test
  void the_boards_say_stopped_and_in_the_end_resolved() {
    WorkflowStub escalation = started(incident(false, Trouble.ROLLBACK));
    escalation.signal("stopped");
    awaitAnnounced(State.STOPPED);
    String told = escalation.update("close", String.class, new Abort("kim", "mended by hand"));
    Escalation ended = escalation.getResult(Escalation.class);

    assertThat(told).isEqualTo("closed");
    assertThat(world.announced).endsWith(State.STOPPED, State.RESOLVED);
    assertThat(ended.closed().by()).isEqualTo("kim");
    assertThat(world.reported)
        .as("written into the incident report")
        .singleElement()
        .satisfies(written -> assertThat(written.closed().why()).isEqualTo("mended by hand"));
    assertThat(ended.nextCallAt()).isNull();
    assertThat(ended.endedAt()).isNotNull();
  }

  /** A board takes no time that can be skipped. */
  private void awaitAnnounced(State state) {
    Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> world.announced.contains(state));
  }

  @Test
  void a_cancel_from_temporal_ui_closes_it_and_says_so_on_the_boards() {
    WorkflowStub escalation = started(incident(false, Trouble.ROLLBACK));
    awaitAnnounced(State.INVESTIGATING);
    escalation.cancel();

    assertThatThrownBy(() -> escalation.getResult(Escalation.class))
        .hasRootCauseInstanceOf(CanceledFailure.class);
    assertThat(status(escalation).closed().by()).isEqualTo("Temporal");
    assertThat(world.announced).containsExactly(State.INVESTIGATING, State.RESOLVED);
  }

  @Test
  void an_answer_ends_the_calls_of_its_level_and_the_next_one_is_told_who_had_it_first() {
    world.policy = RunbookPolicy.of(ONCALL);
    world.boards = List.of();
    WorkflowStub escalation = started(incident(false, Trouble.ROLLBACK));
    temporal.sleep(Duration.ofSeconds(90));

    String first = acknowledge(escalation, "kim", "oncall");
    String second = acknowledge(escalation, "lee", null);
    Escalation ended = escalation.getResult(Escalation.class);

    assertThat(first).isEqualTo("kim answers for On-Call Engineer");
    assertThat(second).startsWith("already answered by kim at 20");
    assertThat(world.sent).hasSize(1);
    Called oncall = ended.levels().get(0);
    assertThat(oncall.answer().by()).isEqualTo("kim");
    assertThat(oncall.answeredLate()).isNegative();
    assertThat(ended.notes())
        .contains("lee answered for On-Call Engineer too, after kim")
        .contains("ended by itself")
        .as("there is no board")
        .noneMatch(note -> note.startsWith("announced"));
    assertThat(Duration.between(ended.startedAt(), ended.endedAt())).isGreaterThan(Ladder.stays());
  }

  /**
   * Not in the very second of a call, which {@link LadderTest} shows: the test server fails a
   * workflow task that cancels a timer as it fires, and loses the update with it; a real one does
   * not.
   */
  @ParameterizedTest
  @ValueSource(ints = {0, 60, 121, 180, 241, 270})
  void an_answer_ends_the_calls_from_its_second_on(int second) {
    world.policy = RunbookPolicy.of(ONCALL);
    world.boards = List.of();
    WorkflowStub escalation = started(incident(false, Trouble.ROLLBACK));
    if (second > 0) {
      temporal.sleep(Duration.ofSeconds(second));
    }

    acknowledge(escalation, "kim", "oncall");

    Called oncall = escalation.getResult(Escalation.class).levels().get(0);

    assertThat(oncall.answer().by()).isEqualTo("kim");
    assertThat(oncall.calls().size()).isBetween((second + 119) / 120, second / 120 + 1);
    assertThat(world.sent.size()).isBetween((second + 119) / 120, second / 120 + 1);
  }

  @Test
  void an_edited_policy_changes_no_escalation_that_is_under_way() {
    world.policy = RunbookPolicy.of(ONCALL);
    WorkflowStub escalation = started(incident(false, Trouble.ROLLBACK));
    temporal.sleep(FIRST_CALLS);
    world.policy = RunbookPolicy.of(DBA);
    temporal.sleep(Duration.ofMinutes(3));

    assertThat(table(status(escalation))).isEqualTo("0:00 oncall pager, 2:00 oncall pager");
    assertThat(status(escalation).policyHash()).isEqualTo("hash-1");
  }

  @Test
  void what_does_not_fit_is_refused_in_words_and_on_record() {
    WorkflowStub escalation = started(incident(false, Trouble.ROLLBACK));
    temporal.sleep(FIRST_CALLS);

    assertThatThrownBy(() -> acknowledge(escalation, "kim", "cfo"))
        .hasStackTraceContaining("cfo, which is not called; called are: oncall, senior");
    assertThatThrownBy(() -> acknowledge(escalation, " ", "oncall"))
        .hasStackTraceContaining("an answer says who");
    assertThatThrownBy(() -> escalation.update("close", String.class, new Abort("kim", null)))
        .hasStackTraceContaining("closing says who and why");
    assertThat(status(escalation).notes())
        .filteredOn(note -> note.startsWith("refused: "))
        .hasSize(3);
    assertThat(status(escalation).levels().get(0).answer()).isNull();
  }

  @Test
  void an_answer_after_the_close_is_refused() {
    world.boardIsDown = true;
    WorkflowStub escalation = started(incident(false, Trouble.ROLLBACK));
    escalation.update("close", String.class, new Abort("kim", "mended"));

    // it stays until the board says RESOLVED
    assertThatThrownBy(() -> acknowledge(escalation, "lee", "oncall"))
        .hasStackTraceContaining("the incident was closed by kim at");
    temporal.sleep(Duration.ofHours(5));
    world.boardIsDown = false;
    Escalation ended = escalation.getResult(Escalation.class);
    assertThat(ended.notes()).contains("announcing RESOLVED failed: status page: 503");
    assertThat(world.announced)
        .as("tried for longer than an hour, more and more rarely")
        .containsExactly(State.RESOLVED);
  }

  @Test
  void what_stands_on_a_board_is_closed_by_a_word_however_late_it_comes() {
    world.policy = RunbookPolicy.of(ONCALL);
    WorkflowStub escalation = started(incident(false, Trouble.ROLLBACK));
    escalation.signal("stopped");
    temporal.sleep(FIRST_CALLS);
    acknowledge(escalation, "kim", "oncall");
    temporal.sleep(Duration.ofDays(3));

    assertThat(status(escalation).endedAt()).isNull();
    assertThat(acknowledge(escalation, "lee", "oncall")).startsWith("already answered by kim");
    escalation.signal("released");
    awaitAnnounced(State.RELEASED);
    escalation.update("close", String.class, new Abort("kim", "v4 is out"));

    assertThat(escalation.getResult(Escalation.class).closed().why()).isEqualTo("v4 is out");
    assertThat(world.announced).endsWith(State.STOPPED, State.RELEASED, State.RESOLVED);
    assertThat(world.sent).as("nobody was called again").hasSize(1);
  }

  @Test
  void what_fails_while_a_board_is_still_to_hear_of_the_close_is_called_at_once() {
    world.policy = RunbookPolicy.of(ONCALL);
    WorkflowStub escalation = started(incident(false, Trouble.ROLLBACK));
    awaitCalled("plan-1-oncall-1-pager-1");
    awaitAnnounced(State.INVESTIGATING);
    world.boardIsDown = true;
    escalation.update("close", String.class, new Abort("kim", "mended"));
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () ->
                assertThat(status(escalation).notes())
                    .contains("announcing RESOLVED failed: status page: 503"));
    world.boardIsDown = false;

    client.newUntypedWorkflowStub(ID).signal("worsened", incidentOf("plan-2"));

    awaitCalled("plan-2-oncall-1-pager-1");
    Escalation next = status(client.newUntypedWorkflowStub(ID));
    assertThat(next.incident().id()).isEqualTo("plan-2");
    assertThat(next.closed()).isNull();
    Escalation first = client.newUntypedWorkflowStub(ID + "/plan-1").getResult(Escalation.class);
    assertThat(first.closed().by()).isEqualTo("kim");
    assertThat(world.said)
        .as("both are told to their ends, side by side")
        .contains("plan-1 RESOLVED", "plan-2 INVESTIGATING");
    assertThat(world.reported).extracting(each -> each.incident().id()).containsExactly("plan-1");
  }

  @Test
  void what_fails_while_the_calls_are_written_down_is_called_with_notices_of_its_own() {
    world.policy = RunbookPolicy.of(ONCALL);
    world.reportIsHeld = new CountDownLatch(1);
    try {
      WorkflowStub escalation = started(incident(false, Trouble.ROLLBACK));
      awaitCalled("plan-1-oncall-1-pager-1");
      escalation.update("close", String.class, new Abort("kim", "mended"));
      Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> !world.reported.isEmpty());

      client.newUntypedWorkflowStub(ID).signal("worsened", incidentOf("plan-1"));

      Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> world.sent.size() == 2);
      assertThat(world.sent.get(1).id()).startsWith("plan-1@").endsWith("-oncall-1-pager-1");
    } finally {
      world.reportIsHeld.countDown();
    }
  }

  @Test
  void a_board_that_was_told_is_left_out_while_another_one_is_tried_again() {
    world.otherBoardsTrouble = List.of("board #ops: answered 503");
    WorkflowStub escalation = started(incident(false, Trouble.ROLLBACK));
    temporal.sleep(FIRST_CALLS);
    world.otherBoardsTrouble = List.of();
    temporal.sleep(Duration.ofMinutes(6));

    assertThat(status(escalation).notes())
        .contains("announcing INVESTIGATING failed: board #ops: answered 503");
    assertThat(world.toldBefore.get(0)).isEmpty();
    assertThat(world.toldBefore.subList(1, world.toldBefore.size()))
        .hasSize(3)
        .containsOnly(Set.of("status page"));
    assertThat(world.sent)
        .as("people heard of it once")
        .extracting(Notice::id)
        .filteredOn(id -> id.contains("announcing"))
        .containsExactly("plan-1-oncall-announcing-INVESTIGATING-pager-1");
    escalation.signal("stopped");
    awaitAnnounced(State.STOPPED);
    assertThat(world.toldBefore).as("another state is news to all").last().isEqualTo(Set.of());
  }

  @Test
  void a_channel_on_which_calls_stay_open_hears_of_the_answer_and_of_the_end() {
    world.policy = RunbookPolicy.of(ONCALL, DBA);
    world.staysOpen.add("pager");
    WorkflowStub escalation = started(incident(false, Trouble.ROLLBACK, Trouble.DATABASE));
    temporal.sleep(Duration.ofSeconds(150));
    acknowledge(escalation, "kim", "oncall");
    acknowledge(escalation, "lee", "oncall");
    Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> world.followed.size() == 2);

    assertThat(world.followed)
        .containsExactlyInAnyOrder(
            new Followed("plan-1-oncall-1-pager-1", "pager", Became.ANSWERED),
            new Followed("plan-1-oncall-2-pager-1", "pager", Became.ANSWERED));
    escalation.update("close", String.class, new Abort("kim", "mended"));
    escalation.getResult(Escalation.class);
    assertThat(world.followed.subList(2, world.followed.size()))
        .extracting(Followed::became, Followed::noticeId)
        .containsExactlyInAnyOrder(
            org.assertj.core.groups.Tuple.tuple(Became.OVER, "plan-1-oncall-1-pager-1"),
            org.assertj.core.groups.Tuple.tuple(Became.OVER, "plan-1-oncall-2-pager-1"),
            org.assertj.core.groups.Tuple.tuple(Became.OVER, "plan-1-dba-1-pager-1"));
  }

  @Test
  void a_call_that_no_worker_takes_for_many_minutes_is_sent_when_one_comes() {
    TestWorkflowEnvironment alone = TestWorkflowEnvironment.newInstance();
    try {
      SearchAttributes.all()
          .forEach(
              key ->
                  alone.registerSearchAttribute(
                      key.getName(), IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD));
      Worker deciding =
          alone.newWorker(
              TaskQueues.ROLLBOOK,
              WorkerOptions.newBuilder().setLocalActivityWorkerOnly(true).build());
      deciding.registerWorkflowImplementationTypes(EscalateWorkflow.class);
      deciding.registerActivitiesImplementations(world);
      alone.start();
      client = alone.getWorkflowClient();
      world.policy = RunbookPolicy.of(DBA);
      WorkflowStub escalation = started(incident(false, Trouble.DATABASE));
      Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> scheduled() == 3);
      PassingTime.letPass(alone, Duration.ofMinutes(4), 3);
      assertThat(world.sent).isEmpty();

      WorkerFactory sending = WorkerFactory.newInstance(client);
      sending.newWorker(TaskQueues.ROLLBOOK).registerActivitiesImplementations(world);
      sending.start();

      awaitCalled("plan-1-dba-1-pager-1");
      Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> world.spooled.size() == 1);
      assertThat(status(escalation).notes()).noneMatch(note -> note.contains("broken"));
      sending.shutdownNow();
    } finally {
      alone.close();
    }
  }

  /** The call, its line in the spool, the announcement. */
  private long scheduled() {
    return client.fetchHistory(ID).getEvents().stream()
        .filter(HistoryEvent::hasActivityTaskScheduledEventAttributes)
        .count();
  }

  private static Incident incidentOf(String id) {
    Incident usual = incident(false, Trouble.ROLLBACK);
    return new Incident(
        id,
        usual.service(),
        usual.environment(),
        usual.title(),
        "B5 failed: no such file",
        usual.troubles(),
        false,
        "rollback");
  }

  private void awaitCalled(String noticeId) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() -> assertThat(world.sent).extracting(Notice::id).contains(noticeId));
  }

  @Test
  void an_update_that_comes_twice_is_told_the_same() {
    WorkflowStub escalation = started(incident(false, Trouble.ROLLBACK));
    temporal.sleep(FIRST_CALLS);

    String first = answeredOnce(escalation);

    assertThat(answeredOnce(escalation)).isEqualTo(first);
  }

  @Test
  void more_that_failed_calls_more_people_and_repeating_it_nobody() {
    WorkflowStub escalation = started(incident(false, Trouble.ROLLBACK));
    temporal.sleep(FIRST_CALLS);
    Incident worse = incident(false, Trouble.ROLLBACK, Trouble.DATABASE);
    escalation.signal("worsened", worse);
    escalation.signal("worsened", worse);
    temporal.sleep(FIRST_CALLS);

    assertThat(world.sent).extracting(Notice::level).containsExactlyInAnyOrder("oncall", "dba");
  }

  @Test
  void a_night_of_calls_goes_on_in_new_histories_as_if_nothing_had_happened() {
    world.policy = RunbookPolicy.of(0, COMMANDER, Duration.ofMinutes(10), ONCALL);
    world.staysOpen.add("pager");
    WorkflowStub escalation = started(incident(false, Trouble.ROLLBACK));
    String firstRun = escalation.getExecution().getRunId();
    temporal.sleep(FIRST_CALLS);
    String told = answeredOnce(escalation);
    temporal.sleep(Duration.ofHours(30));

    WorkflowStub latest = client.newUntypedWorkflowStub(ID);
    List<String> ids = world.sent.stream().map(Notice::id).toList();
    assertThat(ids).doesNotHaveDuplicates();
    assertThat(ids.get(ids.size() - 1))
        .isEqualTo("plan-1-commander-" + (ids.size() - 4) + "-pager-1");
    assertThat(ids.size() - 4).isBetween(178, 180);
    assertThat(answeredOnce(latest)).isEqualTo(told);
    assertThat(status(latest).levels()).extracting(Called::answer).containsOnlyNulls();
    latest.update("close", String.class, new Abort("kim", "mended"));
    Escalation ended = latest.getResult(Escalation.class);
    assertThat(client.newUntypedWorkflowStub(ID).describe().getExecution().getRunId())
        .isNotEqualTo(firstRun);
    assertThat(ended.startedAt()).isBefore(ended.endedAt().minus(Duration.ofHours(29)));
    assertThat(world.followed.stream().filter(call -> call.became() == Became.OVER))
        .as("none stays open for ever")
        .extracting(Followed::noticeId)
        .containsExactlyInAnyOrderElementsOf(ids);
    assertThat(ended.levels().stream().mapToInt(Called::inAll).sum()).isEqualTo(ids.size());
    assertThat(ended.levels()).extracting(Called::level).containsExactly("oncall", "commander");
    assertThat(world.announced).containsExactly(State.INVESTIGATING, State.RESOLVED);
  }

  @Test
  void what_one_level_leaves_to_another_stays_so_in_new_histories() {
    world.policy = RunbookPolicy.of(0, COMMANDER, Duration.ZERO, ONCALL, DBA);
    WorkflowStub escalation = started(incident(false, Trouble.ROLLBACK, Trouble.DATABASE));
    temporal.sleep(FIRST_CALLS);
    acknowledge(escalation, "kim", "oncall");

    temporal.sleep(Duration.ofHours(30));

    WorkflowStub latest = client.newUntypedWorkflowStub(ID);
    assertThat(latest.describe().getExecution().getRunId())
        .isNotEqualTo(escalation.getExecution().getRunId());
    assertThat(world.sent.stream().filter(notice -> notice.level().equals("commander")).count())
        .as("every 10 min, for the DBA who is silent")
        .isBetween(175L, 180L);
  }

  @Test
  void an_escalation_from_before_each_level_answered_calls_nobody_in_its_next_history() {
    SoFar soFar =
        new SoFar(
            RunbookPolicy.of(1, COMMANDER, Duration.ZERO, ONCALL, DBA),
            hoursAgo(5),
            0,
            false,
            List.of(
                clock("oncall", new Answer("kim", "cli", null, hoursAgo(5))), clock("dba", null)),
            Set.of("plan-1"),
            State.INVESTIGATING,
            State.INVESTIGATING,
            null,
            hoursAgo(4),
            Map.of(),
            List.of(),
            Set.of("status page"),
            true,
            null);
    Map<String, Object> asItWas =
        DefaultDataConverter.STANDARD_INSTANCE
            .toPayload(soFar)
            .map(payload -> fields(payload))
            .orElseThrow();
    asItWas.remove("anyAnswerEndsRounds");
    WorkflowStub escalation = stub(ID);
    escalation.start(incident(false, Trouble.ROLLBACK, Trouble.DATABASE), asItWas);

    temporal.sleep(Duration.ofHours(3));

    assertThat(world.sent).isEmpty();
    assertThat(status(escalation).nextCallAt()).isNull();
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> fields(Payload payload) {
    return DefaultDataConverter.STANDARD_INSTANCE.fromPayload(payload, Map.class, Map.class);
  }

  private SoFar.Clock clock(String level, Answer answer) {
    return new SoFar.Clock(
        level, hoursAgo(5), null, hoursAgo(4), 2, 2, List.of(), answer, 0L, null, false, 2, false);
  }

  private Instant hoursAgo(int hours) {
    return Instant.ofEpochMilli(temporal.currentTimeMillis()).minus(Duration.ofHours(hours));
  }

  @Test
  @Timeout(480)
  void a_thousand_incidents_at_once_are_all_called_and_can_be_answered() {
    world.policy = RunbookPolicy.of(ONCALL);
    List<WorkflowStub> all = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      Incident incident =
          new Incident(
              "plan-" + i, "shopping-service-" + i, "production", "x", null, Set.of(), false, null);
      WorkflowStub stub = stub("escalate-" + i);
      stub.start(incident);
      all.add(stub);
    }
    // the clock goes on while the machine is still at the last of them
    while (incidentsCalled() < 1000) {
      temporal.sleep(Duration.ofSeconds(1));
    }

    for (int i = 99; i < 1000; i += 100) {
      assertThat(status(all.get(i)).levels().get(0).toldLate())
          .as("seconds, on a busy machine")
          .isLessThan(300);
    }
    assertThat(acknowledge(all.get(999), "kim", "oncall"))
        .isEqualTo("kim answers for On-Call Engineer");
    assertThat(world.sent.stream().map(Notice::id).distinct().count()).isEqualTo(world.sent.size());
  }

  private long incidentsCalled() {
    return world.sent.stream().map(notice -> notice.incident().id()).distinct().count();
  }

  @Test
  void its_history_says_in_words_what_was_done_and_replays() {
    world.broken.add("pager");
    WorkflowStub escalation = started(incident(false, Trouble.ROLLBACK, Trouble.DATABASE));
    temporal.sleep(Duration.ofMinutes(3));
    acknowledge(escalation, "kim", "oncall");
    escalation.signal("stopped");
    temporal.sleep(Duration.ofMinutes(3));
    escalation.update("close", String.class, new Abort("kim", "mended"));
    escalation.getResult(Escalation.class);

    assertThat(summaries())
        .contains(
            "E1 Call On-Call Engineer by pager (1)",
            "E1 Call On-Call Engineer by email (2)",
            "E1 Spool the call of DBA",
            "E2 Announce INVESTIGATING",
            "E2 Announce RESOLVED",
            "Call On-Call Engineer (2)");
    assertThatCode(
            () ->
                WorkflowReplayer.replayWorkflowExecution(
                    client.fetchHistory(ID), EscalateWorkflow.class))
        .doesNotThrowAnyException();
  }

  private WorkflowStub started(Object incident) {
    WorkflowStub stub = stub(ID);
    WorkflowExecution ignored = incident == null ? stub.start() : stub.start(incident);
    return stub;
  }

  private WorkflowStub stub(String id) {
    return client.newUntypedWorkflowStub(
        "Escalate",
        WorkflowOptions.newBuilder().setTaskQueue(TaskQueues.ROLLBOOK).setWorkflowId(id).build());
  }

  private static String acknowledge(WorkflowStub escalation, String by, String level) {
    return escalation.update(
        "acknowledge", String.class, new Acknowledgement(by, level, "cli", null));
  }

  /** As by a link in a mail, pressed again and again. */
  private static String answeredOnce(WorkflowStub escalation) {
    UpdateOptions<String> token =
        UpdateOptions.newBuilder(String.class)
            .setUpdateName("acknowledge")
            .setUpdateId("token-1")
            .setWaitForStage(WorkflowUpdateStage.COMPLETED)
            .build();
    return escalation
        .startUpdate(token, new Acknowledgement("kim", "oncall", "link", null))
        .getResult();
  }

  private static Escalation status(WorkflowStub escalation) {
    return escalation.query("status", Escalation.class);
  }

  /**
   * {@code 2:00 oncall pager}; with a dash behind what was not sent. To the second it is {@link
   * LadderTest} that looks.
   */
  private static String table(Escalation escalation) {
    record Row(Duration at, String level, Call call) {}
    Stream<Row> rows =
        escalation.levels().stream()
            .flatMap(
                level ->
                    level.calls().stream()
                        .map(
                            call ->
                                new Row(
                                    planned(Duration.between(escalation.startedAt(), call.at())),
                                    level.level(),
                                    call)));
    return rows.sorted(
            Comparator.comparing((Row row) -> row.at().toSeconds()).thenComparing(Row::level))
        .map(
            row ->
                "%d:%02d %s %s%s"
                    .formatted(
                        row.at().toMinutes(),
                        row.at().toSecondsPart(),
                        row.level(),
                        row.call().channel(),
                        row.call().trouble() == null ? "" : " -"))
        .collect(Collectors.joining(", "));
  }

  private static Duration planned(Duration made) {
    return made.minusSeconds(made.toSeconds() % MACHINE_SECONDS);
  }

  private List<String> summaries() {
    return client.fetchHistory(ID).getEvents().stream()
        .filter(HistoryEvent::hasUserMetadata)
        .map(
            event ->
                DefaultDataConverter.STANDARD_INSTANCE.fromPayload(
                    event.getUserMetadata().getSummary(), String.class, String.class))
        .toList();
  }
}

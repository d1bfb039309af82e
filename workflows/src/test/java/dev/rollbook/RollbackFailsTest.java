package dev.rollbook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.rollbook.CatalogEntry.OnFailure;
import dev.rollbook.compose.RollbackComposeWorkflow;
import dev.rollbook.escalation.Announcements.State;
import dev.rollbook.escalation.EscalateWorkflow;
import dev.rollbook.escalation.Escalation;
import dev.rollbook.escalation.Incident;
import dev.rollbook.escalation.Incident.Trouble;
import dev.rollbook.escalation.Notice;
import dev.rollbook.escalation.PassingTime;
import dev.rollbook.escalation.RecordingNotices;
import dev.rollbook.kubernetes.RollbackKubernetesWorkflow;
import dev.rollbook.local.RollbackLocalWorkflow;
import io.temporal.api.enums.v1.IndexedValueType;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowExecutionDescription;
import io.temporal.client.WorkflowFailedException;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import io.temporal.failure.ApplicationFailure;
import io.temporal.testing.TestWorkflowEnvironment;
import io.temporal.worker.Worker;
import io.temporal.worker.WorkerFactory;
import io.temporal.worker.WorkerOptions;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The runbook's "롤백도 실패한 경우": stopped or left, announced, and people called. */
@Timeout(240)
class RollbackFailsTest {

  private static final String RUN = "rollback:production:shopping-service";
  private static final String ESCALATION = "escalate:production:shopping-service";

  private final RecordingNotices people = new RecordingNotices();
  private TestWorkflowEnvironment temporal;
  private WorkflowClient client;

  @BeforeEach
  void open() {
    temporal = TestWorkflowEnvironment.newInstance();
    SearchAttributes.all()
        .forEach(
            key ->
                temporal.registerSearchAttribute(
                    key.getName(), IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD));
    client = temporal.getWorkflowClient();
  }

  @AfterEach
  void close() {
    temporal.close();
  }

  @ParameterizedTest
  @CsvSource({
    "LOCAL, stop, A2",
    "LOCAL, buildAndStart, A3",
    "LOCAL, awaitUp, A4",
    "LOCAL, verify, V1",
    "COMPOSE, stop, B1",
    "COMPOSE, restart, B5",
    "COMPOSE, awaitStart, B6",
    "COMPOSE, awaitHealthy, B7",
    "COMPOSE, verify, B8",
    "KUBERNETES, undo, C2",
    "KUBERNETES, awaitRollout, C3",
    "KUBERNETES, awaitStable, C4",
    "KUBERNETES, checkLogs, C5",
    "KUBERNETES, awaitEndpoints, C6",
    "KUBERNETES, awaitHealthy, C7",
    "KUBERNETES, verify, C8",
    "KUBERNETES, watchKept, C9",
  })
  void a_section_that_fails_at_any_step_calls_people_and_stops_the_service(
      CatalogEntry.Kind kind, String step, String id) {
    Recording steps = section(kind);
    steps.fails(step, "Broken", "it broke");

    Run run = run();

    assertThat(run.outcome()).isEqualTo(Outcome.STOPPED);
    assertThat(run.reason()).isEqualTo(id + " failed: it broke; the service was stopped");
    assertThat(run.steps()).extracting(Step::id).containsSubsequence(id, "N1", "S1", "R1");
    Step called = step(run, "N1");
    assertThat(called.status()).isEqualTo(Step.Status.DONE);
    assertThat(called.summary()).isEqualTo(ESCALATION);
    awaitAnnounced(State.INVESTIGATING, State.STOPPED);
    Incident incident = escalation().incident();
    assertThat(incident.id()).isEqualTo(run.plan().pinned().planId());
    assertThat(incident.title()).isEqualTo("rollback of shopping-service in production failed");
    assertThat(incident.why()).isEqualTo(id + " failed: it broke");
    assertThat(incident.troubles()).containsExactly(Trouble.ROLLBACK);
    awaitCalled("oncall");
  }

  /** After our own stop nothing runs: what was moved meanwhile is no deploy that serves. */
  @ParameterizedTest
  @CsvSource({"LOCAL, buildAndStart, TreeMoved", "COMPOSE, restart, TagMoved"})
  void a_target_that_was_moved_after_the_stop_calls_people_and_is_stopped(
      CatalogEntry.Kind kind, String step, String type) {
    section(kind).fails(step, type, "somebody moved it");

    Run run = run();

    assertThat(run.outcome()).isEqualTo(Outcome.STOPPED);
    assertThat(run.steps()).extracting(Step::id).containsSubsequence("N1", "S1");
    awaitCalled("oncall");
  }

  @ParameterizedTest
  @CsvSource({"LOCAL, awaitUp", "COMPOSE, awaitHealthy", "KUBERNETES, awaitHealthy"})
  void a_service_that_says_its_database_is_down_calls_the_dba(CatalogEntry.Kind kind, String step) {
    section(kind).fails(step, "DatabaseDown", "DOWN: db (Connection refused)");

    run();

    awaitCalled("dba");
    awaitCalled("oncall");
    assertThat(people.sent).extracting(Notice::level).doesNotContain("infra");
  }

  @ParameterizedTest
  @CsvSource({"mysql, true", "config-service, false"})
  void a_dependency_that_is_down_calls_the_dba_when_it_is_a_database(String down, boolean dba) {
    RecordingComposeSteps steps = (RecordingComposeSteps) section(CatalogEntry.Kind.COMPOSE);
    steps.fails("awaitHealthy", "NotHealthy", "UP 0 of 3");
    steps.down.add(down);
    if (dba) {
      steps.databases.add(down);
    }

    run();

    awaitCalled("oncall");
    assertThat(escalation().incident().troubles().contains(Trouble.DATABASE)).isEqualTo(dba);
  }

  @ParameterizedTest
  @CsvSource({"LOCAL, checkOut", "COMPOSE, protect", "COMPOSE, pinImage", "KUBERNETES, history"})
  void a_run_that_has_touched_nothing_calls_nobody(CatalogEntry.Kind kind, String step) {
    Recording steps = section(kind);
    steps.fails(step, "Broken", "it broke");

    Run run = run();

    assertThat(run.outcome()).isEqualTo(Outcome.BLOCKED);
    assertThat(run.steps()).extracting(Step::id).doesNotContain("N1", "S1");
    assertThat(people.announced).isEmpty();
    assertThat(people.sent).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"LOCAL, verify", "COMPOSE, verify", "KUBERNETES, verify"})
  void a_service_is_left_running_when_the_catalog_says_so(CatalogEntry.Kind kind, String step) {
    Recording steps = section(kind);
    steps.onFailure = OnFailure.LEAVE;
    steps.fails(step, "Broken", "it broke");

    Run run = run();

    assertThat(run.outcome()).isEqualTo(Outcome.STOPPED);
    assertThat(run.reason()).endsWith("failed: it broke; left running, as the catalog says");
    assertThat(steps.asked).doesNotContain("stopAfterFailure");
    assertThat(step(run, "N1").status()).isEqualTo(Step.Status.DONE);
    awaitAnnounced(State.INVESTIGATING);
  }

  @ParameterizedTest
  @CsvSource({"LOCAL, buildAndStart", "COMPOSE, restart", "KUBERNETES, undo"})
  void a_stop_that_fails_too_calls_the_infrastructure_team(CatalogEntry.Kind kind, String step) {
    Recording steps = section(kind);
    steps.fails(step, "Broken", "it broke");
    steps.fails("stopAfterFailure", "PermissionDenied", "not ours");

    WorkflowFailedException failed = catchThrowableOfType(WorkflowFailedException.class, this::run);

    ApplicationFailure why = (ApplicationFailure) failed.getCause();
    assertThat(why.getType()).isEqualTo("StopFailed");
    assertThat(why.getDetails().get(Run.class).steps())
        .extracting(Step::id)
        .containsOnlyOnce("N1")
        .containsSubsequence("N1", "S1");
    Incident incident = escalation().incident();
    assertThat(incident.troubles())
        .containsExactlyInAnyOrder(Trouble.ROLLBACK, Trouble.INFRASTRUCTURE);
    assertThat(incident.why()).endsWith("the service could not be stopped: not ours");
    temporal.sleep(Duration.ofMinutes(2));
    assertThat(people.sent).extracting(Notice::level).contains("oncall", "infra");
    assertThat(people.announced).containsExactly(State.INVESTIGATING);
  }

  @Test
  void an_engine_that_does_not_answer_calls_the_infrastructure_team_at_once() {
    Recording steps = section(CatalogEntry.Kind.COMPOSE);
    steps.fails("restart", "EngineUnreachable", "unix:///var/run/docker.sock does not answer");

    run();

    assertThat(escalation().incident().troubles())
        .containsExactlyInAnyOrder(Trouble.ROLLBACK, Trouble.INFRASTRUCTURE);
  }

  @Test
  void an_escalation_that_is_under_way_is_joined() {
    Recording steps = section(CatalogEntry.Kind.LOCAL);
    steps.fails("stop", "Broken", "it broke");
    client
        .newUntypedWorkflowStub("Escalate", options(ESCALATION))
        .start(
            new Incident(
                "by-hand", "shopping-service", "production", "slow", "x", Set.of(), false, "kim"));

    Run run = run();

    assertThat(step(run, "N1").summary()).isEqualTo(ESCALATION + ", which was under way already");
    awaitAnnounced(State.INVESTIGATING, State.STOPPED);
    Escalation joined = escalation();
    assertThat(joined.incident().id()).isEqualTo("by-hand");
    assertThat(joined.incident().why()).isEqualTo("x\nA2 failed: it broke");
    assertThat(joined.notes())
        .contains("one more incident, plan-1: rollback of shopping-service in production failed");
  }

  @Test
  void an_escalation_that_is_closed_meanwhile_holds_nothing_up() {
    Recording steps = section(CatalogEntry.Kind.LOCAL);
    steps.fails("stop", "Broken", "it broke");
    steps.meanwhile = step -> closeEscalationAt(step, "stopAfterFailure");

    Run run = run();

    assertThat(run.outcome()).isEqualTo(Outcome.STOPPED);
    assertThat(people.announced).containsExactly(State.INVESTIGATING, State.RESOLVED);
  }

  @Test
  void a_stop_that_fails_once_the_escalation_is_closed_calls_people_anew() {
    Recording steps = section(CatalogEntry.Kind.LOCAL);
    steps.fails("stop", "Broken", "it broke");
    steps.fails("stopAfterFailure", "PermissionDenied", "not ours");
    steps.meanwhile = step -> closeEscalationAt(step, "stopAfterFailure");

    catchThrowableOfType(WorkflowFailedException.class, this::run);

    assertThat(escalation().closed()).isNull();
    assertThat(escalation().incident().troubles()).contains(Trouble.INFRASTRUCTURE);
  }

  @Test
  void a_stop_that_fails_while_the_close_is_still_to_be_announced_calls_people_anew() {
    Recording steps = section(CatalogEntry.Kind.LOCAL);
    steps.fails("stop", "Broken", "it broke");
    steps.fails("stopAfterFailure", "PermissionDenied", "not ours");
    steps.meanwhile =
        step -> {
          if (step.equals("stopAfterFailure")) {
            awaitAnnounced(State.INVESTIGATING);
            people.boardIsDown = true;
            client
                .newUntypedWorkflowStub(ESCALATION)
                .update("close", String.class, new Abort("kim", "I am on it"));
          }
        };

    catchThrowableOfType(WorkflowFailedException.class, this::run);
    temporal.sleep(Duration.ofMinutes(2)); // the policy calls infra a minute after on-call

    awaitCalled("infra");
    assertThat(escalation().closed()).isNull();
    assertThat(people.sent).extracting(Notice::id).doesNotHaveDuplicates();
  }

  @Test
  void a_rollback_that_succeeds_is_announced_where_an_earlier_stop_stands() {
    section(CatalogEntry.Kind.LOCAL);
    WorkflowStub earlier = client.newUntypedWorkflowStub("Escalate", options(ESCALATION));
    earlier.start(
        new Incident(
            "plan-0", "shopping-service", "production", "stopped", "x", Set.of(), false, "kim"));
    earlier.signal("stopped");
    awaitAnnounced(State.INVESTIGATING, State.STOPPED);

    Run run = run();

    assertThat(run.outcome()).isEqualTo(Outcome.ROLLED_BACK);
    awaitAnnounced(State.INVESTIGATING, State.STOPPED, State.RELEASED);
    assertThat(escalation().closed()).as("people close it").isNull();
  }

  /** The worker beside the service dies for good once it has stopped it. */
  @Test
  void a_step_that_no_worker_takes_calls_people_and_goes_on_when_one_comes() {
    RecordingSteps steps = (RecordingSteps) section(CatalogEntry.Kind.LOCAL);
    steps.taskQueue = "near-the-shop";
    WorkerFactory first = near(steps);
    steps.meanwhile = step -> shutDownAt(step, "stop", first);
    WorkflowStub run = client.newUntypedWorkflowStub("Rollback", options(RUN));
    run.start(RollbackRequest.of("shopping-service", "production"));
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .ignoreExceptions()
        .untilAsserted(
            () ->
                assertThat(
                        client
                            .newUntypedWorkflowStub(RUN + "/local")
                            .query("status", Run.class)
                            .steps())
                    .extracting(Step::id)
                    .contains("A3"));
    PassingTime.letPass(temporal, Duration.ofMinutes(3), 1);

    awaitCalled("oncall");
    assertThat(escalation().incident().troubles())
        .containsExactlyInAnyOrder(Trouble.ROLLBACK, Trouble.INFRASTRUCTURE);
    assertThat(escalation().incident().why())
        .startsWith("A3 has not begun for 2 min: no worker takes it from the task queue near-");
    assertThat(escalation().incident().id()).isEqualTo("plan-1");
    WorkerFactory second = near(steps);

    assertThat(run.getResult(Run.class).outcome()).isEqualTo(Outcome.ROLLED_BACK);
    assertThat(run.getResult(Run.class).steps())
        .extracting(Step::id)
        .containsSubsequence("A2", "N1", "A4")
        .containsOnlyOnce("A3");
    awaitAnnounced(State.INVESTIGATING, State.RELEASED);
    second.shutdownNow();
  }

  @Test
  void a_plan_that_no_worker_takes_calls_nobody() {
    RecordingSteps steps = (RecordingSteps) section(CatalogEntry.Kind.LOCAL);
    steps.taskQueue = "near-the-shop";
    client
        .newUntypedWorkflowStub("Rollback", options(RUN))
        .start(RollbackRequest.of("shopping-service", "production").asDryRun());
    PassingTime.letPass(temporal, Duration.ofMinutes(30), 1);

    assertThat(people.sent).isEmpty();
  }

  /** One step at a time, so that none is asked for while another is at work. */
  private WorkerFactory near(RecordingSteps steps) {
    WorkerFactory factory = WorkerFactory.newInstance(client);
    factory
        .newWorker(
            steps.taskQueue,
            WorkerOptions.newBuilder().setMaxConcurrentActivityExecutionSize(1).build())
        .registerActivitiesImplementations(steps);
    factory.start();
    return factory;
  }

  private static void shutDownAt(String step, String at, WorkerFactory worker) {
    if (step.equals(at)) {
      worker.shutdown();
      // it tells the server first, and until then takes what comes next
      Awaitility.await()
          .until(
              () ->
                  Thread.getAllStackTraces().keySet().stream()
                      .noneMatch(RollbackFailsTest::asksForSteps));
    }
  }

  private static boolean asksForSteps(Thread thread) {
    String name = thread.getName();
    return name.startsWith("Activity Poller") && name.contains("near-the-shop");
  }

  private void closeEscalationAt(String step, String at) {
    if (step.equals(at)) {
      WorkflowStub escalation = client.newUntypedWorkflowStub(ESCALATION);
      // closed sooner, the boards are told of its end only
      awaitAnnounced(State.INVESTIGATING);
      escalation.update("close", String.class, new Abort("kim", "I am on it"));
      escalation.getResult(Escalation.class);
    }
  }

  @Test
  void an_abort_halfway_calls_people_with_the_operators_reason() throws Exception {
    Run ended =
        aborted(CatalogEntry.Kind.LOCAL, "buildAndStart", new Abort("kim", "wrong service"));

    assertThat(ended.outcome()).isEqualTo(Outcome.STOPPED);
    assertThat(escalation().incident().title())
        .isEqualTo("rollback of shopping-service in production was aborted");
    assertThat(escalation().incident().why()).isEqualTo("aborted by kim: wrong service");
  }

  @Test
  void what_is_aborted_in_its_last_watch_is_back_and_not_on_record_as_healthy() throws Exception {
    Abort abort = new Abort("kim", "v2 is bad too");

    Run ended = aborted(CatalogEntry.Kind.KUBERNETES, "watchKept", abort);

    assertThat(ended.outcome()).as(ended.reason()).isEqualTo(Outcome.ROLLED_BACK);
    assertThat(ended.aborted()).isEqualTo(abort);
    assertThat(ended.steps()).extracting(Step::id).contains("C9", "R1").doesNotContain("H1", "S1");
  }

  private Run aborted(CatalogEntry.Kind kind, String in, Abort abort) throws InterruptedException {
    Recording steps = section(kind);
    steps.waitsIn = in;
    WorkflowStub run = client.newUntypedWorkflowStub("Rollback", options(RUN));
    run.start(RollbackRequest.of("shopping-service", "production"));
    assertThat(steps.waiting.await(60, TimeUnit.SECONDS)).isTrue();
    run.update("abort", String.class, abort);
    return run.getResult(Run.class);
  }

  @Test
  void the_escalation_outlives_its_run() {
    Recording steps = section(CatalogEntry.Kind.LOCAL);
    steps.fails("stop", "Broken", "it broke");

    run();
    temporal.sleep(Duration.ofMinutes(3));

    WorkflowExecutionDescription escalation = client.newUntypedWorkflowStub(ESCALATION).describe();
    assertThat(escalation.getStatus().name()).isEqualTo("WORKFLOW_EXECUTION_STATUS_RUNNING");
    assertThat(people.sent).extracting(Notice::call).contains(1, 2);
  }

  @Test
  void a_rollback_of_a_service_that_has_nobody_to_call_is_stopped_all_the_same() {
    Recording steps = section(CatalogEntry.Kind.LOCAL);
    steps.escalates = false;
    steps.fails("stop", "Broken", "it broke");

    Run run = run();

    assertThat(run.outcome()).isEqualTo(Outcome.STOPPED);
    assertThat(run.steps()).extracting(Step::id).doesNotContain("N1");
  }

  @Test
  void an_escalation_that_no_worker_knows_holds_nothing_up() {
    RecordingSteps steps = new RecordingSteps();
    steps.escalates = true;
    steps.fails("stop", "Broken", "it broke");
    Worker worker = temporal.newWorker(TaskQueues.ROLLBOOK);
    worker.registerWorkflowImplementationTypes(RollbackWorkflow.class, RollbackLocalWorkflow.class);
    worker.registerActivitiesImplementations(steps);
    temporal.start();

    Run run = run();

    assertThat(run.outcome()).isEqualTo(Outcome.STOPPED);
    assertThat(run.steps()).extracting(Step::id).containsSubsequence("N1", "S1");
  }

  private Recording section(CatalogEntry.Kind kind) {
    Recording steps =
        switch (kind) {
          case LOCAL -> new RecordingSteps();
          case COMPOSE -> new RecordingComposeSteps();
          case KUBERNETES -> new RecordingKubernetesSteps();
        };
    steps.escalates = true;
    Worker worker = temporal.newWorker(TaskQueues.ROLLBOOK);
    worker.registerWorkflowImplementationTypes(
        RollbackWorkflow.class,
        RollbackLocalWorkflow.class,
        RollbackComposeWorkflow.class,
        RollbackKubernetesWorkflow.class,
        EscalateWorkflow.class);
    worker.registerActivitiesImplementations(steps, people);
    temporal.start();
    return steps;
  }

  private Run run() {
    return client
        .newWorkflowStub(Rollback.class, options(RUN))
        .rollBack(RollbackRequest.of("shopping-service", "production"));
  }

  private Escalation escalation() {
    return client.newUntypedWorkflowStub(ESCALATION).query("status", Escalation.class);
  }

  /** A state that has been overtaken when its turn comes is left out. */
  private void awaitAnnounced(State... states) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () -> assertThat(people.announced).last().isEqualTo(states[states.length - 1]));
    assertThat(List.of(states)).containsSubsequence(people.announced);
  }

  /** The boards and the people are told side by side. */
  private void awaitCalled(String level) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() -> assertThat(people.sent).extracting(Notice::level).contains(level));
  }

  private static WorkflowOptions options(String id) {
    return WorkflowOptions.newBuilder().setTaskQueue(TaskQueues.ROLLBOOK).setWorkflowId(id).build();
  }

  private static Step step(Run run, String id) {
    return run.steps().stream().filter(s -> s.id().equals(id)).findFirst().orElseThrow();
  }
}

package dev.rollbook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.rollbook.local.RollbackLocal;
import dev.rollbook.local.RollbackLocalWorkflow;
import io.temporal.api.enums.v1.EventType;
import io.temporal.api.enums.v1.IndexedValueType;
import io.temporal.api.history.v1.HistoryEvent;
import io.temporal.api.sdk.v1.WorkflowMetadata;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowFailedException;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import io.temporal.client.WorkflowUpdateException;
import io.temporal.common.converter.DefaultDataConverter;
import io.temporal.failure.ApplicationFailure;
import io.temporal.failure.CanceledFailure;
import io.temporal.testing.TestEnvironmentOptions;
import io.temporal.testing.TestWorkflowEnvironment;
import io.temporal.worker.Worker;
import io.temporal.worker.WorkerOptions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(240)
class RollbackTest {

  private static final String RUN = "rollback:local:shopping-service";
  private static final RollbackRequest REQUEST = RollbackRequest.of("shopping-service", "local");

  private final RecordingSteps steps = new RecordingSteps();
  private TestWorkflowEnvironment temporal;
  private WorkflowClient client;

  @BeforeEach
  void start() {
    temporal = TestWorkflowEnvironment.newInstance(TestEnvironmentOptions.newBuilder().build());
    SearchAttributes.all()
        .forEach(
            key ->
                temporal.registerSearchAttribute(
                    key.getName(), IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD));
    Worker worker =
        temporal.newWorker(
            TaskQueues.ROLLBOOK,
            WorkerOptions.newBuilder()
                .setMaxHeartbeatThrottleInterval(Duration.ofMillis(100))
                .build());
    worker.registerWorkflowImplementationTypes(RollbackWorkflow.class, RollbackLocalWorkflow.class);
    worker.registerActivitiesImplementations(steps);
    temporal.start();
    client = temporal.getWorkflowClient();
  }

  @AfterEach
  void stop() {
    temporal.close();
  }

  @Test
  void rolls_back_in_the_order_of_the_runbook() {
    Run run = run(REQUEST);

    assertThat(run.outcome()).isEqualTo(Outcome.ROLLED_BACK);
    assertThat(run.runId()).isEqualTo(RUN);
    assertThat(run.section()).isEqualTo("A");
    assertThat(run.target()).isEqualTo(RecordingSteps.V2);
    assertThat(run.from()).isEqualTo(RecordingSteps.V3);
    assertThat(run.steps())
        .extracting(Step::id)
        .containsExactly("P1", "P2", "E1", "A1", "A2", "A3", "A4", "V1", "H1", "R1");
    assertThat(run.steps()).extracting(Step::status).containsOnly(Step.Status.DONE);
    assertThat(run.report()).isEqualTo("/reports/TS.md");
    assertThat(run.plan().steps())
        .extracting(Plan.PlannedStep::id)
        .containsExactly("A1", "A2", "A3", "A4", "V1");
    assertThat(steps.asked).doesNotContain("stopAfterFailure");
    assertThat(steps.closed).hasSize(1);
    assertThat(steps.closed.get(0).outcome()).isEqualTo(Outcome.ROLLED_BACK);
  }

  @Test
  void section_a_alone_does_its_steps_and_writes_nothing_down() {
    RollbackLocal alone =
        client.newWorkflowStub(RollbackLocal.class, options("some-id-from-the-ui"));

    Run run = alone.rollBack(REQUEST);

    assertThat(run.outcome()).isEqualTo(Outcome.ROLLED_BACK);
    assertThat(run.steps())
        .extracting(Step::id)
        .containsExactly("P1", "E1", "A1", "A2", "A3", "A4", "V1");
    assertThat(steps.asked).doesNotContain("keepPlan", "write", "record");
  }

  @Test
  void blockers_end_the_run_with_all_of_them_before_anything_is_touched() {
    steps.findings.add(Finding.blocker("work tree", "a.txt changed"));
    steps.findings.add(Finding.blocker("disk", "full"));

    Run run = run(REQUEST);

    assertThat(run.outcome()).isEqualTo(Outcome.BLOCKED);
    assertThat(run.reason()).contains("work tree: a.txt changed").contains("disk: full");
    assertThat(steps.asked).containsExactly("preflight");
  }

  @Test
  void a_dry_run_ends_after_the_plan() {
    Run run = run(REQUEST.asDryRun(), "plan:local:shopping-service");

    assertThat(run.outcome()).isNull();
    assertThat(run.endedAsPlan()).isTrue();
    assertThat(run.plan().pinned().target()).isEqualTo(RecordingSteps.V2);
    assertThat(steps.asked).containsExactly("preflight");
    assertThat(steps.closed).isEmpty();
  }

  @Test
  void nothing_is_done_when_the_target_runs_already() {
    steps.alreadyThere = true;

    Run run = run(REQUEST);

    assertThat(run.outcome()).isEqualTo(Outcome.ALREADY_THERE);
    assertThat(steps.asked).containsExactly("preflight");
  }

  @Test
  void a_plan_that_was_given_is_used_without_asking_again() {
    Plan plan = run(REQUEST.asDryRun(), "plan:local:shopping-service").plan();
    steps.asked.clear();

    Run run = run(REQUEST.withPlan(plan));

    assertThat(run.outcome()).isEqualTo(Outcome.ROLLED_BACK);
    assertThat(steps.asked).doesNotContain("preflight").startsWith("keepPlan");
  }

  @Test
  void a_target_that_is_not_healthy_is_stopped() {
    steps.fails("awaitUp", "NotHealthy", "UP 0 of 3");

    Run run = run(REQUEST);

    assertThat(run.outcome()).isEqualTo(Outcome.STOPPED);
    assertThat(run.reason()).isEqualTo("A4 failed: UP 0 of 3; the service was stopped");
    assertThat(step(run, "A4").status()).isEqualTo(Step.Status.FAILED);
    assertThat(step(run, "A4").summary()).isEqualTo("UP 0 of 3");
    assertThat(step(run, "S1").status()).isEqualTo(Step.Status.DONE);
    assertThat(steps.asked).endsWith("stopAfterFailure", "write").doesNotContain("record");
  }

  @Test
  void a_checkout_that_fails_leaves_the_running_service_alone() {
    steps.fails("checkOut", "CheckoutFailed", "hook said no");

    Run run = run(REQUEST);

    assertThat(run.outcome()).isEqualTo(Outcome.BLOCKED);
    assertThat(run.reason()).contains("hook said no").endsWith("not touched");
    assertThat(run.steps())
        .extracting(step -> step.id() + " " + step.title() + " " + step.status())
        .endsWith("A1 Check out v2 (2222222) FAILED", "A1 Put the checkout back DONE");
    assertThat(steps.asked).endsWith("checkOut", "putBack");
  }

  @Test
  void a_checkout_that_cannot_be_put_back_either_is_told_as_left_behind() {
    steps.fails("checkOut", "CheckoutFailed", "hook said no");
    steps.fails("putBack", "PutBackFailed", "a.txt changed meanwhile");

    Run run = run(REQUEST);

    assertThat(run.outcome()).isEqualTo(Outcome.BLOCKED);
    assertThat(run.reason())
        .contains("hook said no")
        .endsWith("left behind: a.txt changed meanwhile");
  }

  @Test
  void an_abort_of_the_checkout_puts_it_back() throws Exception {
    steps.waitsIn = "checkOut";
    WorkflowStub stub = started(REQUEST);
    assertThat(steps.waiting.await(60, TimeUnit.SECONDS)).isTrue();

    stub.update("abort", String.class, new Abort("kim", "false alarm"));
    Run run = stub.getResult(Run.class);

    assertThat(run.outcome()).isEqualTo(Outcome.NOT_NEEDED);
    assertThat(step(run, "A1").status()).isEqualTo(Step.Status.STOPPED);
    assertThat(steps.asked).endsWith("checkOut", "putBack");
  }

  @Test
  void a_newer_deploy_is_left_alone_in_the_middle_of_a_run() {
    steps.fails("stop", "NewerDeploy", "somebody deployed meanwhile");

    Run run = run(REQUEST);

    assertThat(run.outcome()).isEqualTo(Outcome.BLOCKED);
    assertThat(run.reason()).contains("somebody deployed meanwhile");
    assertThat(steps.asked)
        .endsWith("stop", "putBack")
        .doesNotContain("stopAfterFailure", "buildAndStart");
  }

  @Test
  void a_newer_deploy_after_the_stop_keeps_the_work_tree_that_it_may_have_come_from() {
    steps.fails("buildAndStart", "NewerDeploy", "somebody deployed meanwhile");

    Run run = run(REQUEST);

    assertThat(run.outcome()).isEqualTo(Outcome.BLOCKED);
    assertThat(steps.asked).endsWith("buildAndStart").doesNotContain("putBack");
  }

  @Test
  void a_stop_that_fails_too_fails_the_workflow_with_the_whole_run() {
    steps.fails("buildAndStart", "BuildFailed", "exit 1");
    steps.fails("stopAfterFailure", "PermissionDenied", "not ours");

    WorkflowFailedException failed =
        catchThrowableOfType(WorkflowFailedException.class, () -> run(REQUEST));

    ApplicationFailure cause = (ApplicationFailure) failed.getCause();
    assertThat(cause.getType()).isEqualTo("StopFailed");
    assertThat(cause.getOriginalMessage()).contains("exit 1").contains("not ours");
    Run run = cause.getDetails().get(Run.class);
    assertThat(run.steps()).extracting(Step::id).contains("A3", "S1");
    assertThat(run.endedAsPlan()).isFalse();
    assertThat(steps.reported).hasSize(1);
    assertThat(steps.closed).hasSize(1);
  }

  @Test
  void evidence_that_cannot_be_had_does_not_hold_up_the_rollback() {
    steps.fails("captureEvidence", "Broken", "no log");

    Run run = run(REQUEST);

    assertThat(run.outcome()).isEqualTo(Outcome.ROLLED_BACK);
    assertThat(step(run, "E1").status()).isEqualTo(Step.Status.FAILED);
  }

  @Test
  void a_report_that_cannot_be_written_does_not_change_the_outcome() {
    steps.fails("write", "Full", "disk full");

    Run run = run(REQUEST);

    assertThat(run.outcome()).isEqualTo(Outcome.ROLLED_BACK);
    assertThat(run.report()).isNull();
    assertThat(step(run, "R1").summary()).isEqualTo("disk full");
  }

  @Test
  void an_abort_cuts_the_build_off_and_stops_the_service() throws Exception {
    steps.waitsIn = "buildAndStart";
    WorkflowStub stub = started(REQUEST);
    assertThat(steps.waiting.await(60, TimeUnit.SECONDS)).isTrue();

    stub.update("abort", String.class, new Abort("kim", "wrong service"));
    Run run = stub.getResult(Run.class);

    assertThat(run.outcome()).isEqualTo(Outcome.STOPPED);
    assertThat(run.reason()).isEqualTo("aborted by kim: wrong service; the service was stopped");
    assertThat(run.aborted()).isEqualTo(new Abort("kim", "wrong service"));
    assertThat(step(run, "A3").status()).isEqualTo(Step.Status.STOPPED);
    assertThat(step(run, "S1").status()).isEqualTo(Step.Status.DONE);
  }

  @Test
  void an_abort_before_the_service_is_touched_changes_nothing() throws Exception {
    steps.waitsIn = "captureEvidence";
    WorkflowStub stub = started(REQUEST);
    assertThat(steps.waiting.await(60, TimeUnit.SECONDS)).isTrue();

    stub.update("abort", String.class, new Abort("kim", "false alarm"));
    Run run = stub.getResult(Run.class);

    assertThat(run.outcome()).isEqualTo(Outcome.NOT_NEEDED);
    assertThat(steps.asked).doesNotContain("checkOut", "stop", "stopAfterFailure");
  }

  @Test
  void an_abort_of_a_run_that_was_cut_off_stops_the_service_whatever_step_it_is_at()
      throws Exception {
    Plan plan = run(REQUEST.asDryRun(), "plan:local:shopping-service").plan();
    steps.waitsIn = "captureEvidence";
    WorkflowStub stub = started(REQUEST.begunWith(plan));
    assertThat(steps.waiting.await(60, TimeUnit.SECONDS)).isTrue();

    stub.update("abort", String.class, new Abort("kim", "enough"));

    assertThat(stub.getResult(Run.class).outcome()).isEqualTo(Outcome.STOPPED);
    assertThat(steps.asked).contains("stopAfterFailure").doesNotContain("checkOut");
  }

  @Test
  void a_step_that_no_worker_has_begun_is_shown_and_an_abort_ends_the_section() throws Exception {
    steps.taskQueue = "nobody-listens-here";
    WorkflowStub stub = started(REQUEST);
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .ignoreExceptions() // the section comes after the run
        .until(
            () ->
                history(RUN + "/local").stream()
                    .anyMatch(
                        event ->
                            event.getEventType() == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED));

    String details =
        client
            .newUntypedWorkflowStub(RUN + "/local")
            .query("__temporal_workflow_metadata", WorkflowMetadata.class)
            .getCurrentDetails();
    assertThat(details)
        .startsWith("## shopping-service in local: at P1")
        .contains("| P1 | Preflight");

    stub.update("abort", String.class, new Abort("kim", "no worker there"));

    WorkflowStub section = client.newUntypedWorkflowStub(RUN + "/local");
    assertThat(section.getResult(60, TimeUnit.SECONDS, Run.class).outcome())
        .isEqualTo(Outcome.NOT_NEEDED);
  }

  /** The test server tells a run nothing of a terminated child: its end stays on its way. */
  @Test
  void an_abort_that_crosses_the_sections_end_is_too_late() throws Exception {
    steps.waitsIn = "buildAndStart";
    WorkflowStub stub = started(REQUEST);
    assertThat(steps.waiting.await(60, TimeUnit.SECONDS)).isTrue();
    client.newUntypedWorkflowStub(RUN + "/local").terminate("ended meanwhile");

    stub.signal("cutOff", new Abort("kim", "enough"));

    assertThatThrownBy(() -> stub.update("abort", String.class, new Abort("kim", "enough")))
        .isInstanceOf(WorkflowUpdateException.class)
        .cause()
        .hasMessageContaining("too late");
    Run run = stub.query("status", Run.class);
    assertThat(run.aborted()).isNull();
    assertThat(run.endedAt()).isNull();
  }

  @Test
  void an_abort_of_a_run_that_has_failed_does_not_cut_off_how_it_is_made_good() throws Exception {
    steps.fails("buildAndStart", "BuildFailed", "exit 1");
    WorkflowStub section = client.newUntypedWorkflowStub(RUN + "/local");
    List<String> answers = new CopyOnWriteArrayList<>();
    steps.meanwhile =
        step -> {
          if (step.equals("stopAfterFailure")) {
            section.signal("cutOff", new Abort("kim", "emergency stop"));
            try {
              section.update("abort", String.class, new Abort("kim", "enough"));
            } catch (WorkflowUpdateException refused) {
              answers.add(refused.getCause().getMessage());
            }
          }
        };

    Run run = started(REQUEST).getResult(Run.class);

    assertThat(answers).singleElement().asString().contains("too late: it has failed");
    assertThat(run.reason()).isEqualTo("A3 failed: exit 1; the service was stopped");
    assertThat(run.aborted()).isNull();
  }

  @Test
  void an_abort_without_a_reason_is_refused_and_kept_in_history() throws Exception {
    steps.waitsIn = "captureEvidence";
    WorkflowStub stub = started(REQUEST);
    assertThat(steps.waiting.await(60, TimeUnit.SECONDS)).isTrue();

    assertThatThrownBy(() -> stub.update("abort", String.class, new Abort("kim", " ")))
        .isInstanceOf(WorkflowUpdateException.class)
        .hasStackTraceContaining("says who and why");

    assertThat(history(RUN))
        .extracting(HistoryEvent::getEventType)
        .contains(EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED);
    stub.update("abort", String.class, new Abort("kim", "enough"));
    stub.getResult(Run.class);
  }

  @Test
  void a_cancel_from_temporal_ui_stops_the_service_too() throws Exception {
    steps.waitsIn = "buildAndStart";
    WorkflowStub stub = started(REQUEST);
    assertThat(steps.waiting.await(60, TimeUnit.SECONDS)).isTrue();

    stub.cancel();
    assertThatThrownBy(() -> stub.getResult(Run.class))
        .hasRootCauseInstanceOf(CanceledFailure.class);

    Run closed = steps.closed.get(0);
    assertThat(closed.outcome()).isEqualTo(Outcome.STOPPED);
    assertThat(closed.aborted().by()).isEqualTo("Temporal");
    assertThat(steps.asked).contains("stopAfterFailure", "write");
  }

  @Test
  void an_empty_or_incomplete_input_fails_at_once_with_an_example() {
    assertThatThrownBy(() -> run(null, "x")).hasStackTraceContaining("The input is empty. Pass {");
    assertThatThrownBy(() -> run(RollbackRequest.of("shopping-service", null), "y"))
        .hasStackTraceContaining("'environment' is missing");
    assertThat(steps.asked).isEmpty();
  }

  @Test
  void an_unknown_service_fails_at_once_naming_what_exists() {
    assertThatThrownBy(() -> run(RollbackRequest.of("../../x", "local"), "z"))
        .hasStackTraceContaining("no service ../../x; there are: shopping-service");
    assertThat(steps.asked).isEmpty();
  }

  @Test
  void a_run_started_under_any_id_runs_under_its_services_own() throws Exception {
    steps.waitsIn = "captureEvidence";
    WorkflowStub fromUi =
        WorkflowStub.fromTyped(client.newWorkflowStub(Rollback.class, options("a-random-uuid")));
    fromUi.start(REQUEST);
    assertThat(steps.waiting.await(60, TimeUnit.SECONDS)).isTrue();

    // a second one does not run beside it
    assertThatThrownBy(() -> run(REQUEST, "another-uuid"))
        .isInstanceOf(WorkflowFailedException.class);

    client.newUntypedWorkflowStub(RUN).update("abort", String.class, new Abort("kim", "enough"));
    Run run = fromUi.getResult(Run.class);
    assertThat(run.runId()).isEqualTo(RUN);
    assertThat(run.outcome()).isEqualTo(Outcome.NOT_NEEDED);
  }

  @Test
  void every_step_is_one_activity_with_its_id_and_title_in_history() {
    run(REQUEST);

    List<String> summaries =
        history(RUN + "/local").stream()
            .filter(HistoryEvent::hasActivityTaskScheduledEventAttributes)
            .filter(event -> event.getUserMetadata().hasSummary())
            .map(
                event ->
                    DefaultDataConverter.STANDARD_INSTANCE.fromPayload(
                        event.getUserMetadata().getSummary(), String.class, String.class))
            .toList();
    assertThat(summaries)
        .containsExactly(
            "P1 Preflight: shopping-service",
            "P2 Keep the plan",
            "E1 Capture evidence",
            "A1 Check out v2 (2222222)",
            "A2 Stop the service",
            "A3 Build and start",
            "A4 Health check",
            "V1 Verify");
  }

  @Test
  void status_shows_the_plan_and_the_steps_while_it_waits() throws Exception {
    steps.waitsIn = "buildAndStart";
    WorkflowStub stub = started(REQUEST);
    assertThat(steps.waiting.await(60, TimeUnit.SECONDS)).isTrue();

    Run status = client.newUntypedWorkflowStub(RUN + "/local").query("status", Run.class);

    assertThat(status.outcome()).isNull();
    assertThat(status.target()).isEqualTo(RecordingSteps.V2);
    assertThat(step(status, "A2").status()).isEqualTo(Step.Status.DONE);
    assertThat(step(status, "A3").status()).isEqualTo(Step.Status.RUNNING);
    stub.update("abort", String.class, new Abort("kim", "enough"));
    stub.getResult(Run.class);
  }

  private Run run(RollbackRequest request) {
    return run(request, RUN);
  }

  private Run run(RollbackRequest request, String id) {
    return client.newWorkflowStub(Rollback.class, options(id)).rollBack(request);
  }

  private WorkflowStub started(RollbackRequest request) {
    WorkflowStub stub =
        WorkflowStub.fromTyped(client.newWorkflowStub(Rollback.class, options(RUN)));
    stub.start(request);
    return stub;
  }

  private static WorkflowOptions options(String id) {
    return WorkflowOptions.newBuilder().setTaskQueue(TaskQueues.ROLLBOOK).setWorkflowId(id).build();
  }

  private List<HistoryEvent> history(String id) {
    return client.fetchHistory(id).getEvents();
  }

  private static Step step(Run run, String id) {
    return run.steps().stream().filter(s -> s.id().equals(id)).findFirst().orElseThrow();
  }
}

package dev.rollbook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.rollbook.kubernetes.KubernetesPin;
import dev.rollbook.kubernetes.RollbackKubernetes;
import dev.rollbook.kubernetes.RollbackKubernetesWorkflow;
import io.temporal.api.enums.v1.IndexedValueType;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowFailedException;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import io.temporal.client.WorkflowUpdateException;
import io.temporal.failure.ApplicationFailure;
import io.temporal.testing.TestEnvironmentOptions;
import io.temporal.testing.TestWorkflowEnvironment;
import io.temporal.worker.Worker;
import io.temporal.worker.WorkerOptions;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Section C: its order, what it leaves alone, what it stops, and what it asks people. */
@Timeout(240)
class RollbackKubernetesTest {

  private static final String RUN = "rollback:production:shopping-service";
  private static final RollbackRequest REQUEST =
      RollbackRequest.of("shopping-service", "production");
  private static final Verdict KIM = new Verdict("kim", "the quota is raised");

  private final RecordingKubernetesSteps steps = new RecordingKubernetesSteps();
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
    worker.registerWorkflowImplementationTypes(
        RollbackWorkflow.class, RollbackKubernetesWorkflow.class);
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
    assertThat(run.reason()).isEqualTo("runs revision 2 (shopping-service:1.2.3), healthy");
    assertThat(run.section()).isEqualTo("C");
    assertThat(run.from()).isEqualTo(RecordingKubernetesSteps.BAD);
    assertThat(run.target()).isEqualTo(RecordingKubernetesSteps.GOOD);
    assertThat(run.steps())
        .extracting(Step::id)
        .containsExactly("P1", "C1", "E1", "C2", "C3", "C4", "C5", "C6", "C7", "C8", "C9");
    assertThat(run.steps()).extracting(Step::status).containsOnly(Step.Status.DONE);
    assertThat(run.plan().steps())
        .extracting(planned -> planned.id() + " " + planned.title())
        .containsExactly(
            "C1 Look at the rollout history",
            "C2 Undo rollout to revision 2 (shopping-service:1.2.3)",
            "C3 Wait for the rollout",
            "C4 Check the pods",
            "C5 Check the pods' logs",
            "C6 Check the endpoints",
            "C7 Health check",
            "C8 Check ingress and gateway",
            "C9 Watch that nobody puts the bad version back");
    assertThat(steps.asked)
        .containsExactly(
            "preflight",
            "history",
            "captureEvidence",
            "undo",
            "awaitRollout",
            "awaitStable",
            "checkLogs",
            "awaitEndpoints",
            "awaitHealthy",
            "verify",
            "watchKept");
  }

  @Test
  void the_whole_run_records_the_images_that_the_pods_were_seen_to_run() {
    RollbackRequest asked =
        new RollbackRequest(
            "shopping-service",
            "production",
            null,
            "checkout answers 5xx",
            null,
            null,
            null,
            "kim",
            false,
            false,
            false,
            null,
            false);

    Run run = client.newWorkflowStub(Rollback.class, options(RUN)).rollBack(asked);

    assertThat(run.outcome()).isEqualTo(Outcome.ROLLED_BACK);
    assertThat(run.steps()).extracting(Step::id).endsWith("C9", "H1", "R1");
    assertThat(run.plan().pinned().kubernetes().images())
        .containsExactly(RecordingKubernetesSteps.SEEN);
    assertThat(steps.recorded)
        .singleElement()
        .satisfies(
            recorded -> {
              assertThat(recorded.target()).isEqualTo(RecordingKubernetesSteps.GOOD);
              assertThat(recorded.kubernetes().images())
                  .containsExactly(RecordingKubernetesSteps.SEEN);
            });
    assertThat(steps.askedBy).containsExactly("kim: checkout answers 5xx");
  }

  @Test
  void blockers_end_it_with_all_of_them_before_anything_is_touched() {
    steps.findings.add(Finding.blocker("paused", "kubectl rollout resume first"));
    steps.findings.add(Finding.blocker("permissions", "patch deployments"));

    Run run = run(REQUEST);

    assertThat(run.outcome()).isEqualTo(Outcome.BLOCKED);
    assertThat(run.reason())
        .isEqualTo("paused: kubectl rollout resume first\npermissions: patch deployments");
    assertThat(steps.asked).containsExactly("preflight");
  }

  @Test
  void a_dry_run_ends_after_the_plan() {
    Run run = run(REQUEST.asDryRun());

    assertThat(run.endedAsPlan()).isTrue();
    assertThat(run.target()).isEqualTo(RecordingKubernetesSteps.GOOD);
    assertThat(steps.asked).containsExactly("preflight");
  }

  @Test
  void nothing_is_done_when_the_target_runs_already() {
    steps.alreadyThere = true;

    assertThat(run(REQUEST).outcome()).isEqualTo(Outcome.ALREADY_THERE);
    assertThat(steps.asked).containsExactly("preflight");
  }

  @Test
  void a_target_that_is_gone_before_the_undo_leaves_the_service_alone() {
    steps.fails("history", "TargetMissing", "its ReplicaSet is gone");

    Run run = run(REQUEST);

    assertThat(run.outcome()).isEqualTo(Outcome.BLOCKED);
    assertThat(run.reason())
        .isEqualTo("C1 failed: its ReplicaSet is gone; the running service was not touched");
    assertThat(steps.asked).doesNotContain("undo", "stopAfterFailure");
  }

  @Test
  void evidence_that_cannot_be_had_does_not_hinder() {
    steps.fails("captureEvidence", "ClusterGone", "no events");

    Run run = run(REQUEST);

    assertThat(run.outcome()).isEqualTo(Outcome.ROLLED_BACK);
    assertThat(step(run, "E1").status()).isEqualTo(Step.Status.FAILED);
  }

  @ParameterizedTest
  @ValueSource(strings = {"Paused", "TargetMissing", "PermissionDenied", "NotAdmitted"})
  void what_the_undo_refuses_goes_on_as_it_is(String type) {
    steps.fails("undo", type, "refused");

    Run run = run(REQUEST);

    assertThat(run.outcome()).isEqualTo(Outcome.BLOCKED);
    assertThat(run.reason()).isEqualTo("C2 failed: refused; the running service was not touched");
    assertThat(steps.asked).endsWith("undo");
  }

  @ParameterizedTest
  @CsvSource({"undo, C2", "awaitRollout, C3", "awaitHealthy, C7", "watchKept, C9"})
  void a_newer_deploy_is_left_running(String step, String id) {
    steps.fails(step, "NewerDeploy", "generation 9 is not ours");

    Run run = run(REQUEST);

    assertThat(run.outcome()).isEqualTo(Outcome.BLOCKED);
    assertThat(run.reason()).isEqualTo(id + " failed: generation 9 is not ours");
    assertThat(steps.asked).endsWith(step);
  }

  @ParameterizedTest
  @CsvSource({
    "undo, Stopped, C2",
    "undo, Reverted, C2",
    "awaitRollout, Unverified, C3",
    "awaitRollout, Reverted, C3",
    "awaitStable, WrongImage, C4",
    "awaitStable, Reverted, C4",
    "checkLogs, ErrorLines, C5",
    "awaitEndpoints, WrongEndpoints, C6",
    "awaitHealthy, NotHealthy, C7",
    "verify, CheckFailed, C8",
    "watchKept, Reverted, C9",
  })
  void whatever_else_fails_ends_stopped(String step, String type, String id) {
    steps.fails(step, type, "in words");

    Run run = run(REQUEST);

    assertThat(run.outcome()).isEqualTo(Outcome.STOPPED);
    assertThat(run.reason()).isEqualTo(id + " failed: in words; the service was stopped");
    assertThat(run.steps()).extracting(Step::id).endsWith(id, "S1");
    assertThat(steps.asked).endsWith(step, "stopAfterFailure");
  }

  @Test
  void a_stop_that_fails_too_fails_the_workflow_with_the_whole_run() {
    steps.fails("awaitHealthy", "NotHealthy", "shopping-service-1: DOWN");
    steps.fails("stopAfterFailure", "ClusterGone", "the API server does not answer");

    WorkflowFailedException failed =
        catchThrowableOfType(WorkflowFailedException.class, () -> run(REQUEST));

    ApplicationFailure cause = (ApplicationFailure) failed.getCause();
    assertThat(cause.getType()).isEqualTo("StopFailed");
    assertThat(cause.getOriginalMessage()).contains("DOWN", "does not answer");
    assertThat(cause.getDetails().get(Run.class).steps()).extracting(Step::id).contains("S1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"RolloutStuck", "EnvironmentBroken"})
  void a_stuck_rollout_is_scaled_to_0_and_back_once_a_person_allows_it(String type)
      throws Exception {
    steps.failsOnce("awaitRollout", type, "exceeded quota: pods");
    WorkflowStub run = asking();

    Run asks = run.query("status", Run.class);
    assertThat(asks.asks().step()).isEqualTo("C10");
    assertThat(asks.asks().text())
        .isEqualTo("Scale deployment/shopping-service to 0 and back? exceeded quota: pods");
    assertThat(asks.asks().until()).isAfter(asks.startedAt());
    assertThat(run.update("approve", String.class, KIM)).isEqualTo("approved");

    Run ended = run.getResult(Run.class);
    assertThat(ended.outcome()).isEqualTo(Outcome.ROLLED_BACK);
    assertThat(ended.asks()).isNull();
    assertThat(step(ended, "C10").title()).isEqualTo("Scale to 0, allowed by kim");
    assertThat(ended.steps())
        .extracting(Step::id)
        .endsWith("C2", "C3", "C10", "C11", "C3", "C4", "C5", "C6", "C7", "C8", "C9");
    assertThat(steps.asked)
        .containsSubsequence("scaleToZero", "scaleBack", "awaitRollout", "awaitStable");
  }

  @Test
  void a_rejected_scaling_ends_stopped_for_the_reason_it_was_asked() throws Exception {
    steps.fails("awaitRollout", "RolloutStuck", "crash loop");
    WorkflowStub run = asking();

    run.update("reject", String.class, new Verdict("lee", "it would not help"));

    Run ended = run.getResult(Run.class);
    assertThat(ended.outcome()).isEqualTo(Outcome.STOPPED);
    assertThat(ended.reason()).isEqualTo("C3 failed: crash loop; the service was stopped");
    assertThat(step(ended, "C10").status()).isEqualTo(Step.Status.SKIPPED);
    assertThat(step(ended, "C10").summary()).isEqualTo("rejected by lee: it would not help");
    assertThat(steps.asked).doesNotContain("scaleToZero");
  }

  @Test
  void silence_is_no() {
    steps.fails("awaitRollout", "RolloutStuck", "crash loop");

    Run run = run(REQUEST);

    assertThat(run.outcome()).isEqualTo(Outcome.STOPPED);
    assertThat(step(run, "C10").summary()).isEqualTo("nobody decided within 5 min");
    assertThat(Duration.between(run.startedAt(), run.endedAt()))
        .isGreaterThanOrEqualTo(RecordingKubernetesSteps.ASKED_WITHIN);
    assertThat(steps.asked).doesNotContain("scaleToZero");
  }

  @Test
  void nobody_is_asked_where_the_catalog_does_not_say_so() {
    steps.askedWithin = Duration.ZERO;
    steps.fails("awaitRollout", "RolloutStuck", "crash loop");

    Run run = run(REQUEST);

    assertThat(run.outcome()).isEqualTo(Outcome.STOPPED);
    assertThat(run.steps()).extracting(Step::id).endsWith("C3", "S1");
  }

  @Test
  void nobody_is_asked_to_scale_for_a_database_that_is_down() {
    steps.fails("awaitRollout", "DatabaseDown", "a database is down");

    Run run = run(REQUEST);

    assertThat(run.outcome()).isEqualTo(Outcome.STOPPED);
    assertThat(run.steps()).extracting(Step::id).endsWith("C3", "S1");
  }

  @Test
  void nobody_is_asked_to_scale_what_cannot_be_scaled() {
    steps.workload = KubernetesPin.Workload.DAEMONSET;
    steps.fails("awaitRollout", "RolloutStuck", "crash loop");

    Run run = run(REQUEST);

    assertThat(run.outcome()).isEqualTo(Outcome.STOPPED);
    assertThat(run.steps()).extracting(Step::id).endsWith("C3", "S1");
  }

  @Test
  void a_scaling_that_does_not_help_is_not_asked_for_twice() throws Exception {
    steps.fails("awaitRollout", "RolloutStuck", "crash loop");
    WorkflowStub run = asking();

    run.update("approve", String.class, KIM);

    Run ended = run.getResult(Run.class);
    assertThat(ended.outcome()).isEqualTo(Outcome.STOPPED);
    assertThat(steps.asked).containsOnlyOnce("scaleToZero", "scaleBack");
    assertThat(steps.asked).endsWith("scaleBack", "awaitRollout", "stopAfterFailure");
  }

  @Test
  void a_service_that_was_scaled_to_0_and_cannot_be_scaled_back_is_stopped_for_good()
      throws Exception {
    steps.fails("awaitRollout", "RolloutStuck", "crash loop");
    steps.fails("scaleBack", "NewCount", "the count is not recorded");
    WorkflowStub run = asking();

    run.update("approve", String.class, KIM);

    Run ended = run.getResult(Run.class);
    assertThat(ended.outcome()).isEqualTo(Outcome.STOPPED);
    assertThat(ended.reason())
        .isEqualTo("C11 failed: the count is not recorded; the service was stopped");
  }

  @Test
  void a_verdict_that_nobody_asked_for_is_refused() throws Exception {
    steps.waitsIn = "awaitRollout";
    WorkflowStub run = started(REQUEST);
    assertThat(steps.waiting.await(60, TimeUnit.SECONDS)).isTrue();

    assertThatThrownBy(() -> run.update("approve", String.class, KIM))
        .isInstanceOf(WorkflowUpdateException.class)
        .hasStackTraceContaining("Refused: nothing is asked at the moment");

    run.update("abort", String.class, new Abort("kim", "enough"));
    assertThat(run.getResult(Run.class).outcome()).isEqualTo(Outcome.STOPPED);
  }

  @ParameterizedTest
  @ValueSource(strings = {"preflight", "history", "captureEvidence"})
  void an_abort_before_the_undo_leaves_the_service_alone(String step) throws Exception {
    Run ended = aborted(step);

    assertThat(ended.outcome()).isEqualTo(Outcome.NOT_NEEDED);
    assertThat(ended.reason())
        .isEqualTo("aborted by kim: false alarm; the running service was not touched");
    assertThat(steps.asked).endsWith(step);
  }

  @ParameterizedTest
  @ValueSource(strings = {"undo", "awaitRollout", "awaitHealthy"})
  void an_abort_from_the_undo_on_stops_the_service(String step) throws Exception {
    Run ended = aborted(step);

    assertThat(ended.outcome()).isEqualTo(Outcome.STOPPED);
    assertThat(ended.reason()).isEqualTo("aborted by kim: false alarm; the service was stopped");
    assertThat(steps.asked).endsWith(step, "stopAfterFailure");
  }

  @Test
  void a_run_that_was_cut_off_goes_on_with_its_plan() {
    Plan plan = run(REQUEST.asDryRun()).plan();
    steps.asked.clear();

    Run run = run(REQUEST.begunWith(plan));

    assertThat(run.outcome()).isEqualTo(Outcome.ROLLED_BACK);
    assertThat(steps.asked).startsWith("history").doesNotContain("preflight");
  }

  @ParameterizedTest
  @CsvSource({"history, TargetMissing, C1", "undo, PermissionDenied, C2"})
  void a_run_that_was_cut_off_may_have_touched_the_service_and_stops_it(
      String step, String type, String id) {
    Plan plan = run(REQUEST.asDryRun()).plan();
    steps.fails(step, type, "refused");

    Run run = run(REQUEST.begunWith(plan));

    assertThat(run.outcome()).isEqualTo(Outcome.STOPPED);
    assertThat(run.reason()).isEqualTo(id + " failed: refused; the service was stopped");
  }

  @Test
  void an_abort_of_the_last_watch_leaves_the_service_as_it_is_back() throws Exception {
    Run ended = aborted("watchKept");

    assertThat(ended.outcome()).as(ended.reason()).isEqualTo(Outcome.ROLLED_BACK);
    assertThat(ended.reason()).endsWith("healthy; not watched to the end whether it stays");
    assertThat(ended.aborted()).isEqualTo(new Abort("kim", "false alarm"));
    assertThat(steps.asked).doesNotContain("stopAfterFailure");
  }

  private Run aborted(String step) throws InterruptedException {
    steps.waitsIn = step;
    WorkflowStub run = started(REQUEST);
    assertThat(steps.waiting.await(60, TimeUnit.SECONDS)).isTrue();
    run.update("abort", String.class, new Abort("kim", "false alarm"));
    return run.getResult(Run.class);
  }

  /** A run that has come to its question. */
  private WorkflowStub asking() {
    WorkflowStub run = started(REQUEST);
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> run.query("status", Run.class), now -> now != null && now.asks() != null);
    return run;
  }

  private Run run(RollbackRequest request) {
    return client
        .newWorkflowStub(RollbackKubernetes.class, options(RUN + "/kubernetes"))
        .rollBack(request);
  }

  private WorkflowStub started(RollbackRequest request) {
    WorkflowStub stub =
        WorkflowStub.fromTyped(
            client.newWorkflowStub(RollbackKubernetes.class, options(RUN + "/kubernetes")));
    stub.start(request);
    return stub;
  }

  private static WorkflowOptions options(String id) {
    return WorkflowOptions.newBuilder().setTaskQueue(TaskQueues.ROLLBOOK).setWorkflowId(id).build();
  }

  private static Step step(Run run, String id) {
    return run.steps().stream().filter(s -> s.id().equals(id)).findFirst().orElseThrow();
  }
}

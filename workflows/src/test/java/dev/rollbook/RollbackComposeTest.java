package dev.rollbook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.rollbook.compose.RollbackCompose;
import dev.rollbook.compose.RollbackComposeWorkflow;
import io.temporal.api.enums.v1.IndexedValueType;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowFailedException;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import io.temporal.client.WorkflowUpdateException;
import io.temporal.failure.ApplicationFailure;
import io.temporal.failure.CanceledFailure;
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

/** Section B alone: its order, what it puts back, and what it asks people. */
@Timeout(240)
class RollbackComposeTest {

  private static final String RUN = "rollback:staging:shopping-service/compose";
  private static final RollbackRequest REQUEST = RollbackRequest.of("shopping-service", "staging");
  private static final Verdict KIM = new Verdict("kim", "the database is back");

  private final RecordingComposeSteps steps = new RecordingComposeSteps();
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
    worker.registerWorkflowImplementationTypes(RollbackComposeWorkflow.class);
    worker.registerActivitiesImplementations(steps);
    temporal.start();
    client = temporal.getWorkflowClient();
  }

  @AfterEach
  void stop() {
    temporal.close();
  }

  @Test
  void rolls_back_with_everything_that_can_be_refused_before_the_stop() {
    Run run = run(REQUEST);

    assertThat(run.outcome()).isEqualTo(Outcome.ROLLED_BACK);
    assertThat(run.reason()).isEqualTo("runs previous (222222222222), healthy");
    assertThat(run.section()).isEqualTo("B");
    assertThat(run.from()).isEqualTo(RecordingComposeSteps.BAD);
    assertThat(run.target()).isEqualTo(RecordingComposeSteps.GOOD);
    assertThat(run.steps())
        .extracting(Step::id)
        .containsExactly("P1", "E1", "B2", "B3", "B1", "B5", "B6", "B7", "B8");
    assertThat(run.steps()).extracting(Step::status).containsOnly(Step.Status.DONE);
    assertThat(run.plan().steps())
        .extracting(planned -> planned.id() + " " + planned.title())
        .containsExactly(
            "B2 Protect the images",
            "B3 Pin the image in the compose file",
            "B1 Stop the service",
            "B5 Restart with rollback/shopping-service:1",
            "B6 Wait for the start line",
            "B7 Health check",
            "B8 Check the API");
    assertThat(steps.asked)
        .containsExactly(
            "preflight",
            "captureEvidence",
            "protect",
            "pinImage",
            "stop",
            "restart",
            "awaitStart",
            "awaitHealthy",
            "verify");
  }

  @Test
  void a_commit_is_built_and_the_service_restarted_with_the_image_that_came_of_it() {
    steps.target = RecordingComposeSteps.COMMIT;

    Run run = run(REQUEST);

    assertThat(run.outcome()).isEqualTo(Outcome.ROLLED_BACK);
    assertThat(run.target()).isEqualTo(RecordingComposeSteps.GOOD);
    assertThat(run.plan().steps())
        .extracting(planned -> planned.id() + " " + planned.title())
        .startsWith("B4 Check out and build v2 (2222222)", "B3 Pin the image in the compose file");
    assertThat(run.steps())
        .extracting(Step::id)
        .containsExactly("P1", "E1", "B4", "B3", "B1", "B5", "B6", "B7", "B8");
    assertThat(steps.asked).contains("rebuild of v2").doesNotContain("protect");
    assertThat(steps.stoppedFor).containsExactly(RecordingComposeSteps.GOOD);
  }

  @Test
  void a_build_that_fails_leaves_the_running_service_alone() {
    steps.target = RecordingComposeSteps.COMMIT;
    steps.fails("rebuild of v2", "BuildFailed", "'./gradlew' exited 1");

    Run run = run(REQUEST);

    assertThat(run.outcome()).isEqualTo(Outcome.BLOCKED);
    assertThat(run.reason())
        .isEqualTo("B4 failed: './gradlew' exited 1; the running service was not touched");
    assertThat(steps.asked).doesNotContain("pinImage", "unpinImage", "stop", "stopAfterFailure");
  }

  @Test
  void blockers_end_it_with_all_of_them_before_anything_is_touched() {
    steps.findings.add(Finding.blocker("target", "'previous' is the bad image"));
    steps.findings.add(Finding.blocker("project", "two have the service"));

    Run run = run(REQUEST);

    assertThat(run.outcome()).isEqualTo(Outcome.BLOCKED);
    assertThat(run.reason())
        .isEqualTo("target: 'previous' is the bad image\nproject: two have the service");
    assertThat(steps.asked).containsExactly("preflight");
  }

  @Test
  void a_dry_run_ends_after_the_plan() {
    Run run = run(REQUEST.asDryRun());

    assertThat(run.endedAsPlan()).isTrue();
    assertThat(run.target()).isEqualTo(RecordingComposeSteps.GOOD);
    assertThat(steps.asked).containsExactly("preflight");
  }

  @Test
  void nothing_is_done_when_the_target_runs_already() {
    steps.alreadyThere = true;

    assertThat(run(REQUEST).outcome()).isEqualTo(Outcome.ALREADY_THERE);
    assertThat(steps.asked).containsExactly("preflight");
  }

  @Test
  void a_pin_that_fails_is_put_back_and_the_service_was_not_touched() {
    steps.fails("pinImage", "InvalidComposeFile", "docker-compose.yml: line 3");

    Run run = run(REQUEST);

    assertThat(run.outcome()).isEqualTo(Outcome.BLOCKED);
    assertThat(run.reason())
        .isEqualTo("B3 failed: docker-compose.yml: line 3; the running service was not touched");
    assertThat(steps.asked).endsWith("pinImage", "unpinImage");
  }

  @Test
  void a_compose_file_that_cannot_be_put_back_is_told() {
    steps.fails("pinImage", "InvalidComposeFile", "no space");
    steps.fails(
        "unpinImage", "PermissionDenied", "docker-compose.yml is pinned, and read-only now");

    Run run = run(REQUEST);

    assertThat(run.outcome()).isEqualTo(Outcome.BLOCKED);
    assertThat(run.reason())
        .isEqualTo(
            "B3 failed: no space; the running service was not touched;"
                + " left behind: docker-compose.yml is pinned, and read-only now");
  }

  @Test
  void a_restart_that_fails_ends_stopped_and_keeps_the_good_image_pinned() {
    steps.fails("restart", "RestartFailed", "port 8083 is taken");

    Run run = run(REQUEST);

    assertThat(run.outcome()).isEqualTo(Outcome.STOPPED);
    assertThat(run.reason()).isEqualTo("B5 failed: port 8083 is taken; the service was stopped");
    assertThat(steps.asked).endsWith("restart", "stopAfterFailure").doesNotContain("unpinImage");
  }

  @Test
  void a_stop_that_fails_too_fails_the_workflow_with_the_whole_run() {
    steps.fails("restart", "RestartFailed", "no such network");
    steps.fails("stopAfterFailure", "EngineGone", "the engine does not answer");

    WorkflowFailedException failed =
        catchThrowableOfType(WorkflowFailedException.class, () -> run(REQUEST));

    ApplicationFailure cause = (ApplicationFailure) failed.getCause();
    assertThat(cause.getType()).isEqualTo("StopFailed");
    assertThat(cause.getOriginalMessage()).contains("no such network", "does not answer");
    assertThat(cause.getDetails().get(Run.class).steps()).extracting(Step::id).contains("S1");
  }

  @Test
  void a_newer_deploy_is_left_running_and_the_compose_file_put_back() {
    steps.fails("stop", "NewerDeploy", "other containers serve by now");

    Run run = run(REQUEST);

    assertThat(run.outcome()).isEqualTo(Outcome.BLOCKED);
    assertThat(run.reason()).isEqualTo("B1 failed: other containers serve by now");
    assertThat(steps.asked).endsWith("stop", "unpinImage").doesNotContain("stopAfterFailure");
  }

  @Test
  void a_newer_deploy_found_by_the_health_check_asks_for_no_restart_of_the_stack() {
    steps.down.add("mysql");
    steps.fails("awaitHealthy", "NewerDeploy", "other containers serve by now");

    Run run = run(REQUEST);

    assertThat(run.outcome()).isEqualTo(Outcome.BLOCKED);
    assertThat(steps.asked)
        .endsWith("awaitHealthy", "unpinImage")
        .doesNotContain("checkDependencies", "restartStack", "stopAfterFailure");
  }

  @Test
  void a_run_that_was_cut_off_and_meets_a_newer_deploy_puts_the_compose_file_back() {
    Plan plan = run(REQUEST.asDryRun()).plan();
    steps.fails("protect", "NewerDeploy", "the rollback tag means another image");

    Run run = run(REQUEST.begunWith(plan));

    assertThat(run.outcome()).isEqualTo(Outcome.BLOCKED);
    assertThat(steps.asked).endsWith("protect", "unpinImage").doesNotContain("stopAfterFailure");
  }

  @Test
  void a_target_that_is_unhealthy_with_all_it_needs_is_stopped_without_a_question() {
    steps.fails("awaitHealthy", "NotHealthy", "UP 0 of 3");

    Run run = run(REQUEST);

    assertThat(run.outcome()).isEqualTo(Outcome.STOPPED);
    assertThat(run.reason()).isEqualTo("B7 failed: UP 0 of 3; the service was stopped");
    assertThat(run.steps()).extracting(Step::id).endsWith("B7", "D1", "S1");
  }

  @Test
  void dependencies_that_cannot_be_looked_at_do_not_hide_what_failed() {
    steps.fails("verify", "CheckFailed", "products: 502");
    steps.fails("checkDependencies", "EngineGone", "no answer");

    Run run = run(REQUEST);

    assertThat(run.outcome()).isEqualTo(Outcome.STOPPED);
    assertThat(run.reason()).isEqualTo("B8 failed: products: 502; the service was stopped");
    assertThat(step(run, "D1").status()).isEqualTo(Step.Status.FAILED);
  }

  @Test
  void the_stack_is_restarted_once_a_person_allows_it_and_the_service_proved_again()
      throws Exception {
    steps.down.add("mysql");
    steps.failsOnce("awaitHealthy", "NotHealthy", "db: DOWN");
    WorkflowStub run = asking();

    Run asks = run.query("status", Run.class);
    assertThat(asks.asks().step()).isEqualTo("B9");
    assertThat(asks.asks().text()).isEqualTo("Restart the whole stack shop? Down: mysql");
    assertThat(asks.asks().until()).isAfter(asks.startedAt());
    assertThat(run.update("approve", String.class, KIM)).isEqualTo("approved");

    Run ended = run.getResult(Run.class);
    assertThat(ended.outcome()).isEqualTo(Outcome.ROLLED_BACK);
    assertThat(ended.asks()).isNull();
    assertThat(step(ended, "B9").title()).isEqualTo("Restart the whole stack, allowed by kim");
    assertThat(ended.steps()).extracting(Step::id).endsWith("B7", "D1", "B9", "B6", "B7", "B8");
    assertThat(steps.asked)
        .endsWith("checkDependencies", "restartStack", "awaitStart", "awaitHealthy", "verify");
  }

  @Test
  void a_rejected_restart_of_the_stack_ends_stopped_for_the_reason_it_was_asked() throws Exception {
    steps.down.add("mysql");
    steps.fails("awaitHealthy", "NotHealthy", "db: DOWN");
    WorkflowStub run = asking();

    assertThat(run.update("reject", String.class, new Verdict("lee", "orders are open")))
        .isEqualTo("rejected");

    Run ended = run.getResult(Run.class);
    assertThat(ended.outcome()).isEqualTo(Outcome.STOPPED);
    assertThat(ended.reason()).isEqualTo("B7 failed: db: DOWN; the service was stopped");
    assertThat(step(ended, "B9").status()).isEqualTo(Step.Status.SKIPPED);
    assertThat(step(ended, "B9").summary()).isEqualTo("rejected by lee: orders are open");
    assertThat(steps.asked).doesNotContain("restartStack");
  }

  @Test
  void silence_is_no() {
    steps.down.add("mysql");
    steps.fails("awaitHealthy", "NotHealthy", "db: DOWN");

    Run run = run(REQUEST);

    assertThat(run.outcome()).isEqualTo(Outcome.STOPPED);
    assertThat(step(run, "B9").summary()).isEqualTo("nobody decided within 5 min");
    assertThat(Duration.between(run.startedAt(), run.endedAt()))
        .isGreaterThanOrEqualTo(RecordingComposeSteps.ASKED_WITHIN);
    assertThat(steps.asked).doesNotContain("restartStack");
  }

  @Test
  void nobody_is_asked_where_the_catalog_does_not_say_so() {
    steps.askedWithin = Duration.ZERO;
    steps.down.add("mysql");
    steps.fails("awaitHealthy", "NotHealthy", "db: DOWN");

    Run run = run(REQUEST);

    assertThat(run.outcome()).isEqualTo(Outcome.STOPPED);
    assertThat(run.steps()).extracting(Step::id).doesNotContain("B9");
    assertThat(steps.asked).doesNotContain("restartStack");
  }

  @Test
  void a_stack_restart_that_does_not_help_is_not_asked_for_twice() throws Exception {
    steps.down.add("mysql");
    steps.fails("awaitHealthy", "NotHealthy", "db: DOWN");
    WorkflowStub run = asking();

    run.update("approve", String.class, KIM);

    Run ended = run.getResult(Run.class);
    assertThat(ended.outcome()).isEqualTo(Outcome.STOPPED);
    assertThat(steps.asked).containsOnlyOnce("restartStack", "checkDependencies");
  }

  @Test
  void verdicts_without_who_and_why_are_refused_and_the_question_stays_open() throws Exception {
    steps.down.add("mysql");
    steps.failsOnce("awaitHealthy", "NotHealthy", "db: DOWN");
    WorkflowStub run = asking();

    assertRefused(run, "approve", null, "a verdict says who and why");
    assertRefused(run, "approve", new Verdict(" ", "why"), "a verdict says who and why");
    assertRefused(run, "reject", new Verdict("kim", null), "a verdict says who and why");

    assertThat(run.query("status", Run.class).asks()).isNotNull();
    run.update("approve", String.class, KIM);
    assertThat(run.getResult(Run.class).outcome()).isEqualTo(Outcome.ROLLED_BACK);
  }

  @Test
  void a_verdict_that_nobody_asked_for_is_refused() throws Exception {
    steps.waitsIn = "restart";
    WorkflowStub run = started(REQUEST);
    assertThat(steps.waiting.await(60, TimeUnit.SECONDS)).isTrue();

    assertRefused(run, "approve", KIM, "nothing is asked at the moment");
    assertRefused(run, "reject", KIM, "nothing is asked at the moment");

    run.update("abort", String.class, new Abort("kim", "enough"));
    assertThat(run.getResult(Run.class).outcome()).isEqualTo(Outcome.STOPPED);
  }

  @Test
  void a_second_verdict_is_refused_with_the_first() throws Exception {
    steps.down.add("mysql");
    steps.failsOnce("awaitHealthy", "NotHealthy", "db: DOWN");
    steps.waitsIn = "restartStack";
    WorkflowStub run = asking();

    run.update("approve", String.class, KIM);

    assertRefused(
        run, "reject", new Verdict("lee", "no"), "decided already by kim: the database is back");
    assertThat(steps.waiting.await(60, TimeUnit.SECONDS)).isTrue();
    run.update("abort", String.class, new Abort("kim", "enough"));
    assertThat(run.getResult(Run.class).outcome()).isEqualTo(Outcome.STOPPED);
  }

  @Test
  void an_abort_ends_the_waiting_for_a_word() throws Exception {
    steps.down.add("mysql");
    steps.fails("awaitHealthy", "NotHealthy", "db: DOWN");
    WorkflowStub run = asking();

    run.update("abort", String.class, new Abort("kim", "failing over"));

    Run ended = run.getResult(Run.class);
    assertThat(ended.outcome()).isEqualTo(Outcome.STOPPED);
    assertThat(ended.reason()).isEqualTo("aborted by kim: failing over; the service was stopped");
    assertThat(ended.asks()).isNull();
    assertThat(Duration.between(ended.startedAt(), ended.endedAt()))
        .isLessThan(RecordingComposeSteps.ASKED_WITHIN);
    assertThat(steps.asked).endsWith("stopAfterFailure").doesNotContain("restartStack");
  }

  @Test
  void an_abort_before_the_stop_puts_the_compose_file_back() throws Exception {
    steps.waitsIn = "pinImage";
    WorkflowStub run = started(REQUEST);
    assertThat(steps.waiting.await(60, TimeUnit.SECONDS)).isTrue();

    run.update("abort", String.class, new Abort("kim", "false alarm"));

    Run ended = run.getResult(Run.class);
    assertThat(ended.outcome()).isEqualTo(Outcome.NOT_NEEDED);
    assertThat(ended.reason())
        .isEqualTo("aborted by kim: false alarm; the running service was not touched");
    assertThat(steps.asked)
        .endsWith("pinImage", "unpinImage")
        .doesNotContain("stop", "stopAfterFailure");
  }

  @Test
  void a_cancel_from_temporal_ui_stops_the_service_too() throws Exception {
    steps.waitsIn = "restart";
    WorkflowStub run = started(REQUEST);
    assertThat(steps.waiting.await(60, TimeUnit.SECONDS)).isTrue();

    run.cancel();

    assertThatThrownBy(() -> run.getResult(Run.class))
        .hasRootCauseInstanceOf(CanceledFailure.class);
    assertThat(steps.asked).endsWith("restart", "stopAfterFailure");
  }

  private static void assertRefused(
      WorkflowStub run, String update, Verdict verdict, String words) {
    assertThatThrownBy(() -> run.update(update, String.class, verdict))
        .isInstanceOf(WorkflowUpdateException.class)
        .hasStackTraceContaining("Refused: " + words);
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
    return client.newWorkflowStub(RollbackCompose.class, options()).rollBack(request);
  }

  private WorkflowStub started(RollbackRequest request) {
    WorkflowStub stub =
        WorkflowStub.fromTyped(client.newWorkflowStub(RollbackCompose.class, options()));
    stub.start(request);
    return stub;
  }

  private static WorkflowOptions options() {
    return WorkflowOptions.newBuilder()
        .setTaskQueue(TaskQueues.ROLLBOOK)
        .setWorkflowId(RUN)
        .build();
  }

  private static Step step(Run run, String id) {
    return run.steps().stream().filter(s -> s.id().equals(id)).findFirst().orElseThrow();
  }
}

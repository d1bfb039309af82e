package dev.rollbook.decision;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.Outcome;
import dev.rollbook.Rollback;
import dev.rollbook.RollbackRequest;
import dev.rollbook.RollbackWorkflow;
import dev.rollbook.Run;
import dev.rollbook.SearchAttributes;
import dev.rollbook.Severity;
import dev.rollbook.TaskQueues;
import dev.rollbook.TemporalConnection;
import dev.rollbook.Trigger;
import dev.rollbook.Verdict;
import dev.rollbook.WorkflowIds;
import dev.rollbook.decision.Alert.State;
import dev.rollbook.escalation.PlainChannels;
import io.temporal.api.enums.v1.IndexedValueType;
import io.temporal.api.enums.v1.WorkflowIdConflictPolicy;
import io.temporal.client.UpdateOptions;
import io.temporal.client.WithStartWorkflowOperation;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import io.temporal.testing.TestEnvironmentOptions;
import io.temporal.testing.TestWorkflowEnvironment;
import io.temporal.worker.Worker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Not a test by its name: `dev/record-histories decision` runs it, to write what the replay test
 * reads. Minutes of waiting for people are recorded in seconds.
 */
@Timeout(120)
class RecordedDecisions {

  private static final String ID = "rollback:local:shopping-service";
  private static final Path HISTORIES =
      Path.of("src", "test", "resources", "dev", "rollbook", "histories");

  private final PlainAftermath aftermath = new PlainAftermath();
  private final PlainChannels channels = new PlainChannels();
  private TestWorkflowEnvironment temporal;
  private WorkflowClient client;
  private WorkflowStub run;

  @BeforeEach
  void start() {
    temporal =
        TestWorkflowEnvironment.newInstance(
            TestEnvironmentOptions.newBuilder()
                .setWorkflowClientOptions(TemporalConnection.clientOptions("default"))
                .build());
    SearchAttributes.all()
        .forEach(
            key ->
                temporal.registerSearchAttribute(
                    key.getName(), IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD));
    Worker worker = temporal.newWorker(TaskQueues.ROLLBOOK);
    worker.registerWorkflowImplementationTypes(
        TemporalConnection.workflowOptions(),
        RollbackWorkflow.class,
        PlainSection.class,
        GuardWorkflow.class);
    client = temporal.getWorkflowClient();
    worker.registerActivitiesImplementations(
        channels, aftermath, new PlainMetrics(), new GuardUpdates(client, GuardLimits.DEFAULT));
    temporal.start();
    run = client.newUntypedWorkflowStub(ID);
  }

  @AfterEach
  void stop() {
    temporal.close();
  }

  @Test
  void critical_denied_by_metrics_then_shown_then_doubted_for_its_plan_and_allowed()
      throws IOException {
    aftermath.decision = DecisionPolicy.RUNBOOK.askingMetrics(true);
    alert("a", Severity.HIGH);
    temporal.sleep(Duration.ofMinutes(3));
    alert("b", Severity.CRITICAL);
    temporal.sleep(Duration.ofMinutes(4));
    run.update("approve", String.class, new Verdict("kim", "it is the release all the same"));

    Run ended = run.getResult(Run.class);

    assertThat(ended.outcome()).isEqualTo(Outcome.ROLLED_BACK);
    assertThat(ended.decision().notes())
        .filteredOn(note -> note.contains("people decide"))
        .hasSize(2);
    write("rollback-critical-doubted");
  }

  @Test
  void high_joined_by_a_medium_one_and_decided_by_nobody() throws IOException {
    alert("a", Severity.HIGH);
    temporal.sleep(Duration.ofMinutes(3));
    alert("b", Severity.MEDIUM);

    Run ended = run.getResult(Run.class);

    assertThat(ended.outcome()).isEqualTo(Outcome.ROLLED_BACK);
    write("rollback-high-silent");
  }

  @Test
  void medium_joined_by_a_high_one_and_forbidden_by_a_person() throws IOException {
    alert("a", Severity.MEDIUM);
    temporal.sleep(Duration.ofMinutes(3));
    alert("b", Severity.HIGH);
    temporal.sleep(Duration.ofMinutes(2));
    run.update("reject", String.class, new Verdict("kim", "mended by hand"));

    Run ended = run.getResult(Run.class);

    assertThat(ended.outcome()).isEqualTo(Outcome.NOT_NEEDED);
    // beside rollback-medium-forbidden, from before questions were ended: that one stays as it is
    write("rollback-medium-over");
  }

  @Test
  void high_forbidden_by_a_person_and_never_ended_on_a_silent_channel() throws IOException {
    channels.isSilent = true;
    alert("a", Severity.HIGH);
    temporal.sleep(Duration.ofMinutes(2));
    run.update("reject", String.class, new Verdict("kim", "mended by hand"));

    assertThat(run.getResult(Run.class).outcome()).isEqualTo(Outcome.NOT_NEEDED);
    write("rollback-high-unended");
  }

  @Test
  void medium_whose_symptom_goes() throws IOException {
    aftermath.decision = DecisionPolicy.RUNBOOK.askingMetrics(true);
    alert("a", Severity.MEDIUM);

    Run ended = run.getResult(Run.class);

    assertThat(ended.decision().decided().by()).isEqualTo("the metrics");
    write("rollback-medium-gone");
  }

  @Test
  void by_hand_with_a_guard_that_hears_of_it() throws IOException {
    new GuardUpdates(client, GuardLimits.DEFAULT).begin();
    Rollback rollback =
        client.newWorkflowStub(
            Rollback.class,
            WorkflowOptions.newBuilder()
                .setTaskQueue(TaskQueues.ROLLBOOK)
                .setWorkflowId(ID)
                .build());

    assertThat(rollback.rollBack(request(null, Trigger.CLI)).outcome())
        .isEqualTo(Outcome.ROLLED_BACK);

    Guard guard = client.newWorkflowStub(Guard.class, WorkflowIds.GUARD);
    assertThat(guard.status().rolled()).hasSize(1);
    write("rollback-by-hand-guarded");
  }

  @Test
  void a_guard_that_is_asked_told_frozen_and_thawed() throws IOException {
    GuardUpdates guards = new GuardUpdates(client, GuardLimits.DEFAULT);
    Asked may = new Asked("run-1", "shopping-service", "local", "v3", "v2", List.of("a"), null);
    Asked again = new Asked("run-2", "shopping-service", "local", "v3", "v2", List.of("b"), null);

    assertThat(guards.mayRollBack(may).given()).isTrue();
    assertThat(guards.mayRollBack(again).refusal()).isEqualTo(Permission.Refusal.SAME_VERSION);
    guards.decided(again);
    guards.untold(again);
    assertThat(guards.freeze(new Freeze(null, "kim", "a fair", null))).isEqualTo("frozen");
    assertThat(guards.unfreeze(new Freeze(null, "kim", "it is over", null))).isEqualTo("unfrozen");
    client
        .newWorkflowStub(Guard.class, WorkflowIds.GUARD)
        .rolledBackByHand(
            new Memory.Rolled("run-3", "shopping-service", "local", "v2", null, true));

    write(WorkflowIds.GUARD, "guard");
  }

  private void alert(String fingerprint, Severity severity) {
    Instant now = Instant.ofEpochMilli(temporal.currentTimeMillis());
    Alert alert =
        new Alert(
            fingerprint,
            State.FIRING,
            "shopping-service",
            "local",
            severity,
            now,
            null,
            now,
            "HighLatency",
            "p99 over 5 s",
            null,
            null);
    Rollback rollback =
        client.newWorkflowStub(
            Rollback.class,
            WorkflowOptions.newBuilder()
                .setTaskQueue(TaskQueues.ROLLBOOK)
                .setWorkflowId(ID)
                .setWorkflowIdConflictPolicy(
                    WorkflowIdConflictPolicy.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING)
                .build());
    WorkflowClient.executeUpdateWithStart(
        rollback::alert,
        alert,
        UpdateOptions.newBuilder(Joined.class).setUpdateId(fingerprint).build(),
        new WithStartWorkflowOperation<>(rollback::rollBack, request(severity, Trigger.ALERT)));
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
        "alert",
        false,
        false,
        false,
        null,
        false);
  }

  private void write(String name) throws IOException {
    write(ID, name);
  }

  private void write(String id, String name) throws IOException {
    String history = client.fetchHistory(id).toJson(true);
    Files.writeString(
        HISTORIES.resolve(name + ".json"), history.replaceAll("\\d+@[\\w.-]+", "1@worker"));
  }
}

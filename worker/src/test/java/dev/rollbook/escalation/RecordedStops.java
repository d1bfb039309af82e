package dev.rollbook.escalation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.EmergencyStopWorkflow;
import dev.rollbook.Order;
import dev.rollbook.Outcome;
import dev.rollbook.Release;
import dev.rollbook.ReleaseWorkflow;
import dev.rollbook.RollbackRequest;
import dev.rollbook.RollbackWorkflow;
import dev.rollbook.Run;
import dev.rollbook.SearchAttributes;
import dev.rollbook.Step;
import dev.rollbook.TaskQueues;
import dev.rollbook.TemporalConnection;
import dev.rollbook.decision.Alert;
import dev.rollbook.decision.PlainAftermath;
import dev.rollbook.decision.TellOnCallWorkflow;
import dev.rollbook.escalation.Incident.Trouble;
import dev.rollbook.escalation.OverdueEscalations.Checked;
import dev.rollbook.local.RollbackLocalWorkflow;
import io.temporal.api.enums.v1.IndexedValueType;
import io.temporal.api.testservice.v1.LockTimeSkippingRequest;
import io.temporal.api.testservice.v1.TestServiceGrpc;
import io.temporal.api.testservice.v1.UnlockTimeSkippingRequest;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowFailedException;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import io.temporal.testing.TestEnvironmentOptions;
import io.temporal.testing.TestWorkflowEnvironment;
import io.temporal.worker.Worker;
import io.temporal.worker.WorkerFactory;
import io.temporal.worker.WorkerOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Not a test by its name: `dev/record-histories escalation` runs it, to write what the replay test
 * reads: whatever calls people, and what else is told of escalations.
 */
@Timeout(120)
class RecordedStops {

  private static final String RUN = "rollback:local:shopping-service";
  private static final String ESCALATION = "escalate:local:shopping-service";
  private static final Order ORDER =
      new Order("shopping-service", "local", "it sells at half the price", "kim");
  private static final Path HISTORIES =
      Path.of("src", "test", "resources", "dev", "rollbook", "histories");

  private TestWorkflowEnvironment temporal;
  private WorkflowClient client;

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
    client = temporal.getWorkflowClient();
  }

  @AfterEach
  void stop() {
    temporal.close();
  }

  /** Whoever runs the workflows; the steps may be somebody else's. */
  private void work(WorkerOptions options, Object... activities) {
    Worker worker = temporal.newWorker(TaskQueues.ROLLBOOK, options);
    worker.registerWorkflowImplementationTypes(
        TemporalConnection.workflowOptions(),
        RollbackWorkflow.class,
        RollbackLocalWorkflow.class,
        EmergencyStopWorkflow.class,
        ReleaseWorkflow.class,
        TellOnCallWorkflow.class,
        OverdueEscalationsWorkflow.class,
        EscalateWorkflow.class);
    worker.registerActivitiesImplementations(activities);
    temporal.start();
  }

  private void work(PlainLocal steps) {
    work(
        WorkerOptions.getDefaultInstance(),
        steps,
        new PlainChannels(),
        new PlainAftermath(),
        (OpenEscalations)
            () ->
                List.of(
                    new OpenEscalations.Open(
                        ESCALATION, incident(), Instant.EPOCH, "its workflow task fails")));
  }

  @Test
  void a_failed_rollback_calls_people_and_says_stopped() throws IOException {
    work(new PlainLocal("awaitUp"));

    Run run = run();

    assertThat(run.outcome()).isEqualTo(Outcome.STOPPED);
    assertThat(run.steps()).extracting(Step::id).containsSubsequence("A4", "N1", "S1", "R1");
    write(RUN, "rollback-called");
    write(RUN + "/local", "rollback-local-called");
  }

  @Test
  void a_failed_stop_makes_it_worse() throws IOException {
    work(new PlainLocal("awaitUp", "stopAfterFailure"));

    try {
      throw new AssertionError(run());
    } catch (WorkflowFailedException stopFailed) {
      write(RUN, "rollback-worsened");
      write(RUN + "/local", "rollback-local-worsened");
    }
  }

  @Test
  void a_rollback_that_succeeds_is_told_to_an_open_escalation() throws IOException {
    work(new PlainLocal());
    stub("Escalate", ESCALATION).start(incident(), null);

    assertThat(run().outcome()).isEqualTo(Outcome.ROLLED_BACK);

    write(RUN + "/local", "rollback-local-released");
  }

  @Test
  void a_step_that_no_worker_takes_calls_people() throws IOException {
    work(WorkerOptions.newBuilder().setLocalActivityWorkerOnly(true).build(), new PlainAftermath());
    WorkflowStub run = stub("Rollback", RUN);
    run.start(RollbackRequest.of("shopping-service", "local"));
    awaitStep("P1");
    TestServiceGrpc.TestServiceBlockingStub server =
        TestServiceGrpc.newBlockingStub(temporal.getWorkflowServiceStubs().getRawChannel());
    // the test server holds the time while a step waits for a worker
    server.unlockTimeSkipping(UnlockTimeSkippingRequest.getDefaultInstance());
    temporal.sleep(Duration.ofMinutes(3));
    server.lockTimeSkipping(LockTimeSkippingRequest.getDefaultInstance());
    WorkerFactory late = WorkerFactory.newInstance(client);
    late.newWorker(TaskQueues.ROLLBOOK)
        .registerActivitiesImplementations(
            new PlainLocal(), new PlainAftermath(), new PlainChannels());
    late.start();

    assertThat(run.getResult(Run.class).outcome()).isEqualTo(Outcome.ROLLED_BACK);

    write(RUN + "/local", "rollback-local-waited");
    late.shutdownNow();
  }

  @Test
  void a_stop_by_a_persons_word_and_its_release() throws IOException {
    work(new PlainLocal());
    WorkflowStub stop = stub("EmergencyStop", "stop:local:shopping-service");
    stop.start(ORDER);
    assertThat(stop.getResult(Run.class).outcome()).isEqualTo(Outcome.STOPPED);
    WorkflowStub release = stub("Release", "release:local:shopping-service");
    release.start(ORDER);
    assertThat(release.getResult(Release.Released.class).order().requestedBy()).isEqualTo("kim");

    write("stop:local:shopping-service", "emergency-stop");
    write("release:local:shopping-service", "release");
  }

  @Test
  void an_escalation_that_is_overdue_and_an_alert_that_nothing_is_done_about() throws IOException {
    work(new PlainLocal());
    WorkflowStub check = stub("OverdueEscalations", "overdue");
    check.start();
    assertThat(check.getResult(Checked.class).overdue()).hasSize(1);
    WorkflowStub told = stub("TellOnCall", "quarantined:1");
    Instant now = Instant.ofEpochMilli(temporal.currentTimeMillis());
    told.start(
        new Alert(
            "a",
            Alert.State.FIRING,
            "shopping-service",
            "local",
            dev.rollbook.Severity.HIGH,
            now,
            null,
            now,
            "HighLatency",
            "p99 over 5 s",
            null,
            null),
        "it names no service");
    assertThat((List<?>) told.getResult(List.class)).isNotEmpty();

    write("overdue", "overdue-escalations");
    // beside tell-on-call, from before notices were ended: that one stays as it is
    write("quarantined:1", "tell-on-call-over");
  }

  private void awaitStep(String id) {
    WorkflowStub section = client.newUntypedWorkflowStub(RUN + "/local");
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .ignoreExceptions()
        .until(
            () ->
                section.query("status", Run.class).steps().stream()
                    .anyMatch(step -> step.id().equals(id)));
  }

  private Run run() {
    WorkflowStub run = stub("Rollback", RUN);
    run.start(RollbackRequest.of("shopping-service", "local"));
    return run.getResult(Run.class);
  }

  private WorkflowStub stub(String type, String id) {
    return client.newUntypedWorkflowStub(
        type,
        WorkflowOptions.newBuilder().setTaskQueue(TaskQueues.ROLLBOOK).setWorkflowId(id).build());
  }

  private static Incident incident() {
    return new Incident(
        "plan-0",
        "shopping-service",
        "local",
        "rollback of shopping-service in local failed",
        null,
        Set.of(Trouble.ROLLBACK),
        false,
        "rollback");
  }

  private void write(String id, String name) throws IOException {
    String history = client.fetchHistory(id).toJson(true);
    Files.writeString(
        HISTORIES.resolve(name + ".json"), history.replaceAll("\\d+@[\\w.-]+", "1@worker"));
  }
}

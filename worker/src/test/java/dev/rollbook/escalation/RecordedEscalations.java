package dev.rollbook.escalation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.Abort;
import dev.rollbook.SearchAttributes;
import dev.rollbook.TaskQueues;
import dev.rollbook.TemporalConnection;
import dev.rollbook.escalation.Incident.Trouble;
import io.temporal.api.enums.v1.IndexedValueType;
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
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Not a test by its name: `dev/record-histories escalation` runs it, to write what the replay test
 * reads. Hours of calls are recorded in seconds.
 */
@Timeout(120)
class RecordedEscalations {

  private static final String ID = "escalate:production:shopping-service";
  private static final Path HISTORIES =
      Path.of("src", "test", "resources", "dev", "rollbook", "histories");

  private final PlainChannels channels = new PlainChannels();
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
    Worker worker = temporal.newWorker(TaskQueues.ROLLBOOK);
    worker.registerWorkflowImplementationTypes(
        TemporalConnection.workflowOptions(), EscalateWorkflow.class);
    worker.registerActivitiesImplementations(channels);
    temporal.start();
    client = temporal.getWorkflowClient();
  }

  @AfterEach
  void stop() {
    temporal.close();
  }

  @Test
  void answered_worsened_stopped_and_closed() throws IOException {
    WorkflowStub escalation = started();
    temporal.sleep(Duration.ofMinutes(3));
    escalation.signal("stopped");
    escalation.signal("worsened", incident().worse(Trouble.INFRASTRUCTURE, "no engine there"));
    temporal.sleep(Duration.ofSeconds(5 * 60 + 30));
    answer(escalation);
    temporal.sleep(Duration.ofMinutes(20));
    close(escalation);

    write(escalation, "escalate-closed");
  }

  @Test
  void answered_closed_and_written_into_the_report() throws IOException {
    WorkflowStub escalation = started();
    temporal.sleep(Duration.ofSeconds(30));
    answer(escalation);
    close(escalation);

    write(escalation, "escalate-reported");
  }

  @Test
  void gone_on_in_a_new_history_and_closed() throws IOException {
    WorkflowStub first = started();
    String firstRun = first.getExecution().getRunId();
    WorkflowStub latest = client.newUntypedWorkflowStub(ID);
    do {
      temporal.sleep(Duration.ofMinutes(10));
    } while (latest.describe().getExecution().getRunId().equals(firstRun));
    temporal.sleep(Duration.ofSeconds(21 * 60 + 30));
    answer(latest);
    close(latest);

    write(latest, "escalate-goes-on");
  }

  @Test
  void answered_by_one_level_and_by_nobody_of_another() throws IOException {
    channels.remindAfter = Duration.ZERO;
    WorkflowStub escalation = started();
    escalation.signal("worsened", incident().worse(Trouble.INFRASTRUCTURE, "no engine there"));
    temporal.sleep(Duration.ofSeconds(30));
    answer(escalation);
    temporal.sleep(Duration.ofMinutes(45));
    close(escalation);

    write(escalation, "escalate-one-silent");
  }

  @Test
  void released_quiet_for_days_and_closed() throws IOException {
    channels.remindAfter = Duration.ZERO;
    WorkflowStub escalation = started();
    temporal.sleep(Duration.ofSeconds(30));
    escalation.signal("stopped");
    answer(escalation);
    escalation.signal("released");
    temporal.sleep(Duration.ofDays(2));
    close(escalation);

    write(escalation, "escalate-released");
  }

  @Test
  void without_boards_it_ends_by_itself() throws IOException {
    channels.hasBoards = false;
    channels.remindAfter = Duration.ZERO;
    WorkflowStub escalation = started();
    temporal.sleep(Duration.ofSeconds(30));
    answer(escalation);
    temporal.sleep(Duration.ofDays(2));
    escalation.getResult(Escalation.class);

    write(escalation, "escalate-ended");
  }

  @Test
  void a_board_that_is_down_for_hours_and_a_cancel() throws IOException {
    channels.boardIsDown = true;
    WorkflowStub escalation = started();
    temporal.sleep(Duration.ofMinutes(1));
    escalation.cancel();
    temporal.sleep(Duration.ofHours(5));
    channels.boardIsDown = false;
    temporal.sleep(Duration.ofHours(2));

    assertThat(escalation.describe().getStatus().name()).endsWith("CANCELED");
    write(escalation, "escalate-cancelled");
  }

  @Test
  void taken_up_by_what_fails_once_it_is_closed() throws IOException {
    WorkflowStub escalation = started();
    temporal.sleep(Duration.ofSeconds(30));
    channels.boardIsDown = true;
    escalation.update("close", String.class, new Abort("kim", "mended"));
    client.newUntypedWorkflowStub(ID).signal("worsened", incident());
    temporal.sleep(Duration.ofMinutes(1));
    channels.boardIsDown = false;

    write(escalation, "escalate-taken-up");
    WorkflowStub rest = client.newUntypedWorkflowStub(ID + "/plan-1");
    rest.getResult(Escalation.class);
    write(rest, ID + "/plan-1", "escalate-rest");
  }

  private WorkflowStub started() {
    WorkflowStub escalation =
        client.newUntypedWorkflowStub(
            "Escalate",
            WorkflowOptions.newBuilder()
                .setTaskQueue(TaskQueues.ROLLBOOK)
                .setWorkflowId(ID)
                .build());
    escalation.start(incident());
    temporal.sleep(Duration.ofSeconds(1));
    return escalation;
  }

  private static Incident incident() {
    return new Incident(
        "plan-1",
        "shopping-service",
        "production",
        "rollback of shopping-service in production failed",
        "C3 failed: image missing",
        Set.of(Trouble.ROLLBACK),
        false,
        "rollback");
  }

  private static void answer(WorkflowStub escalation) {
    assertThat(
            escalation.update(
                "acknowledge", String.class, new Acknowledgement("kim", "oncall", "cli", null)))
        .isNotBlank();
  }

  private static void close(WorkflowStub escalation) {
    escalation.update("close", String.class, new Abort("kim", "mended"));
    escalation.getResult(Escalation.class);
  }

  private void write(WorkflowStub escalation, String name) throws IOException {
    write(escalation, ID, name);
  }

  private void write(WorkflowStub escalation, String id, String name) throws IOException {
    String run = escalation.describe().getExecution().getRunId();
    String history = client.fetchHistory(id, run).toJson(true);
    Files.writeString(
        HISTORIES.resolve(name + ".json"), history.replaceAll("\\d+@[\\w.-]+", "1@worker"));
  }
}

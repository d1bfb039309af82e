package dev.rollbook.escalation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rollbook.SearchAttributes;
import dev.rollbook.TaskQueues;
import dev.rollbook.TemporalConnection;
import io.temporal.api.enums.v1.IndexedValueType;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import io.temporal.testing.TestEnvironmentOptions;
import io.temporal.testing.TestWorkflowEnvironment;
import io.temporal.worker.Worker;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What people type by hand must not end the calls. */
@Timeout(120)
class EscalationMessagesTest {

  private TestWorkflowEnvironment temporal;
  private WorkflowStub escalation;

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
    worker.registerActivitiesImplementations(new PlainChannels());
    temporal.start();
    escalation =
        temporal
            .getWorkflowClient()
            .newUntypedWorkflowStub(
                "Escalate",
                WorkflowOptions.newBuilder()
                    .setTaskQueue(TaskQueues.ROLLBOOK)
                    .setWorkflowId("escalate:production:shopping-service")
                    .build());
    escalation.start(Map.of("service", "shopping-service", "environment", "production"));
    temporal.sleep(Duration.ofSeconds(1));
  }

  @AfterEach
  void stop() {
    temporal.close();
  }

  @Test
  void an_answer_with_a_typo_is_refused_and_the_calls_go_on() {
    assertThatThrownBy(() -> escalation.update("acknowledge", String.class, Map.of("bye", "kim")))
        .hasStackTraceContaining("bye");

    temporal.sleep(Duration.ofMinutes(3));
    assertThat(calls()).isEqualTo(2);
  }

  @Test
  void a_signal_with_a_typo_is_passed_over_and_the_calls_go_on() {
    escalation.signal("worsened", Map.of("trouble", "DATABASE"));

    temporal.sleep(Duration.ofMinutes(3));
    assertThat(calls()).isEqualTo(2);
  }

  private long calls() {
    return escalation.query("status", Escalation.class).levels().get(0).calls().stream()
        .filter(call -> call.trouble() == null)
        .count();
  }
}

package dev.rollbook;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rollbook.compose.RollbackComposeWorkflow;
import dev.rollbook.decision.GuardWorkflow;
import dev.rollbook.decision.TellOnCallWorkflow;
import dev.rollbook.escalation.EscalateWorkflow;
import dev.rollbook.escalation.OverdueEscalationsWorkflow;
import dev.rollbook.kubernetes.RollbackKubernetesWorkflow;
import dev.rollbook.local.RollbackLocalWorkflow;
import io.temporal.common.WorkflowExecutionHistory;
import io.temporal.testing.TestEnvironmentOptions;
import io.temporal.testing.TestWorkflowEnvironment;
import io.temporal.testing.WorkflowReplayer;
import io.temporal.worker.Worker;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Runs that were recorded must go on under today's code; `dev/record-histories` records new ones.
 */
@Timeout(120)
class ReplayTest {

  private TestWorkflowEnvironment temporal;
  private Worker worker;

  @BeforeEach
  void start() {
    temporal =
        TestWorkflowEnvironment.newInstance(
            TestEnvironmentOptions.newBuilder()
                .setWorkflowClientOptions(TemporalConnection.clientOptions("default"))
                .build());
    worker = temporal.newWorker(TaskQueues.ROLLBOOK);
    worker.registerWorkflowImplementationTypes(
        TemporalConnection.workflowOptions(),
        RollbackWorkflow.class,
        RollbackLocalWorkflow.class,
        RollbackComposeWorkflow.class,
        RollbackKubernetesWorkflow.class,
        EmergencyStopWorkflow.class,
        ReleaseWorkflow.class,
        EscalateWorkflow.class,
        OverdueEscalationsWorkflow.class,
        TellOnCallWorkflow.class,
        GuardWorkflow.class);
  }

  @AfterEach
  void stop() {
    temporal.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "rollback-rolled-back",
        "rollback-local-rolled-back",
        "rollback-stopped",
        "rollback-local-stopped",
        "rollback-local-alone-kept",
        "rollback-local-alone",
        "rollback-local-checkout-left",
        "rollback-local-checkout-back",
        "rollback-of-compose-rolled-back",
        "rollback-compose-rolled-back",
        "rollback-of-compose-last-look",
        "rollback-compose-last-look",
        "rollback-of-compose-restarted",
        "rollback-compose-restarted",
        "rollback-of-compose-stopped",
        "rollback-compose-stopped",
        "rollback-of-kubernetes-rolled-back",
        "rollback-kubernetes-rolled-back",
        "rollback-of-kubernetes-scaled",
        "rollback-kubernetes-scaled",
        "rollback-of-kubernetes-stopped",
        "rollback-kubernetes-stopped",
        "escalate-closed",
        "escalate-reported",
        "escalate-goes-on",
        "escalate-one-silent",
        "escalate-released",
        "escalate-ended",
        "escalate-cancelled",
        "escalate-taken-up",
        "escalate-rest",
        "rollback-called",
        "rollback-local-called",
        "rollback-worsened",
        "rollback-local-worsened",
        "rollback-local-released",
        "rollback-local-waited",
        "emergency-stop",
        "release",
        "overdue-escalations",
        "tell-on-call",
        "tell-on-call-over",
        "rollback-high-doubted",
        "rollback-high-rolled-back",
        "rollback-medium-rejected",
        "rollback-by-hand-guarded",
        "rollback-high-silent",
        "rollback-high-unended",
        "rollback-medium-forbidden",
        "rollback-medium-over",
        "rollback-medium-gone",
        "rollback-critical-doubted",
        "guard"
      })
  void a_recorded_run_goes_on_under_todays_code(String name) {
    assertThatCode(() -> WorkflowReplayer.replayWorkflowExecution(history(name, "", ""), worker))
        .doesNotThrowAnyException();
  }

  @ParameterizedTest
  @CsvSource({
    "rollback-local-rolled-back, LocalServiceStop, LocalServiceHalt",
    "rollback-local-checkout-back, LocalRepositoryPutBack, LocalRepositoryLeave",
    "rollback-local-alone-kept, RunJournalKeepPlan, RunJournalKeep",
    "rollback-compose-rolled-back, ComposeContainersStop, ComposeContainersHalt",
    "rollback-compose-last-look, ComposeHealthVerify, HealthVerify",
    "rollback-compose-restarted, ComposeContainersRestartStack, ComposeContainersRestart",
    "rollback-kubernetes-rolled-back, KubernetesRolloutUndo, KubernetesRolloutRedo",
    "rollback-kubernetes-scaled, KubernetesRolloutScaleBack, KubernetesRolloutScaleUp",
    "escalate-closed, AnnouncementsAnnounce, AnnouncementsSay",
    "escalate-reported, EscalationReportReport, EscalationReportWrite",
    "escalate-cancelled, AnnouncementsAnnounce, AnnouncementsSay",
    "escalate-released, NoticesFollow, NoticesHush",
    "rollback-local-called, LocalServiceStopAfterFailure, LocalServiceHalt",
    "emergency-stop, LocalEmergencyPin, LocalEmergencyPoint",
    "release, LocalEmergencyRelease, LocalEmergencyFree",
    "overdue-escalations, OpenEscalationsList, OpenEscalationsTell",
    "tell-on-call, NoticesSpool, NoticesKeep",
    "tell-on-call-over, NoticesFollow, NoticesHush",
    "rollback-medium-over, NoticesFollow, NoticesHush",
    "rollback-high-rolled-back, GuardsMayRollBack, GuardsForbid",
    "guard, mayRollBack, mayNotRollBack",
  })
  void a_change_of_the_order_of_steps_is_noticed(String name, String step, String other) {
    assertThatThrownBy(
            () -> WorkflowReplayer.replayWorkflowExecution(history(name, step, other), worker))
        .isInstanceOf(RuntimeException.class);
  }

  private static WorkflowExecutionHistory history(String name, String replaced, String by)
      throws IOException {
    try (InputStream in = ReplayTest.class.getResourceAsStream("histories/" + name + ".json")) {
      String json = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      String told = replaced.isEmpty() ? json : json.replace(replaced, by);
      // an alert's run under another id than its own only starts that one
      return name.matches("rollback-(critical-.*|high-.*|medium-.*|by-hand-.*|called|worsened)")
          ? WorkflowExecutionHistory.fromJson(told, "rollback:local:shopping-service")
          : WorkflowExecutionHistory.fromJson(told);
    }
  }
}

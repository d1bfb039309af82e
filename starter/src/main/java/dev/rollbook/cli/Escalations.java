package dev.rollbook.cli;

import dev.rollbook.TaskQueues;
import dev.rollbook.WorkflowIds;
import dev.rollbook.escalation.Escalation;
import io.temporal.api.enums.v1.WorkflowExecutionStatus;
import io.temporal.client.WorkflowExecutionDescription;
import io.temporal.client.WorkflowFailedException;
import io.temporal.client.WorkflowNotFoundException;
import io.temporal.client.WorkflowStub;
import java.util.List;
import java.util.Optional;

/** The newest escalation of each service, live or ended, as the engine has it. */
final class Escalations {

  private Escalations() {}

  static Optional<Escalation> newest(Session session, String service, String environment) {
    return last(session, WorkflowIds.escalation(service, environment));
  }

  static Optional<Escalation> last(Session session, String id) {
    WorkflowStub stub = session.client().newUntypedWorkflowStub(id);
    try {
      WorkflowExecutionDescription described = stub.describe();
      if (described.getStatus() != WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_RUNNING) {
        return Optional.of(stub.getResult(Escalation.class));
      }
      return session.hasWorker(TaskQueues.ROLLBOOK)
          ? Optional.ofNullable(stub.query("status", Escalation.class))
          : Optional.of(unattended(described));
    } catch (WorkflowFailedException | WorkflowNotFoundException none) {
      return Optional.empty();
    }
  }

  /** Only a worker can tell how it stands, and only a worker calls. */
  private static Escalation unattended(WorkflowExecutionDescription described) {
    String note =
        "no worker polls '"
            + TaskQueues.ROLLBOOK
            + "', so nobody is called: start `rollbook worker`";
    return new Escalation(
        null, null, described.getStartTime(), null, null, List.of(), null, List.of(note));
  }
}

package dev.rollbook.serve;

import dev.rollbook.escalation.Acknowledgement;
import dev.rollbook.escalation.Escalation;
import io.temporal.api.enums.v1.WorkflowExecutionStatus;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowFailedException;
import io.temporal.client.WorkflowNotFoundException;
import io.temporal.client.WorkflowStub;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The escalations in Temporal that a link may answer. */
final class Calls {

  private final WorkflowClient client;
  private final Patience patience = new Patience();

  Calls(WorkflowClient client) {
    this.client = client;
  }

  /**
   * How it stands, or what became of it; empty when there is none.
   *
   * @throws dev.rollbook.decision.TemporalAway when that cannot be told in time
   */
  Optional<Escalation> find(String workflowId) {
    return patience.ask(
        () -> {
          WorkflowStub stub = client.newUntypedWorkflowStub(workflowId);
          try {
            boolean isOpen =
                stub.describe().getStatus()
                    == WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_RUNNING;
            return Optional.ofNullable(
                isOpen
                    ? stub.query("status", Escalation.class)
                    : stub.getResult(Patience.SECONDS, TimeUnit.SECONDS, Escalation.class));
          } catch (WorkflowFailedException | WorkflowNotFoundException none) {
            return Optional.empty();
          }
        });
  }

  /**
   * @throws dev.rollbook.decision.TemporalAway when it is not known whether it was heard
   */
  void acknowledge(String workflowId, Acknowledgement word) throws LinkForm.Refused {
    patience.say(
        () -> client.newUntypedWorkflowStub(workflowId).update("acknowledge", String.class, word),
        "the incident is over: nobody is called any more");
  }
}

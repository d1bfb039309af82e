package dev.rollbook;

import dev.rollbook.escalation.Escalate;
import io.temporal.failure.TemporalException;
import io.temporal.workflow.Workflow;

/** One step, and a word to whoever announces. */
public final class ReleaseWorkflow implements Release {

  @Override
  public Released release(Order order) {
    RollbackRequest request = Requests.checked(order).asRequest();
    CatalogEntry entry = Requests.entryOf(request);
    Workflow.upsertTypedSearchAttributes(
        SearchAttributes.SERVICE.valueSet(order.service()),
        SearchAttributes.ENVIRONMENT.valueSet(order.environment()));
    EmergencySteps steps = new EmergencySteps(new Journal(() -> {}), entry);
    Released released = new Released(order, Requests.lookedUp(() -> steps.release(order)));
    if (entry.escalates()) {
      tellReleased(order);
    }
    return released;
  }

  private static void tellReleased(Order order) {
    String id = WorkflowIds.escalation(order.service(), order.environment());
    try {
      Workflow.newExternalWorkflowStub(Escalate.class, id).released();
    } catch (TemporalException hasEnded) {
      Workflow.getLogger(Release.class).info("{}: nobody to tell of the release", id);
    }
  }
}

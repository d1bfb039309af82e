package dev.rollbook.decision;

import dev.rollbook.Outcome;
import dev.rollbook.RollbackRequest;
import dev.rollbook.Run;
import dev.rollbook.Trigger;
import dev.rollbook.WorkflowIds;
import dev.rollbook.decision.Memory.Rolled;
import io.temporal.workflow.Async;
import io.temporal.workflow.Workflow;

/** What people roll back themselves: the guard hears of it, and forbids nothing. */
public final class ByHand {

  private static final String CHANGE = "tells-guard";

  private ByHand() {}

  /**
   * So that no alert does right away what was done already, or undoes it. Where there is no guard,
   * no alert rolls back either. Nobody waits for it, and nothing fails by it.
   *
   * @param isAgainstGuard whether an alert has asked, the guard forbidden and a person allowed it
   */
  public static void tellGuard(RollbackRequest request, Run ended, boolean isAgainstGuard) {
    boolean hasActed =
        ended.from() != null
            && (ended.outcome() == Outcome.ROLLED_BACK || ended.outcome() == Outcome.STOPPED);
    boolean isByHand = request.trigger() != Trigger.ALERT || isAgainstGuard;
    if (!isByHand || request.dryRun() || !hasActed) {
      return;
    }
    if (Workflow.getVersion(CHANGE, Workflow.DEFAULT_VERSION, 1) == Workflow.DEFAULT_VERSION) {
      return;
    }
    Guard guard = Workflow.newExternalWorkflowStub(Guard.class, WorkflowIds.GUARD);
    Rolled rolled =
        new Rolled(
            Workflow.getInfo().getRunId(),
            ended.service(),
            ended.environment(),
            ended.from().id(),
            null,
            true);
    Workflow.newDetachedCancellationScope(() -> Async.procedure(guard::rolledBackByHand, rolled))
        .run();
  }
}

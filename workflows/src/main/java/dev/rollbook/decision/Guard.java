package dev.rollbook.decision;

import io.temporal.workflow.QueryMethod;
import io.temporal.workflow.SignalMethod;
import io.temporal.workflow.UpdateMethod;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;

/**
 * Keeps alerts from rolling back too much. There is one for all services, under the id {@link
 * dev.rollbook.WorkflowIds#GUARD}; it never ends. What people ask for by hand it does not hinder.
 */
@WorkflowInterface
public interface Guard {

  /**
   * @param soFar null to begin; what it remembers, when it goes on in a new history
   */
  @WorkflowMethod
  void guard(Memory soFar);

  @QueryMethod(description = "What was rolled back lately, and what is frozen.")
  Memory status();

  /** Repeated by the same run it is answered the same. A permission to act is remembered. */
  @UpdateMethod(description = "For runs that an alert has started.")
  Permission mayRollBack(Asked asked);

  /** Nothing was rolled back for these alerts, and is not when they are sent again. */
  @UpdateMethod(description = "For runs that an alert has started.")
  void decided(Asked asked);

  /**
   * Repeated by the same workflow it is answered the same.
   *
   * @return the notice of those alerts that nobody has been told of; from now on they are told
   */
  @UpdateMethod(description = "For what tells people of alerts that nothing is done about.")
  Asked untold(Asked notice);

  /** Repeated by the same run it is known once. */
  @SignalMethod(description = "For runs that a person has started, and that have acted.")
  void rolledBackByHand(Memory.Rolled one);

  /**
   * @throws io.temporal.failure.ApplicationFailure Refused, when by or why is missing
   */
  @UpdateMethod(
      description =
          "No alert rolls back until unfreeze: {\"service\":\"…\",\"by\":\"who\",\"why\":\"reason\"}; without service: of all.")
  String freeze(Freeze word);

  @UpdateMethod(
      description = "Lifts a freeze: {\"service\":\"…\",\"by\":\"who\",\"why\":\"reason\"}.")
  String unfreeze(Freeze word);
}

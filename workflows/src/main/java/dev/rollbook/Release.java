package dev.rollbook;

import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;

/** Lifts a stop: the service runs again as it was before. */
@WorkflowInterface
public interface Release {

  /**
   * {@code {"service":"…","environment":"…","reason":"…","requestedBy":"…"}}. The escalation goes
   * on until somebody closes it; its boards do not say "stopped" any more.
   *
   * @throws io.temporal.failure.ApplicationFailure InvalidRequest, UnknownService at once;
   *     NotStopped when there is no stop of ours; whatever else the step failed with
   */
  @WorkflowMethod
  Released release(Order order);

  /** What was lifted, by whom and why. */
  record Released(Order order, StepReport report) {}
}

package dev.rollbook;

import io.temporal.workflow.QueryMethod;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;

/**
 * The runbook's "긴급 조치" by a person's word: people are called, it is announced, and the service is
 * stopped, without a rollback.
 */
@WorkflowInterface
public interface EmergencyStop {

  /**
   * {@code {"service":"…","environment":"…","reason":"…","requestedBy":"…"}}. A run that is under
   * way is aborted first. Whatever the catalog says of failed rollbacks, this stops.
   *
   * @throws io.temporal.failure.ApplicationFailure InvalidRequest, UnknownService at once;
   *     StopFailed when the service could not be stopped
   */
  @WorkflowMethod
  Run stop(Order order);

  @QueryMethod(description = "The stop so far: steps with what they saw.")
  Run status();
}

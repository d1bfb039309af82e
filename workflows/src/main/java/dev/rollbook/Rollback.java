package dev.rollbook;

import io.temporal.workflow.QueryMethod;
import io.temporal.workflow.SignalMethod;
import io.temporal.workflow.UpdateMethod;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;

/**
 * A whole run: brings one service back to its last good version, proves it, and writes it down.
 * Input {@code {"service":"shopping-service","environment":"local"}} is enough.
 */
@WorkflowInterface
public interface Rollback {

  /**
   * Started under any other workflow id than {@link WorkflowIds#run}, it runs itself under that
   * one, so that a service has at most one run at a time.
   *
   * @throws io.temporal.failure.ApplicationFailure InvalidRequest, UnknownService at once;
   *     StopFailed when a failed rollback could not even be stopped
   */
  @WorkflowMethod
  Run rollBack(RollbackRequest request);

  @QueryMethod(description = "The run so far: plan, findings, steps with what they saw.")
  Run status();

  /**
   * @return what became of it, in words
   * @throws io.temporal.failure.ApplicationFailure Refused, kept in history, when by or why is
   *     missing or the run is past aborting
   */
  @UpdateMethod(description = "Ends the run before its time: {\"by\":\"who\",\"why\":\"reason\"}.")
  String abort(Abort abort);

  /** The same from another workflow, which cannot send updates. Ignored when it comes too late. */
  @SignalMethod(description = "As abort, for workflows.")
  void cutOff(Abort abort);
}

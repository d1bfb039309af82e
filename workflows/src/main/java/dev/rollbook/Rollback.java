package dev.rollbook;

import dev.rollbook.decision.Alert;
import dev.rollbook.decision.Joined;
import io.temporal.workflow.QueryMethod;
import io.temporal.workflow.SignalMethod;
import io.temporal.workflow.UpdateMethod;
import io.temporal.workflow.UpdateValidatorMethod;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;
import java.util.List;

/**
 * A whole run: brings one service back to its last good version, proves it, and writes it down.
 * Input {@code {"service":"shopping-service","environment":"local"}} is enough.
 */
@WorkflowInterface
public interface Rollback {

  /** The type of the failure that asks for the alert again. */
  String RUN_OVER = "RunOver";

  /**
   * In the words of a refusal, of which Temporal does not keep the type: most of the 2,000 updates
   * that it takes are kept for people.
   */
  String FULL = "no more updates of alerts are taken; send signals";

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

  @UpdateMethod(
      description = "Allows the rollback an alert asks for: {\"by\":\"who\",\"why\":\"reason\"}.")
  String approve(Verdict verdict);

  @UpdateMethod(
      description = "Forbids the rollback an alert asks for: {\"by\":\"who\",\"why\":\"reason\"}.")
  String reject(Verdict verdict);

  /**
   * Best sent together with the start, under an update id made of fingerprint, state and start, so
   * that copies of it are one.
   *
   * @throws io.temporal.failure.ApplicationFailure RunOver: it fires when all that is left to do is
   *     to write the run down; sent again, it starts the next one
   */
  @UpdateMethod(description = "An alert of this service joins the run.")
  Joined alert(Alert alert);

  /**
   * Many of them at once: a flood costs no more than a few updates. Copies of one are known by the
   * run.
   *
   * @return of as many as have joined, in their order: the others are to be sent again
   * @throws io.temporal.failure.ApplicationFailure RunOver when none has
   */
  @UpdateMethod(description = "As alert, of several.")
  List<Joined> alerts(List<Alert> alerts);

  @UpdateValidatorMethod(updateName = "alerts")
  void areOfThisService(List<Alert> alerts);

  /** The same without an answer, for when a run takes no more updates. */
  @SignalMethod(description = "As alert, without an answer.")
  void alerted(Alert alert);

  @UpdateValidatorMethod(updateName = "alert")
  void isOfThisService(Alert alert);

  /** The same from another workflow, which cannot send updates. Ignored when it comes too late. */
  @SignalMethod(description = "As abort, for workflows.")
  void cutOff(Abort abort);
}

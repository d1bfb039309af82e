package dev.rollbook.kubernetes;

import dev.rollbook.Abort;
import dev.rollbook.RollbackRequest;
import dev.rollbook.Run;
import dev.rollbook.Verdict;
import io.temporal.workflow.QueryMethod;
import io.temporal.workflow.SignalMethod;
import io.temporal.workflow.UpdateMethod;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;

/** Section C alone: revision, rollout, pods, endpoints, health. */
@WorkflowInterface
public interface RollbackKubernetes {

  @WorkflowMethod
  Run rollBack(RollbackRequest request);

  @QueryMethod(description = "The section so far: plan, findings, steps with what they saw.")
  Run status();

  @UpdateMethod(
      description = "Ends the section before its time: {\"by\":\"who\",\"why\":\"reason\"}.")
  String abort(Abort abort);

  @UpdateMethod(description = "Allows what the section asks: {\"by\":\"who\",\"why\":\"reason\"}.")
  String approve(Verdict verdict);

  @UpdateMethod(description = "Forbids what the section asks: {\"by\":\"who\",\"why\":\"reason\"}.")
  String reject(Verdict verdict);

  /** The same from another workflow, which cannot send updates. Ignored when it comes too late. */
  @SignalMethod(description = "As abort, for workflows.")
  void cutOff(Abort abort);
}

package dev.rollbook;

import io.temporal.activity.ActivityInterface;

/**
 * Unfinished runs on the worker's disk, for an engine that keeps nothing. Each call may run twice
 * with the same effect.
 */
@ActivityInterface(namePrefix = "RunJournal")
public interface RunJournal {

  /** Keeps the request with its plan, before the first change. */
  StepReport keepPlan(RollbackRequest request, Plan plan);

  /** The run has ended: it is not started again. */
  void close(Run run);
}

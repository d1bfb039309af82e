package dev.rollbook;

import io.temporal.failure.TemporalFailure;
import io.temporal.workflow.CancellationScope;
import io.temporal.workflow.Workflow;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * What has to happen if a run fails: registered before the step it guards, since that step may have
 * happened although it failed. All are tried, newest first, none can hide another, and an abort
 * does not reach them.
 */
public final class Compensations {

  private final Deque<Runnable> registered = new ArrayDeque<>();

  public void register(Runnable compensation) {
    registered.push(compensation);
  }

  public boolean isEmpty() {
    return registered.isEmpty();
  }

  /**
   * @return the failures; empty when everything was made good
   */
  public List<TemporalFailure> run() {
    List<TemporalFailure> failures = new ArrayList<>();
    CancellationScope detached =
        Workflow.newDetachedCancellationScope(
            () -> {
              for (Runnable compensation : registered) {
                try {
                  compensation.run();
                } catch (TemporalFailure failure) {
                  failures.add(failure);
                }
              }
            });
    detached.run();
    return failures;
  }

  /** What they guard against did not happen. */
  public void clear() {
    registered.clear();
  }
}

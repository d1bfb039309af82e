package dev.rollbook.kubernetes;

import dev.rollbook.Finding;
import java.util.Optional;
import java.util.function.Supplier;

/** A target that is the very revision which runs now: either it is well, or it is no way back. */
final class RunningTarget {

  private static final String CHECK = "target";

  private final WorkloadState workload;
  private final Optional<String> trouble;

  /**
   * @param trouble is asked for only where all that the controller counts is as it should be; what
   *     is wrong with it all the same
   */
  RunningTarget(WorkloadState workload, Supplier<Optional<String>> trouble) {
    this.workload = workload;
    this.trouble = isCounted() ? trouble.get() : Optional.empty();
  }

  /** Proven, not assumed: nothing is under way, every pod that is wanted is there, and healthy. */
  boolean isWell() {
    return isCounted() && trouble.isEmpty();
  }

  /**
   * What the plan has to say where it is not; empty where the run goes on to mend it.
   *
   * @param retried an earlier rollback to it was begun: it goes on from there
   */
  Optional<Finding> finding(boolean retried) {
    if (isWell() || retried || isStopped()) {
      return Optional.empty();
    }
    WorkloadState.Counts counts = workload.counts();
    boolean isUnderWay =
        !workload.isObserved()
            || counts.updated() < workload.wanted()
            || counts.total() > workload.wanted();
    return Optional.of(
        isUnderWay
            ? Finding.warning(
                CHECK,
                "that is what is being rolled out already; the run waits for it and proves it")
            : Finding.blocker(
                CHECK,
                "that is the very revision that runs now, and %s: going back to it changes nothing; pass another one with --to"
                    .formatted(
                        trouble
                            .map("it is not healthy (%s)"::formatted)
                            .orElse(
                                "%d of %d pods are ready"
                                    .formatted(counts.ready(), workload.wanted())))));
  }

  private boolean isCounted() {
    WorkloadState.Counts counts = workload.counts();
    return workload.isObserved()
        && !isStopped()
        && workload.wanted() > 0
        && counts.total() == workload.wanted()
        && counts.updated() == workload.wanted()
        && counts.ready() == workload.wanted()
        && counts.available() == workload.wanted();
  }

  private boolean isStopped() {
    return workload.annotations().containsKey(OwnAnnotations.STOPPED_BY)
        || workload.annotations().containsKey(OwnAnnotations.REPLICAS);
  }
}

package dev.rollbook.kubernetes;

import dev.rollbook.Failures;
import dev.rollbook.PinnedService;
import dev.rollbook.kubernetes.ClusterFailure.Conflict;
import java.util.Optional;
import java.util.function.Function;

/** The very workload that was pinned: not another of the same name. */
final class PinnedWorkload {

  private static final int LOOKS = 5;

  private final Cluster cluster;
  private final PinnedService service;
  private final KubernetesPin pin;

  PinnedWorkload(Cluster cluster, PinnedService service) {
    this.cluster = cluster;
    this.service = service;
    this.pin = service.kubernetes();
  }

  /**
   * @throws io.temporal.failure.ApplicationFailure TargetMissing when it is gone; NewerDeploy when
   *     another one has its name
   */
  WorkloadState look() {
    WorkloadState now =
        WorkloadState.find(cluster, pin.namespace(), pin.workload(), pin.name())
            .orElseThrow(
                () ->
                    Failures.hopeless(
                        "TargetMissing",
                        "%s in namespace %s is gone: somebody deleted it after the plan. Deploy it anew."
                            .formatted(pin.resource(), pin.namespace())));
    if (!now.uid().equals(pin.uid())) {
      throw Failures.hopeless(
          "NewerDeploy",
          "%s in namespace %s is another one now (uid %s; planned for %s): somebody deleted and created it after the plan. Look at it, then run again."
              .formatted(pin.resource(), pin.namespace(), now.uid(), pin.uid()));
    }
    return now;
  }

  /**
   * Looks, and writes what is wanted; when somebody wrote in between, looks again.
   *
   * @param wanted decides by what is there; empty: it is so already
   * @return how the workload is in the end
   * @throws Conflict when somebody wrote in between each time
   */
  WorkloadState change(Function<WorkloadState, Optional<GuardedPatch>> wanted) {
    for (int look = 1; ; look++) {
      WorkloadState now = look();
      Optional<GuardedPatch> patch = wanted.apply(now);
      if (patch.isEmpty()) {
        return now;
      }
      try {
        return patch.get().send(cluster);
      } catch (Conflict e) {
        if (look == LOOKS) {
          throw e;
        }
      }
    }
  }

  /**
   * The fence: what is late of a plan that ended with the service stopped starts nothing again, nor
   * does a plan that was made before a stop and did not know of it.
   *
   * @throws io.temporal.failure.ApplicationFailure Stopped
   */
  void refuseIfStopped(WorkloadState now) {
    if (EndedPlans.contain(now, service.planId())) {
      throw Failures.hopeless(
          "Stopped",
          "%s was stopped when this rollback failed: this plan (%s) changes nothing any more. Start a new run."
              .formatted(pin.resource(), service.planId()));
    }
    String stop = now.annotations().get(OwnAnnotations.STOPPED_BY);
    if (stop != null && !stop.equals(service.standingStop())) {
      throw Failures.hopeless(
          "Stopped",
          "%s was stopped by Rollbook after this run was planned: nothing of it is started. Start a new run."
              .formatted(pin.resource()));
    }
  }
}

package dev.rollbook.kubernetes;

import dev.rollbook.Elapsed;
import dev.rollbook.PinnedService;
import dev.rollbook.kubernetes.ClusterFailure.Conflict;
import dev.rollbook.local.Pause;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A StatefulSet's pods that never get ready on the bad revision, or on one before it that was no
 * better: its controller waits for them for ever, even when the template is good again.
 */
final class StuckPods {

  private static final int LOOKS = 5;
  private static final Duration SEEN_WITHIN = Duration.ofSeconds(20);
  private static final Duration LOOK_EVERY = Duration.ofMillis(100);

  private final Cluster cluster;
  private final KubernetesPin pin;
  private final PinnedWorkload workload;
  private final PinnedTemplate template;

  StuckPods(Cluster cluster, PinnedService service, PinnedWorkload workload) {
    this.cluster = cluster;
    this.pin = service.kubernetes();
    this.workload = workload;
    this.template = new PinnedTemplate(cluster, service);
  }

  /**
   * Returns the names of those that it removed; a pod that got ready meanwhile stays.
   *
   * @throws io.temporal.failure.ApplicationFailure NewerDeploy, Reverted, Stopped: then the pods
   *     are not ours to remove
   */
  List<String> remove() {
    List<String> removed = new ArrayList<>();
    for (int look = 1; ; look++) {
      WorkloadState now = awaitSeen();
      workload.refuseIfStopped(now);
      if (!template.isTarget(now)) {
        throw template.replaced(now);
      }
      try {
        for (Pod pod : WorkloadPods.of(cluster, now, Revisions.of(cluster, now))) {
          if (isStuck(pod)) {
            remove(pod);
            removed.add(pod.getMetadata().getName());
          }
        }
        return removed;
      } catch (Conflict e) {
        if (look == LOOKS) {
          throw e;
        }
      }
    }
  }

  /** Before its controller has seen the template, it would make the bad pod anew. */
  private WorkloadState awaitSeen() {
    long until = System.nanoTime() + SEEN_WITHIN.toNanos();
    WorkloadState now = workload.look();
    while (!now.isObserved()) {
      if (System.nanoTime() > until) {
        throw new IllegalStateException(
            "%s: its controller has not seen the new template within %s; is the cluster's controller manager running?"
                .formatted(pin.resource(), Elapsed.describe(SEEN_WITHIN)));
      }
      Pause.of(LOOK_EVERY);
      now = workload.look();
    }
    return now;
  }

  private boolean isStuck(Pod pod) {
    return !WorkloadPods.isOf(pod, pin.hash())
        && !WorkloadPods.isReady(pod)
        && !WorkloadPods.isLeaving(pod);
  }

  /** Exactly the pod that was seen, as it was seen: one that got ready has another version. */
  private void remove(Pod pod) {
    cluster.find(
        "delete pod " + pod.getMetadata().getName(),
        client ->
            client
                .pods()
                .inNamespace(pod.getMetadata().getNamespace())
                .withName(pod.getMetadata().getName())
                .lockResourceVersion(pod.getMetadata().getResourceVersion())
                .delete());
  }
}

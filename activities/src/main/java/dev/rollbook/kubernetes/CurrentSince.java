package dev.rollbook.kubernetes;

import dev.rollbook.kubernetes.KubernetesPin.Workload;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Since when a revision is what runs. An undo makes an old revision current again, so that its own
 * age says nothing: its pods tell. But a drained node or an autoscaler makes pods anew: of a
 * Deployment, the end of its rollout still stands in its status then; of the others, the newest
 * revision has run since it was made.
 */
final class CurrentSince {

  private static final String PROGRESSING = "Progressing";
  private static final String ROLLED_OUT = "NewReplicaSetAvailable";

  private CurrentSince() {}

  /**
   * @param all of the workload
   * @param pods of the workload, of whatever revision
   */
  static Instant of(WorkloadState workload, Revision current, List<Revision> all, List<Pod> pods) {
    Stream<Instant> created =
        pods.stream()
            .filter(pod -> WorkloadPods.isOf(pod, current.hash()))
            .map(pod -> Instant.parse(pod.getMetadata().getCreationTimestamp()));
    Optional<Instant> known =
        workload.kind() == Workload.DEPLOYMENT ? rolledOut(workload) : made(current, all);
    return Stream.concat(created, known.stream())
        .min(Comparator.naturalOrder())
        .orElse(current.created());
  }

  /** A controller makes no revision anew that it has already: an undo leaves a younger one. */
  private static Optional<Instant> made(Revision current, List<Revision> all) {
    return Optional.of(current.created())
        .filter(at -> all.stream().noneMatch(each -> each.created().isAfter(at)));
  }

  /** Of the rollout of what the template is now; scaling and lost pods change nothing of it. */
  private static Optional<Instant> rolledOut(WorkloadState workload) {
    return workload.isObserved()
            && workload.object() instanceof Deployment deployment
            && deployment.getStatus() != null
        ? deployment.getStatus().getConditions().stream()
            .filter(each -> PROGRESSING.equals(each.getType()))
            .filter(each -> ROLLED_OUT.equals(each.getReason()))
            .map(each -> Instant.parse(each.getLastUpdateTime()))
            .findFirst()
        : Optional.empty();
  }
}

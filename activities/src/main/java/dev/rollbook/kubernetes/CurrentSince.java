package dev.rollbook.kubernetes;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Since when a revision is what runs. An undo makes an old revision current again, so that its own
 * age says nothing: its pods tell. But a drained node or an autoscaler makes pods anew; of a
 * Deployment, the end of its rollout still stands in its status then.
 */
final class CurrentSince {

  private static final String PROGRESSING = "Progressing";
  private static final String ROLLED_OUT = "NewReplicaSetAvailable";

  private CurrentSince() {}

  /**
   * @param pods of the workload, of whatever revision
   */
  static Instant of(WorkloadState workload, Revision current, List<Pod> pods) {
    return Stream.concat(
            pods.stream()
                .filter(pod -> WorkloadPods.isOf(pod, current.hash()))
                .map(pod -> Instant.parse(pod.getMetadata().getCreationTimestamp())),
            rolledOut(workload).stream())
        .min(Comparator.naturalOrder())
        .orElse(current.created());
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

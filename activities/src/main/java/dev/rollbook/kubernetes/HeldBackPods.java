package dev.rollbook.kubernetes;

import dev.rollbook.kubernetes.RolloutFault.Origin;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Pods of other revisions that a workload's update strategy leaves to people. */
final class HeldBackPods {

  private HeldBackPods() {}

  /** Only once all else has come to rest. */
  static Optional<RolloutFault> find(WorkloadState now, RolloutPods pods) {
    List<String> old = pods.others().stream().map(ServicePod::name).toList();
    if (!now.isObserved() || !pods.areQuiet() || old.isEmpty()) {
      return Optional.empty();
    }
    return byHand(now)
        .map(
            why ->
                new RolloutFault(
                    Origin.STRATEGY,
                    "strategy",
                    why.formatted(String.join(", ", old)),
                    List.of(),
                    Duration.ofSeconds(2)));
  }

  private static Optional<String> byHand(WorkloadState now) {
    String onDelete = "it is OnDelete, so that the old pods go only when somebody deletes them: %s";
    if (now.object() instanceof DaemonSet set) {
      var strategy = set.getSpec().getUpdateStrategy();
      return strategy != null && "OnDelete".equals(strategy.getType())
          ? Optional.of(onDelete)
          : Optional.empty();
    }
    if (!(now.object() instanceof StatefulSet set) || set.getSpec().getUpdateStrategy() == null) {
      return Optional.empty();
    }
    var strategy = set.getSpec().getUpdateStrategy();
    if ("OnDelete".equals(strategy.getType())) {
      return Optional.of(onDelete);
    }
    Integer partition =
        strategy.getRollingUpdate() == null ? null : strategy.getRollingUpdate().getPartition();
    return partition == null || partition == 0
        ? Optional.empty()
        : Optional.of(
            "its partition is "
                + partition
                + ", so that pods below that ordinal keep their revision: %s. Set it to 0, then run again");
  }
}

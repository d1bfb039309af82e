package dev.rollbook.kubernetes;

import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import java.util.Optional;

/**
 * How new pods take the place of old ones.
 *
 * @param maxUnavailable how many pods may be missing meanwhile
 * @param caution what is to be known before; empty when it goes by itself, one after the other
 */
record WorkloadStrategy(int maxUnavailable, Optional<String> caution) {

  private static final String ON_DELETE = "OnDelete";

  static WorkloadStrategy of(WorkloadState workload) {
    if (workload.object() instanceof Deployment deployment) {
      return of(deployment, workload.wanted());
    }
    return workload.object() instanceof StatefulSet set
        ? of(set)
        : of((DaemonSet) workload.object());
  }

  private static WorkloadStrategy of(Deployment deployment, int wanted) {
    var strategy = deployment.getSpec().getStrategy();
    if (strategy == null || strategy.getRollingUpdate() == null) {
      return new WorkloadStrategy(
          wanted,
          Optional.of(
              "strategy Recreate: all pods end before the first new one starts, so nothing serves meanwhile"));
    }
    IntOrString missing = strategy.getRollingUpdate().getMaxUnavailable();
    int most = missing == null ? 0 : count(missing, wanted);
    boolean hasSurge = !isZero(strategy.getRollingUpdate().getMaxSurge());
    return new WorkloadStrategy(hasSurge ? most : Math.max(1, most), Optional.empty());
  }

  /** A percentage is rounded down, as the controller does. */
  private static int count(IntOrString amount, int wanted) {
    if (amount.getIntVal() != null) {
      return amount.getIntVal();
    }
    return wanted * Integer.parseInt(amount.getStrVal().replace("%", "").strip()) / 100;
  }

  /** A percentage is rounded up here; where it is 0, one pod may be missing in any case. */
  private static boolean isZero(IntOrString surge) {
    return surge != null && count(surge, 100) == 0;
  }

  private static WorkloadStrategy of(StatefulSet set) {
    var strategy = set.getSpec().getUpdateStrategy();
    if (strategy != null && ON_DELETE.equals(strategy.getType())) {
      return onDelete();
    }
    Integer partition =
        strategy == null || strategy.getRollingUpdate() == null
            ? null
            : strategy.getRollingUpdate().getPartition();
    return new WorkloadStrategy(
        1,
        partition == null || partition == 0
            ? Optional.empty()
            : Optional.of(
                "partition %d: pods below that ordinal keep the revision they have; set it to 0 for all to go back"
                    .formatted(partition)));
  }

  private static WorkloadStrategy of(DaemonSet set) {
    var strategy = set.getSpec().getUpdateStrategy();
    return strategy != null && ON_DELETE.equals(strategy.getType())
        ? onDelete()
        : new WorkloadStrategy(1, Optional.empty());
  }

  private static WorkloadStrategy onDelete() {
    return new WorkloadStrategy(
        1,
        Optional.of(
            "update strategy OnDelete: a pod goes back only when somebody deletes it; the rollout waits for that"));
  }
}

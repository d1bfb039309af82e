package dev.rollbook.kubernetes;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.DaemonSetStatus;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentStatus;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSetStatus;

/** How far the cluster is with a shop's workload: written anew, to judge Rollbook's by. */
final class ShopRollout {

  private ShopRollout() {}

  static PodTemplateSpec template(HasMetadata workload) {
    if (workload instanceof Deployment deployment) {
      return deployment.getSpec().getTemplate();
    }
    return workload instanceof StatefulSet statefulSet
        ? statefulSet.getSpec().getTemplate()
        : ((DaemonSet) workload).getSpec().getTemplate();
  }

  static int wanted(HasMetadata workload) {
    if (workload instanceof Deployment deployment) {
      return deployment.getSpec().getReplicas();
    }
    return workload instanceof StatefulSet statefulSet ? statefulSet.getSpec().getReplicas() : 1;
  }

  static boolean isComplete(HasMetadata workload) {
    long generation = workload.getMetadata().getGeneration();
    int wanted = wanted(workload);
    if (workload instanceof Deployment deployment) {
      DeploymentStatus status = deployment.getStatus();
      return is(status.getObservedGeneration(), generation)
          && is(status.getReplicas(), wanted)
          && is(status.getUpdatedReplicas(), wanted)
          && is(status.getAvailableReplicas(), wanted);
    }
    if (workload instanceof StatefulSet statefulSet) {
      StatefulSetStatus status = statefulSet.getStatus();
      return is(status.getObservedGeneration(), generation)
          && is(status.getReadyReplicas(), wanted)
          && status.getUpdateRevision().equals(status.getCurrentRevision());
    }
    DaemonSetStatus status = ((DaemonSet) workload).getStatus();
    return is(status.getObservedGeneration(), generation)
        && is(status.getUpdatedNumberScheduled(), wanted)
        && is(status.getNumberAvailable(), wanted);
  }

  private static boolean is(Number seen, long wanted) {
    return (seen == null ? 0 : seen.longValue()) == wanted;
  }
}

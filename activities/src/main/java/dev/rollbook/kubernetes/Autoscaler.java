package dev.rollbook.kubernetes;

import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import java.util.List;

/** Who else decides how many pods are wanted. */
final class Autoscaler {

  private final Cluster cluster;
  private final WorkloadState workload;

  Autoscaler(Cluster cluster, WorkloadState workload) {
    this.cluster = cluster;
    this.workload = workload;
  }

  /** What it does about a scaling to 0; empty when there is none, or none that we may see. */
  String words() {
    return all().stream()
        .filter(this::scales)
        .findFirst()
        .map(
            each ->
                "; the HorizontalPodAutoscaler %s (%d to %d pods) stands still while 0 are wanted, and goes on after"
                    .formatted(
                        each.getMetadata().getName(),
                        each.getSpec().getMinReplicas() == null
                            ? 1
                            : each.getSpec().getMinReplicas(),
                        each.getSpec().getMaxReplicas()))
        .orElse("");
  }

  private List<HorizontalPodAutoscaler> all() {
    try {
      return cluster.call(
          "list horizontalpodautoscalers",
          client ->
              client
                  .autoscaling()
                  .v2()
                  .horizontalPodAutoscalers()
                  .inNamespace(workload.namespace())
                  .list()
                  .getItems());
    } catch (ClusterFailure e) {
      return List.of(); // it is only told
    }
  }

  private boolean scales(HorizontalPodAutoscaler each) {
    var scaled = each.getSpec().getScaleTargetRef();
    return scaled.getKind().equals(workload.kind().kind())
        && scaled.getName().equals(workload.name());
  }
}

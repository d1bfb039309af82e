package dev.rollbook.kubernetes;

import dev.rollbook.Finding;
import dev.rollbook.kubernetes.ClusterFailure.PermissionDenied;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import java.util.Optional;

/** Who else decides how many pods are wanted. */
final class Autoscaler {

  private static final String CHECK = "autoscaler";

  private final Cluster cluster;
  private final WorkloadState workload;

  Autoscaler(Cluster cluster, WorkloadState workload) {
    this.cluster = cluster;
    this.workload = workload;
  }

  /** What it does about a scaling to 0; empty when there is none, or none that we may see. */
  String words() {
    return find()
        .map(
            each ->
                "; the HorizontalPodAutoscaler %s stands still while 0 are wanted, and goes on after"
                    .formatted(each.getMetadata().getName() + " (" + range(each) + " pods)"))
        .orElse("");
  }

  /** Below which it lets no count but 0; 0 when there is none, or none that we may see. */
  int least() {
    return find().map(Autoscaler::least).orElse(0);
  }

  /** For preflight: that the count is its own. Not being allowed to look is said elsewhere. */
  Optional<Finding> finding() {
    try {
      return scaling()
          .map(
              each ->
                  Finding.ok(
                      CHECK,
                      "%s wants %s pods; the rollback leaves the count to it, which stands still at 0"
                          .formatted(each.getMetadata().getName(), range(each))));
    } catch (PermissionDenied e) {
      return Optional.empty();
    } catch (ClusterFailure e) {
      return Optional.of(
          Finding.warning(
              CHECK,
              "whether a HorizontalPodAutoscaler wants more pods is not known: " + e.getMessage()));
    }
  }

  private static String range(HorizontalPodAutoscaler each) {
    return least(each) + " to " + each.getSpec().getMaxReplicas();
  }

  private static int least(HorizontalPodAutoscaler each) {
    Integer least = each.getSpec().getMinReplicas();
    return least == null ? 1 : least;
  }

  private Optional<HorizontalPodAutoscaler> find() {
    try {
      return scaling();
    } catch (ClusterFailure e) {
      return Optional.empty(); // preflight has told that
    }
  }

  private Optional<HorizontalPodAutoscaler> scaling() {
    return cluster
        .call(
            "list horizontalpodautoscalers",
            client ->
                client
                    .autoscaling()
                    .v2()
                    .horizontalPodAutoscalers()
                    .inNamespace(workload.namespace())
                    .list()
                    .getItems())
        .stream()
        .filter(this::scales)
        .findFirst();
  }

  private boolean scales(HorizontalPodAutoscaler each) {
    var scaled = each.getSpec().getScaleTargetRef();
    return scaled.getKind().equals(workload.kind().kind())
        && scaled.getName().equals(workload.name());
  }
}

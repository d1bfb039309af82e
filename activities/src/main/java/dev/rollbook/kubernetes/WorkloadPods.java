package dev.rollbook.kubernetes;

import dev.rollbook.kubernetes.KubernetesPin.Workload;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.List;

/** A workload's own pods: those that it, or one of its ReplicaSets, controls. */
final class WorkloadPods {

  private static final String TEMPLATE_HASH = "pod-template-hash";
  private static final String REVISION_HASH = "controller-revision-hash";

  private WorkloadPods() {}

  static List<Pod> of(Cluster cluster, WorkloadState workload, Revisions revisions) {
    List<String> owners =
        workload.kind() == Workload.DEPLOYMENT
            ? revisions.all().stream().map(Revision::uid).toList()
            : List.of(workload.uid());
    return cluster
        .call(
            "list pods",
            client ->
                client
                    .pods()
                    .inNamespace(workload.namespace())
                    .withLabelSelector(workload.selector())
                    .list()
                    .getItems())
        .stream()
        .filter(pod -> owners.stream().anyMatch(uid -> Revisions.isControlledBy(pod, uid)))
        .toList();
  }

  /** By the label that its revision's pods carry. */
  static boolean isOf(Pod pod, String hash) {
    var labels = pod.getMetadata().getLabels();
    return hash != null
        && (hash.equals(labels.get(TEMPLATE_HASH)) || hash.equals(labels.get(REVISION_HASH)));
  }

  static boolean isReady(Pod pod) {
    return pod.getStatus() != null
        && pod.getStatus().getConditions().stream()
            .anyMatch(
                condition ->
                    "Ready".equals(condition.getType()) && "True".equals(condition.getStatus()));
  }

  static boolean isLeaving(Pod pod) {
    return pod.getMetadata().getDeletionTimestamp() != null;
  }
}

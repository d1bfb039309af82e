package dev.rollbook.kubernetes;

import dev.rollbook.PinnedService;
import dev.rollbook.kubernetes.KubernetesPin.Workload;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A workload's own pods in the middle of a rollout. Those of others with the same labels are left
 * out, and so are those that have ended and only lie about.
 *
 * @param target those of the target that stay
 * @param others those of other revisions, on their way out or not
 */
record RolloutPods(List<ServicePod> target, List<ServicePod> others) {

  RolloutPods {
    target = List.copyOf(target);
    others = List.copyOf(others);
  }

  static RolloutPods of(Cluster cluster, WorkloadState workload, PinnedService service) {
    List<ServicePod> target = new ArrayList<>();
    List<ServicePod> others = new ArrayList<>();
    for (ServicePod pod : all(cluster, workload)) {
      if (!isOfTarget(pod, service)) {
        others.add(pod);
      } else if (!pod.isEnding()) {
        target.add(pod);
      }
    }
    return new RolloutPods(target, others);
  }

  /** Every pod of the workload that runs or may run, by name; those on their way out too. */
  static List<ServicePod> all(Cluster cluster, WorkloadState workload) {
    Set<String> owners =
        workload.kind() == Workload.DEPLOYMENT
            ? replicaSets(cluster, workload)
            : Set.of(workload.uid());
    List<Pod> pods =
        cluster.call(
            "list pods",
            client ->
                client
                    .pods()
                    .inNamespace(workload.namespace())
                    .withLabelSelector(workload.selector())
                    .list()
                    .getItems());
    return pods.stream()
        .filter(pod -> owners.stream().anyMatch(uid -> Revisions.isControlledBy(pod, uid)))
        .map(ServicePod::new)
        .filter(pod -> pod.isEnding() || !pod.hasEnded())
        .sorted(Comparator.comparing(ServicePod::name))
        .toList();
  }

  /** Also of those whose revision number cannot be read: their pods run like others. */
  private static Set<String> replicaSets(Cluster cluster, WorkloadState workload) {
    return cluster
        .call(
            "list replicasets",
            client ->
                client
                    .apps()
                    .replicaSets()
                    .inNamespace(workload.namespace())
                    .withLabelSelector(workload.selector())
                    .list()
                    .getItems())
        .stream()
        .filter(set -> Revisions.isControlledBy(set, workload))
        .map(set -> set.getMetadata().getUid())
        .collect(Collectors.toSet());
  }

  private static boolean isOfTarget(ServicePod pod, PinnedService service) {
    KubernetesPin pin = service.kubernetes();
    return pin.workload() == Workload.DEPLOYMENT
        ? Revisions.isControlledBy(pod.pod(), service.target().id())
        : pin.hash().equals(pod.pod().getMetadata().getLabels().get(Revisions.REVISION_HASH));
  }

  boolean areReady(int wanted) {
    return target.size() == wanted && target.stream().allMatch(ServicePod::isReady);
  }

  /** Nothing is on its way: none starts, none ends. */
  boolean areQuiet() {
    return target.stream().allMatch(ServicePod::isReady)
        && others.stream().noneMatch(ServicePod::isEnding);
  }

  /** One line each. */
  String describe() {
    return Stream.concat(
            target.stream().map(pod -> pod.name() + ": " + pod.words()),
            others.stream().map(pod -> pod.name() + " (another revision): " + pod.words()))
        .collect(Collectors.joining("\n"));
  }
}

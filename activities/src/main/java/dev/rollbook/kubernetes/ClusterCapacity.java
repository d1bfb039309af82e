package dev.rollbook.kubernetes;

import dev.rollbook.Finding;
import dev.rollbook.kubernetes.ClusterFailure.PermissionDenied;
import dev.rollbook.kubernetes.KubernetesPin.Workload;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Whether the target's pods, as many as are wanted, have room once the present ones are gone, and
 * the first of them beside those. A look that fails holds up no rollback.
 */
final class ClusterCapacity {

  static final String CHECK = "capacity";

  private final Cluster cluster;
  private final WorkloadState workload;
  private final List<Pod> pods;
  private final Revision target;
  private final int wanted;

  /**
   * @param pods that the workload has now
   * @param wanted how many; where there is an autoscaler, at least as many as it lets be wanted
   */
  ClusterCapacity(
      Cluster cluster, WorkloadState workload, List<Pod> pods, Revision target, int wanted) {
    this.cluster = cluster;
    this.workload = workload;
    this.pods = List.copyOf(pods);
    this.target = target;
    this.wanted = wanted;
  }

  List<Finding> findings() {
    List<Finding> findings = new ArrayList<>();
    String seen = "%d pod(s) of the target fit".formatted(wanted);
    try {
      findings.addAll(
          QuotaRoom.of(cluster, workload.namespace(), pods)
              .findings(template(), wanted, startsOneMore()));
      seen += " the namespace's quotas";
    } catch (PermissionDenied e) {
      findings.add(
          Finding.warning(CHECK, "the namespace's quotas may not be listed, so nobody looked"));
    } catch (ClusterFailure e) {
      findings.add(unknown("what the namespace's quotas leave", e));
    }
    if (workload.kind() != Workload.DAEMONSET && wanted > 0) {
      try {
        NodeRoom nodes = NodeRoom.of(cluster);
        Set<String> unknown = givenByOthers(nodes);
        nodes(nodes.without(unknown)).ifPresent(findings::add);
        if (!unknown.isEmpty()) {
          findings.add(
              Finding.warning(
                  CHECK,
                  "no node names %s, which the present version asks for too, so nobody looked whether there is room for it"
                      .formatted(String.join(", ", unknown))));
        }
        seen += " and the nodes";
      } catch (PermissionDenied e) {
        findings.add(
            Finding.warning(
                CHECK,
                "nodes and other namespaces' pods may not be listed, so nobody looked whether they have room"));
      } catch (ClusterFailure e) {
        findings.add(unknown("whether the nodes have room", e));
      }
    }
    return findings.isEmpty() ? List.of(Finding.ok(CHECK, seen)) : findings;
  }

  private static Finding unknown(String what, ClusterFailure why) {
    return Finding.warning(CHECK, what + " is not known: " + why.getMessage());
  }

  private PodSpec template() {
    return target.template().getSpec();
  }

  /** DRA's extended resources, or what only a scheduler's extender counts: no node tells these. */
  private Set<String> givenByOthers(NodeRoom nodes) {
    Set<String> unnamed = nodes.unnamed(template());
    unnamed.retainAll(PodRequests.resources(workload.template().getSpec()));
    return unnamed;
  }

  private Optional<Finding> nodes(NodeRoom nodes) {
    long room = nodes.count(template(), pods, wanted);
    if (room == 0) {
      return Optional.of(
          Finding.blocker(
              CHECK,
              "no node takes a pod of the target, even with the present ones gone (resources, taints, selector, affinity): the rollback would only take away what serves. Add or free a node"));
    }
    if (room < wanted) {
      return Optional.of(
          Finding.warning(
              CHECK,
              "the nodes have room for %d pod(s) of the target, %d are wanted: the others stay Pending until nodes are added or freed"
                  .formatted(room, wanted)));
    }
    return startsOneMore() && nodes.count(template(), goingFirst(), 1) == 0
        ? Optional.of(
            Finding.warning(
                CHECK,
                "no node has room for one more pod of the target beside the present ones, which the rollout starts before it ends an old one: it would stay Pending. Add or free a node, or let a pod be missing meanwhile (maxUnavailable: 1)"))
        : Optional.empty();
  }

  /** No pod may be missing meanwhile, so that a new one comes first; unless all are there. */
  private boolean startsOneMore() {
    return WorkloadStrategy.of(workload).maxUnavailable() == 0
        && pods.stream().filter(pod -> isOfTarget(pod) && !WorkloadPods.isLeaving(pod)).count()
            < wanted;
  }

  /** Of more pods than are wanted, those that serve nothing go before a new one comes. */
  private List<Pod> goingFirst() {
    boolean areTooMany = pods.size() > workload.wanted();
    return pods.stream()
        .filter(
            pod ->
                WorkloadPods.isLeaving(pod)
                    || areTooMany && !WorkloadPods.isReady(pod) && !isOfTarget(pod))
        .toList();
  }

  private boolean isOfTarget(Pod pod) {
    return WorkloadPods.isOf(pod, target.hash());
  }
}

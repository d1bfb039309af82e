package dev.rollbook.kubernetes;

import dev.rollbook.Finding;
import dev.rollbook.kubernetes.ClusterFailure.PermissionDenied;
import dev.rollbook.kubernetes.KubernetesPin.Workload;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceQuota;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Whether the target's pods, as many as are wanted, have room once the present ones are gone. */
final class ClusterCapacity {

  private static final String CHECK = "capacity";

  private final Cluster cluster;
  private final WorkloadState workload;
  private final List<Pod> pods;
  private final PodSpec target;
  private final int wanted;

  /**
   * @param pods that the workload has now
   * @param target what its pods will be
   * @param wanted how many
   */
  ClusterCapacity(
      Cluster cluster, WorkloadState workload, List<Pod> pods, PodSpec target, int wanted) {
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
      for (ResourceQuota quota : quotas()) {
        findings.addAll(findings(quota));
      }
      seen += " the namespace's quotas";
    } catch (PermissionDenied e) {
      findings.add(
          Finding.warning(CHECK, "the namespace's quotas may not be listed, so nobody looked"));
      seen += " (quotas not looked at)";
    }
    if (workload.kind() != Workload.DAEMONSET) {
      try {
        long room = room();
        if (room < wanted) {
          findings.add(
              Finding.warning(
                  CHECK,
                  "the nodes have room for %d pod(s) of the target, %d are wanted: the others stay Pending until nodes are added or freed"
                      .formatted(room, wanted)));
        }
        seen += " and the nodes";
      } catch (PermissionDenied e) {
        seen += "; nodes and other namespaces' pods may not be listed, so nobody looked at these";
      }
    }
    return findings.isEmpty() ? List.of(Finding.ok(CHECK, seen)) : findings;
  }

  private List<ResourceQuota> quotas() {
    return cluster
        .call(
            "list resourcequotas",
            client -> client.resourceQuotas().inNamespace(workload.namespace()).list().getItems())
        .stream()
        .filter(quota -> quota.getStatus() != null && quota.getStatus().getHard() != null)
        // those with scopes count some pods only
        .filter(
            quota ->
                quota.getSpec().getScopes().isEmpty() && quota.getSpec().getScopeSelector() == null)
        .toList();
  }

  private List<Finding> findings(ResourceQuota quota) {
    List<Finding> findings = new ArrayList<>();
    quota
        .getStatus()
        .getHard()
        .forEach(
            (resource, hard) -> {
              BigDecimal each = PodRequests.counted(target, resource);
              BigDecimal held =
                  pods.stream()
                      .map(pod -> PodRequests.counted(pod.getSpec(), resource))
                      .reduce(BigDecimal.ZERO, BigDecimal::add);
              Quantity used = quota.getStatus().getUsed().get(resource);
              BigDecimal rest =
                  hard.getNumericalAmount()
                      .subtract(used == null ? BigDecimal.ZERO : used.getNumericalAmount());
              BigDecimal more = each.multiply(BigDecimal.valueOf(wanted)).subtract(held);
              if (more.signum() > 0 && more.compareTo(rest) > 0) {
                findings.add(
                    Finding.blocker(
                        CHECK,
                        "quota %s leaves %s of %s, and %d pod(s) of the target need %s more than the present ones: raise it, or want fewer"
                            .formatted(
                                quota.getMetadata().getName(),
                                plain(rest),
                                resource,
                                wanted,
                                plain(more))));
              } else if (startsOneMore() && each.signum() > 0 && each.compareTo(rest) > 0) {
                findings.add(
                    Finding.warning(
                        CHECK,
                        "quota %s leaves %s of %s: not enough for one more pod of the target (%s), which the rollout starts before it ends an old one"
                            .formatted(
                                quota.getMetadata().getName(),
                                plain(rest),
                                resource,
                                plain(each))));
              }
            });
    return findings;
  }

  /** No pod may be missing meanwhile, so that a new one has to come first. */
  private boolean startsOneMore() {
    return WorkloadStrategy.of(workload).maxUnavailable() == 0;
  }

  private static String plain(BigDecimal amount) {
    return amount.stripTrailingZeros().toPlainString();
  }

  /** How many pods of the target find a place, the workload's present ones gone. */
  private long room() {
    List<Node> nodes = cluster.call("list nodes", client -> client.nodes().list().getItems());
    List<Pod> others =
        cluster
            .call("list pods of all namespaces", client -> client.pods().inAnyNamespace().list())
            .getItems()
            .stream()
            .filter(pod -> pods.stream().noneMatch(own -> uid(own).equals(uid(pod))))
            .filter(pod -> !List.of("Succeeded", "Failed").contains(pod.getStatus().getPhase()))
            .toList();
    return nodes.stream().filter(this::isMeant).mapToLong(node -> room(node, others)).sum();
  }

  private static String uid(Pod pod) {
    return pod.getMetadata().getUid();
  }

  private boolean isMeant(Node node) {
    Map<String, String> labels = node.getMetadata().getLabels();
    Map<String, String> selector = target.getNodeSelector();
    return !Boolean.TRUE.equals(node.getSpec().getUnschedulable())
        && node.getStatus().getConditions().stream()
            .anyMatch(it -> "Ready".equals(it.getType()) && "True".equals(it.getStatus()))
        && (selector == null || labels.entrySet().containsAll(selector.entrySet()));
  }

  private long room(Node node, List<Pod> others) {
    List<Pod> there =
        others.stream()
            .filter(pod -> node.getMetadata().getName().equals(pod.getSpec().getNodeName()))
            .toList();
    long room = wanted;
    for (String resource : List.of("cpu", "memory", "pods")) {
      BigDecimal each = PodRequests.counted(target, resource);
      Quantity allocatable = node.getStatus().getAllocatable().get(resource);
      if (each.signum() > 0 && allocatable != null) {
        BigDecimal rest =
            there.stream()
                .map(pod -> PodRequests.counted(pod.getSpec(), resource))
                .reduce(allocatable.getNumericalAmount(), BigDecimal::subtract);
        room = Math.min(room, Math.max(0, rest.divideToIntegralValue(each).longValue()));
      }
    }
    return room;
  }
}

package dev.rollbook.kubernetes;

import dev.rollbook.Finding;
import dev.rollbook.kubernetes.ClusterFailure.PermissionDenied;
import dev.rollbook.kubernetes.KubernetesPin.Workload;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceQuota;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

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
   * @param wanted how many; where there is an autoscaler, at least as many as it lets be wanted
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
    if (workload.kind() != Workload.DAEMONSET && wanted > 0) {
      try {
        nodes(new NodeRoom(cluster, pods, target, wanted).count()).ifPresent(findings::add);
        seen += " and the nodes";
      } catch (PermissionDenied e) {
        findings.add(
            Finding.warning(
                CHECK,
                "nodes and other namespaces' pods may not be listed, so nobody looked whether they have room"));
      }
    }
    return findings.isEmpty() ? List.of(Finding.ok(CHECK, seen)) : findings;
  }

  private Optional<Finding> nodes(long room) {
    if (room == 0) {
      return Optional.of(
          Finding.blocker(
              CHECK,
              "no node takes a pod of the target, even with the present ones gone (resources, taints, selector, affinity): the rollback would only take away what serves. Add or free a node"));
    }
    return room >= wanted
        ? Optional.empty()
        : Optional.of(
            Finding.warning(
                CHECK,
                "the nodes have room for %d pod(s) of the target, %d are wanted: the others stay Pending until nodes are added or freed"
                    .formatted(room, wanted)));
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
}

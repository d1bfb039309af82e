package dev.rollbook.kubernetes;

import dev.rollbook.Finding;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceQuota;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;

/** What a namespace's quotas leave for a workload's pods. */
final class QuotaRoom {

  private final List<ResourceQuota> quotas;
  private final List<Pod> present;

  private QuotaRoom(List<ResourceQuota> quotas, List<Pod> present) {
    this.quotas = List.copyOf(quotas);
    this.present = List.copyOf(present);
  }

  /**
   * @param present pods of the workload, which the quotas count now
   * @throws ClusterFailure.PermissionDenied when they may not be listed
   */
  static QuotaRoom of(Cluster cluster, String namespace, List<Pod> present) {
    List<ResourceQuota> quotas =
        cluster
            .call(
                "list resourcequotas",
                client -> client.resourceQuotas().inNamespace(namespace).list().getItems())
            .stream()
            .filter(quota -> quota.getStatus() != null && quota.getStatus().getHard() != null)
            // those with scopes count some pods only
            .filter(
                quota ->
                    quota.getSpec().getScopes().isEmpty()
                        && quota.getSpec().getScopeSelector() == null)
            .toList();
    return new QuotaRoom(quotas, present);
  }

  /**
   * What there is no room for.
   *
   * @param startsOneMore one of the wanted pods comes before a present one goes
   */
  List<Finding> findings(PodSpec target, int wanted, boolean startsOneMore) {
    return quotas.stream()
        .flatMap(quota -> findings(quota, target, wanted, startsOneMore).stream())
        .toList();
  }

  private List<Finding> findings(
      ResourceQuota quota, PodSpec target, int wanted, boolean startsOneMore) {
    List<Finding> findings = new ArrayList<>();
    quota
        .getStatus()
        .getHard()
        .forEach(
            (resource, hard) -> {
              BigDecimal each = PodRequests.counted(target, resource);
              BigDecimal held =
                  present.stream()
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
                        ClusterCapacity.CHECK,
                        "quota %s leaves %s of %s, and %d pod(s) of the target need %s more than the present ones: raise it, or want fewer"
                            .formatted(
                                quota.getMetadata().getName(),
                                plain(rest),
                                resource,
                                wanted,
                                plain(more))));
              } else if (startsOneMore && each.signum() > 0 && each.compareTo(rest) > 0) {
                findings.add(
                    Finding.warning(
                        ClusterCapacity.CHECK,
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

  private static String plain(BigDecimal amount) {
    return amount.stripTrailingZeros().toPlainString();
  }
}

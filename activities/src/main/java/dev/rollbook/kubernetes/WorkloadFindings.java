package dev.rollbook.kubernetes;

import dev.rollbook.Finding;
import dev.rollbook.kubernetes.ClusterFailure.PermissionDenied;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** What is to be known of a workload before its template is changed. */
final class WorkloadFindings {

  private static final String LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

  private final Cluster cluster;
  private final WorkloadState workload;
  private final List<Finding> findings = new ArrayList<>();

  WorkloadFindings(Cluster cluster, WorkloadState workload) {
    this.cluster = cluster;
    this.workload = workload;
  }

  List<Finding> all() {
    paused();
    replicas();
    history();
    WorkloadStrategy.of(workload).caution().ifPresent(caution -> warn("strategy", caution));
    if (workload.annotations().containsKey(LAST_APPLIED)) {
      warn(
          "last applied",
          "%s was made with `kubectl apply`: the rollback does not change the file it came from, so that the next `kubectl apply` may bring the bad version back. Correct the file as well"
              .formatted(workload.resource()));
    }
    cluster
        .<List<Finding>>together(
            List.of(
                () -> new Autoscaler(cluster, workload).finding().stream().toList(),
                () -> readable(this::budgets)))
        .forEach(findings::addAll);
    return findings;
  }

  private void paused() {
    if (workload.paused()) {
      findings.add(
          Finding.blocker(
              "paused",
              "%s is paused, so nothing would be rolled out; resume it first with `kubectl rollout resume %s -n %s` and try again"
                  .formatted(workload.resource(), workload.resource(), workload.namespace())));
    }
  }

  private void replicas() {
    String recorded = workload.annotations().get(OwnAnnotations.REPLICAS);
    if (workload.annotations().containsKey(OwnAnnotations.STOPPED_BY) || recorded != null) {
      warn(
          "replicas",
          "an earlier rollback stopped %s%s"
              .formatted(
                  workload.resource(),
                  recorded == null
                      ? "; it runs again with this one"
                      : ", which wanted %s pod(s) then: as many will be wanted again"
                          .formatted(recorded)));
    } else if (workload.wanted() == 0) {
      warn(
          "replicas",
          "%s wants no pod, so that the rollback cannot be proven: it ends unverified. Scale it up first"
              .formatted(workload.resource()));
    }
  }

  private void history() {
    Integer limit =
        workload.object() instanceof Deployment deployment
            ? deployment.getSpec().getRevisionHistoryLimit()
            : workload.object() instanceof StatefulSet set
                ? set.getSpec().getRevisionHistoryLimit()
                : null;
    if (limit != null && limit == 0) {
      warn(
          "history",
          "revisionHistoryLimit is 0: the cluster keeps no revision to go back to, and the one that runs now is lost with this rollback");
    }
  }

  private List<Finding> budgets() {
    List<Finding> found = new ArrayList<>();
    List<PodDisruptionBudget> budgets =
        cluster.call(
            "list poddisruptionbudgets",
            client ->
                client
                    .policy()
                    .v1()
                    .podDisruptionBudget()
                    .inNamespace(workload.namespace())
                    .list()
                    .getItems());
    Map<String, String> labels = workload.template().getMetadata().getLabels();
    for (PodDisruptionBudget each : budgets) {
      var selector = each.getSpec().getSelector();
      if (selector != null
          && selector.getMatchExpressions().isEmpty()
          && selector.getMatchLabels() != null
          && labels.entrySet().containsAll(selector.getMatchLabels().entrySet())) {
        found.add(
            Finding.ok(
                "disruption budget",
                each.getMetadata().getName()
                    + " covers these pods; it does not hold up a rollout, only evictions meanwhile"));
      }
    }
    return found;
  }

  /** Not being allowed to list them is said with the permissions. */
  private static List<Finding> readable(Supplier<List<Finding>> looks) {
    try {
      return looks.get();
    } catch (PermissionDenied e) {
      return List.of();
    } catch (ClusterFailure e) {
      return List.of(
          Finding.warning(
              "disruption budget",
              "whether one covers these pods is not known: " + e.getMessage()));
    }
  }

  private void warn(String check, String message) {
    findings.add(Finding.warning(check, message));
  }
}

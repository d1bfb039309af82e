package dev.rollbook.kubernetes;

import dev.rollbook.Failures;
import dev.rollbook.Heartbeat;
import dev.rollbook.PinnedService;
import dev.rollbook.StepResult;
import dev.rollbook.kubernetes.KubernetesPin.Workload;
import java.util.Optional;

/**
 * The runbook's "수동 스케일 조정": to 0, and back to the count that was wanted. That count is written on
 * the workload by the same patch that scales: no crash can come between. What somebody deploys
 * meanwhile gets it back, since they would not know where their pods are.
 */
final class ScaleToZero {

  private static final String REPLICAS = "/spec/replicas";

  private final Cluster cluster;
  private final PinnedService service;
  private final KubernetesEnvironment environment;
  private final Heartbeat heartbeat;
  private final PinnedWorkload workload;
  private final PinnedTemplate template;
  private boolean changed;

  ScaleToZero(
      Cluster cluster,
      PinnedService service,
      KubernetesEnvironment environment,
      Heartbeat heartbeat) {
    this.cluster = cluster;
    this.service = service;
    this.environment = environment;
    this.heartbeat = heartbeat;
    this.workload = new PinnedWorkload(cluster, service);
    this.template = new PinnedTemplate(cluster, service);
  }

  /** C10. */
  StepResult scaleToZero() {
    refuseDaemonSet();
    WorkloadState now =
        workload.change(
            read -> {
              workload.refuseIfStopped(read);
              if (!template.isPlanned(read)) {
                return restored(read);
              }
              changed = read.wanted() > 0;
              return changed ? Optional.of(zero(read)) : Optional.empty();
            });
    refuseNewer(now);
    int ended = new GonePods(cluster, service, environment.stopWithin(), heartbeat).await(now);
    String recorded = now.annotations().get(OwnAnnotations.REPLICAS);
    return new StepResult(
        changed || ended > 0,
        "%s%s; %d pods ended%s"
            .formatted(
                changed ? "scaled to 0" : "0 wanted already",
                recorded == null ? ", by somebody else" : ", " + recorded + " recorded",
                ended,
                new Autoscaler(cluster, now).words()),
        "");
  }

  /** To 0 pods, with the count that is wanted now on record, unless one is. */
  static GuardedPatch zero(WorkloadState read) {
    GuardedPatch patch = new GuardedPatch(read);
    if (read.wanted() > 0 && !read.annotations().containsKey(OwnAnnotations.REPLICAS)) {
      patch.annotate(OwnAnnotations.REPLICAS, String.valueOf(read.wanted()));
    }
    return patch.set(REPLICAS, 0);
  }

  /** C11. Whoever has scaled it up since then wins, and the record goes. */
  StepResult scaleBack() {
    refuseDaemonSet();
    WorkloadState now =
        workload.change(
            read -> {
              workload.refuseIfStopped(read);
              return restored(read);
            });
    refuseNewer(now);
    String summary =
        changed
            ? now.wanted() + " pods wanted again, as recorded"
            : now.wanted() + " pods wanted, as somebody else has it, and no other count on record";
    return new StepResult(changed, summary + new Autoscaler(cluster, now).words(), "");
  }

  private Optional<GuardedPatch> restored(WorkloadState read) {
    changed = RecordedReplicas.of(read).isPresent();
    return RecordedReplicas.restored(read);
  }

  private void refuseNewer(WorkloadState now) {
    if (!template.isPlanned(now)) {
      throw template.newerDeploy(now, changed);
    }
  }

  private void refuseDaemonSet() {
    if (service.kubernetes().workload() == Workload.DAEMONSET) {
      throw Failures.hopeless(
          "NotScalable",
          "%s: %s is a DaemonSet, which has no count to scale: its pods go one by one with `kubectl delete pod`."
              .formatted(service.service(), service.kubernetes().resource()));
    }
  }
}

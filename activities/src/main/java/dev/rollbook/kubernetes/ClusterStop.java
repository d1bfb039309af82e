package dev.rollbook.kubernetes;

import dev.rollbook.Failures;
import dev.rollbook.Heartbeat;
import dev.rollbook.PinnedService;
import dev.rollbook.StepResult;
import dev.rollbook.kubernetes.KubernetesPin.Workload;
import java.util.Optional;

/**
 * S1: no pod of the workload runs, how many were wanted is on record, and a fence stands: what is
 * late of this plan changes nothing any more. What somebody else deployed meanwhile is left alone,
 * with the pods that we may have taken from it.
 */
final class ClusterStop {

  private final Cluster cluster;
  private final PinnedService service;
  private final KubernetesEnvironment environment;
  private final Heartbeat heartbeat;
  private final PinnedWorkload workload;
  private final PinnedTemplate template;
  private boolean changed;
  private boolean newer;

  ClusterStop(
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

  StepResult stop() {
    KubernetesPin pin = service.kubernetes();
    if (WorkloadState.find(cluster, pin.namespace(), pin.workload(), pin.name()).isEmpty()) {
      return new StepResult(false, pin.resource() + " is gone: nothing of it runs", "");
    }
    WorkloadState now = workload.change(this::stopped);
    if (newer) {
      throw template.newerDeploy(now, changed);
    }
    int ended = new GonePods(cluster, service, environment.stopWithin(), heartbeat).await(now);
    return new StepResult(changed || ended > 0, summary(now, ended), "");
  }

  private Optional<GuardedPatch> stopped(WorkloadState read) {
    boolean daemons = read.kind() == Workload.DAEMONSET;
    boolean down = daemons ? StoppedNodes.isOn(read.template()) : read.wanted() == 0;
    boolean stands = service.planId().equals(read.annotations().get(OwnAnnotations.STOPPED_BY));
    boolean ended = EndedPlans.contain(read, service.planId());
    if (ended && !stands && !down) {
      throw released(read);
    }
    newer = !template.isPlanned(read);
    if (newer) {
      return takenBack(read);
    }
    changed = !down || !ended;
    if (!changed) {
      return Optional.empty();
    }
    GuardedPatch patch = daemons || down ? new GuardedPatch(read) : ScaleToZero.zero(read);
    if (daemons && !down) {
      StoppedNodes.select(read, patch);
    }
    if (!stands) {
      EndedPlans.keep(read, patch);
    }
    return Optional.of(
        patch
            .annotate(OwnAnnotations.STOPPED_BY, service.planId())
            .annotate(OwnAnnotations.STOPPED_TEMPLATE, StoppedTemplate.digest(cluster, read)));
  }

  /** A scaling to 0 of ours, that is; a stop is not taken back by a deploy. */
  private Optional<GuardedPatch> takenBack(WorkloadState read) {
    boolean scaled = !read.annotations().containsKey(OwnAnnotations.STOPPED_BY);
    changed = scaled && RecordedReplicas.of(read).isPresent();
    return scaled ? RecordedReplicas.restored(read) : Optional.empty();
  }

  /** By a person, or by a later rollback: this plan has nothing to say any more. */
  private RuntimeException released(WorkloadState read) {
    return Failures.hopeless(
        "Released",
        "%s: %s runs again: the stop of this plan (%s) was lifted since%s. Nothing was stopped; `rollbook stop` does it anew."
            .formatted(
                service.service(),
                read.resource(),
                service.planId(),
                Optional.ofNullable(read.annotations().get(OwnAnnotations.RELEASED_BY))
                    .map(by -> ", last by " + by)
                    .orElse("")));
  }

  private String summary(WorkloadState now, int ended) {
    if (now.kind() == Workload.DAEMONSET) {
      return "no pod of %s runs (%d ended): it wants nodes with the label %s=true, which none has. %s takes that out of its node selector again."
          .formatted(now.resource(), ended, StoppedNodes.LABEL, release());
    }
    String recorded = now.annotations().get(OwnAnnotations.REPLICAS);
    return "no pod of %s runs (%d ended); %s%s"
        .formatted(
            now.resource(),
            ended,
            recorded == null
                ? "0 were wanted before"
                : recorded + " were wanted before: " + release() + " lets them run again",
            new Autoscaler(cluster, now).words());
  }

  private String release() {
    return "`rollbook release %s -e %s`".formatted(service.service(), service.environment());
  }
}

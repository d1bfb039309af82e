package dev.rollbook.kubernetes;

import dev.rollbook.Failures;
import dev.rollbook.Heartbeat;
import dev.rollbook.PinnedService;
import dev.rollbook.ReleaseOrder;
import dev.rollbook.StepResult;
import dev.rollbook.kubernetes.KubernetesPin.Workload;
import java.util.Optional;

/**
 * S2: the workload wants what it wanted before it was stopped, and has it. The record of the stop
 * is taken away last: whatever comes between, the next attempt goes on from there.
 */
final class ClusterRelease {

  private static final int LONGEST = 1_000;

  private final Cluster cluster;
  private final PinnedService service;
  private final KubernetesEnvironment environment;
  private final ReleaseOrder order;
  private final Heartbeat heartbeat;
  private final PinnedWorkload workload;
  private boolean scaled;

  /**
   * @param service as it is now
   */
  ClusterRelease(
      Cluster cluster,
      PinnedService service,
      KubernetesEnvironment environment,
      ReleaseOrder order,
      Heartbeat heartbeat) {
    this.cluster = cluster;
    this.service = service;
    this.environment = environment;
    this.order = order;
    this.heartbeat = heartbeat;
    this.workload = new PinnedWorkload(cluster, service);
  }

  StepResult release() {
    WorkloadState found = workload.look();
    if (!isStopped(found) && isReleased(found)) {
      return new StepResult(false, "already released; " + wanted(found), "");
    }
    String stop = found.annotations().get(OwnAnnotations.STOPPED_BY);
    WorkloadState now = workload.change(this::wantedAgain);
    String pods =
        new RestoredPods(cluster, service, environment.startWithin(), heartbeat).await(now);
    now = workload.change(read -> Optional.of(recordTaken(read, stop)));
    return new StepResult(
        true,
        "%s%s; the stop is lifted by %s"
            .formatted(scaled ? "" : "ran already: ", wanted(now), order.describe()),
        pods);
  }

  private Optional<GuardedPatch> wantedAgain(WorkloadState read) {
    refuse(read);
    GuardedPatch patch = signed(new GuardedPatch(read));
    if (read.kind() == Workload.DAEMONSET) {
      scaled = StoppedNodes.isOn(read.template());
      return scaled ? Optional.of(StoppedNodes.deselect(read, patch)) : Optional.empty();
    }
    Optional<Integer> recorded = RecordedReplicas.of(read);
    scaled = recorded.isPresent();
    return recorded.map(count -> patch.set("/spec/replicas", count));
  }

  private GuardedPatch recordTaken(WorkloadState read, String stop) {
    refuse(read);
    String stands = read.annotations().get(OwnAnnotations.STOPPED_BY);
    if (stands != null && !stands.equals(stop)) {
      throw Failures.hopeless(
          "Stopped",
          "%s: %s was stopped again meanwhile (plan %s), and stays so. Release it anew."
              .formatted(service.service(), read.resource(), stands));
    }
    GuardedPatch patch =
        signed(new GuardedPatch(read))
            .removeAnnotation(OwnAnnotations.REPLICAS)
            .removeAnnotation(OwnAnnotations.STOPPED_TEMPLATE)
            .annotate(OwnAnnotations.RELEASE, order.id());
    return EndedPlans.keep(read, patch);
  }

  private GuardedPatch signed(GuardedPatch patch) {
    String why = order.why();
    return patch
        .annotate(OwnAnnotations.RELEASED_BY, order.by())
        .annotate(
            OwnAnnotations.RELEASE_REASON,
            why.length() <= LONGEST ? why : why.substring(0, LONGEST) + "…");
  }

  private void refuse(WorkloadState read) {
    if (!isStopped(read)) {
      throw Failures.hopeless(
          "NotStopped",
          "%s: %s in namespace %s is under no stop of Rollbook's: nothing was changed; %s."
              .formatted(service.service(), read.resource(), read.namespace(), wanted(read)));
    }
    if (isReleased(read)) {
      throw Failures.hopeless(
          "Stopped",
          "%s: %s was stopped again after this release (%s), and stays so. Release it anew."
              .formatted(service.service(), read.resource(), order.describe()));
    }
    if (StoppedTemplate.isReplaced(cluster, read)) {
      throw Failures.hopeless(
          "NewerDeploy",
          "%s: %s has another template than when it was stopped%s: somebody deployed since, and what that is to do is theirs to say. Nothing was changed; `kubectl scale %s -n %s --replicas=N` starts it, a DaemonSet's node selector."
              .formatted(
                  service.service(),
                  read.resource(),
                  TemplateWriter.of(read)
                      .map(writer -> ", written by " + writer.describe())
                      .orElse(""),
                  read.resource(),
                  read.namespace()));
    }
  }

  /** Also by a scaling to 0 that nobody took back. */
  private static boolean isStopped(WorkloadState now) {
    return now.annotations().containsKey(OwnAnnotations.STOPPED_BY)
        || now.annotations().containsKey(OwnAnnotations.REPLICAS);
  }

  private boolean isReleased(WorkloadState now) {
    return order.id().equals(now.annotations().get(OwnAnnotations.RELEASE));
  }

  private static String wanted(WorkloadState now) {
    return "%d wanted of %s, %d available"
        .formatted(now.wanted(), now.resource(), now.counts().available());
  }
}

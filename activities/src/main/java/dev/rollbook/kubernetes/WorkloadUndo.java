package dev.rollbook.kubernetes;

import dev.rollbook.Failures;
import dev.rollbook.PinnedService;
import dev.rollbook.StepResult;
import dev.rollbook.kubernetes.ClusterFailure.NotAdmitted;
import dev.rollbook.kubernetes.ClusterFailure.PermissionDenied;
import dev.rollbook.kubernetes.KubernetesPin.Workload;
import java.util.List;
import java.util.Optional;

/**
 * C2: the workload's template is the pinned revision's. As {@code kubectl rollout undo}, but it
 * goes to what was pinned however often it runs, yields to whoever deployed meanwhile, and leaves
 * other people's annotations.
 */
final class WorkloadUndo {

  private static final String CHANGE_CAUSE = "kubernetes.io/change-cause";
  private static final int LONGEST = 1_000;

  private final Cluster cluster;
  private final PinnedService service;
  private final KubernetesPin pin;
  private final PinnedWorkload workload;
  private final Runnable whenThere;
  private boolean changed;

  /**
   * @param whenThere called each time that the template is the target's, before anything else is
   *     done: never for a rollback that was refused
   */
  WorkloadUndo(Cluster cluster, PinnedService service, Runnable whenThere) {
    this.cluster = cluster;
    this.service = service;
    this.whenThere = whenThere;
    this.pin = service.kubernetes();
    this.workload = new PinnedWorkload(cluster, service);
  }

  /**
   * @param by who asked for it, for the annotations
   */
  StepResult undo(String by, String why) {
    WorkloadState after = workload.change(now -> wanted(now, by, why));
    whenThere.run();
    List<String> removed = pin.workload() == Workload.STATEFULSET ? removeStuckPods() : List.of();
    String summary =
        changed
            ? "%s goes back to %s".formatted(pin.resource(), service.target().describe())
            : "already there: %s has the template of %s"
                .formatted(pin.resource(), service.target().describe());
    return new StepResult(
        changed || !removed.isEmpty(),
        summary
            + (removed.isEmpty() ? "" : "; removed, since stuck: " + String.join(", ", removed)),
        "%s: generation %d, template of %s"
            .formatted(
                pin.resource(),
                after.generation(),
                String.join(", ", pin.images().stream().map(KubernetesPin.Image::image).toList())));
  }

  private Optional<GuardedPatch> wanted(WorkloadState now, String by, String why) {
    changed = false;
    workload.refuseIfStopped(now);
    Revisions revisions = Revisions.of(cluster, now);
    Revision target =
        revisions.byUid(service.target().id()).orElseThrow(() -> missing(revisions.all()));
    boolean isThere = Revisions.withoutHash(now.template()).equals(target.template());
    if (isThere && !isStopped(now)) {
      return Optional.empty();
    }
    if (!isThere) {
      refuseNewer(revisions.current());
    }
    if (now.paused()) {
      throw Failures.hopeless(
          "Paused",
          "%s in namespace %s is paused: nothing was changed. Resume it first with `kubectl rollout resume %s -n %s` and run again."
              .formatted(pin.resource(), pin.namespace(), pin.resource(), pin.namespace()));
    }
    changed = true;
    return Optional.of(patch(now, target, by, why));
  }

  private static boolean isStopped(WorkloadState now) {
    return now.annotations().containsKey(OwnAnnotations.STOPPED_BY)
        || now.annotations().containsKey(OwnAnnotations.REPLICAS);
  }

  private RuntimeException missing(List<Revision> all) {
    return Failures.hopeless(
        "TargetMissing",
        "%s of %s is gone from the history%s: nothing was changed. Plan again, or deploy a good version."
            .formatted(
                service.target().describe(),
                pin.resource(),
                all.isEmpty()
                    ? ""
                    : ", which has "
                        + String.join(
                            ", ", all.stream().map(each -> each.version().describe()).toList())));
  }

  /** Neither what was bad when planned nor the target: somebody deployed. Theirs stays. */
  private void refuseNewer(Optional<Revision> current) {
    boolean isBad =
        current.isPresent()
            && service.from() != null
            && current.get().uid().equals(service.from().id());
    if (!isBad) {
      throw Failures.hopeless(
          "NewerDeploy",
          "%s has another template now%s, neither the bad one (%s) nor the target: somebody deployed after the plan. Nothing was changed; look at it, then run again."
              .formatted(
                  pin.resource(),
                  current.map(now -> ", " + now.version().describe()).orElse(""),
                  service.from() == null ? pin.badRevision() : service.from().describe()));
    }
  }

  private GuardedPatch patch(WorkloadState now, Revision target, String by, String why) {
    GuardedPatch patch = new GuardedPatch(now).set("/spec/template", target.template());
    annotate(patch, CHANGE_CAUSE, target.changeCause());
    annotate(patch, OwnAnnotations.ROLLED_BACK_BY, by);
    annotate(patch, OwnAnnotations.ROLLED_BACK_TO, service.target().describe());
    annotate(patch, OwnAnnotations.REASON, why);
    annotate(patch, OwnAnnotations.RUN, service.planId());
    RecordedReplicas.of(now)
        .filter(recorded -> pin.workload() != Workload.DAEMONSET)
        .ifPresent(recorded -> patch.set("/spec/replicas", recorded));
    patch
        .removeAnnotation(OwnAnnotations.REPLICAS)
        .removeAnnotation(OwnAnnotations.STOPPED_TEMPLATE);
    return EndedPlans.keep(now, patch);
  }

  /**
   * The controller copies the workload's annotations to the revision that is current: what the bad
   * one was deployed for would stand on the good one for ever, where that has no cause of its own.
   */
  private static void annotate(GuardedPatch patch, String key, String value) {
    if (value == null || value.isBlank()) {
      patch.removeAnnotation(key);
    } else {
      patch.annotate(key, value.length() <= LONGEST ? value : value.substring(0, LONGEST) + "…");
    }
  }

  private List<String> removeStuckPods() {
    try {
      return new StuckPods(cluster, service, workload).remove();
    } catch (PermissionDenied | NotAdmitted e) {
      throw Failures.hopeless(
          "RolloutStuck",
          "The template is back, but the pod that is stuck on another revision may not be removed: %s. Grant it (delete pods), or mend what else it names, or `kubectl delete pod` it."
              .formatted(e.getMessage()));
    }
  }
}

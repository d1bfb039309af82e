package dev.rollbook.kubernetes;

import dev.rollbook.Failures;
import dev.rollbook.PinnedService;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.temporal.failure.ApplicationFailure;
import java.util.Optional;

/** Which of the pinned revisions a workload's template is: somebody may have changed it since. */
final class PinnedTemplate {

  private final Cluster cluster;
  private final PinnedService service;

  /** The generation whose template is known to be the target's: no need to ask again. */
  private long proven = -1;

  PinnedTemplate(Cluster cluster, PinnedService service) {
    this.cluster = cluster;
    this.service = service;
  }

  /**
   * @throws ApplicationFailure TargetMissing when the pinned revision is gone
   */
  boolean isTarget(WorkloadState now) {
    if (now.generation() == proven) {
      return true;
    }
    Revisions revisions = Revisions.of(cluster, now);
    Revision target =
        revisions
            .byUid(service.target().id())
            .orElseThrow(
                () ->
                    Failures.hopeless(
                        "TargetMissing",
                        "%s: %s, the pinned revision of %s, was deleted meanwhile. Choose another one with --to."
                            .formatted(
                                service.service(),
                                service.kubernetes().revision(),
                                now.resource())));
    boolean same = target.template().equals(template(now));
    if (same) {
      proven = now.generation();
    }
    return same;
  }

  /**
   * The target's or that of the planned bad revision, stopped or not; any one where none could be
   * pinned.
   */
  boolean isPlanned(WorkloadState now) {
    if (service.target() == null) {
      return true;
    }
    Revisions revisions = Revisions.of(cluster, now);
    PodTemplateSpec template = StoppedNodes.without(template(now));
    return isOf(revisions.byUid(service.target().id()), template)
        || service.from() != null && isOf(revisions.byUid(service.from().id()), template);
  }

  private static boolean isOf(Optional<Revision> revision, PodTemplateSpec template) {
    return revision
        .filter(each -> StoppedNodes.without(each.template()).equals(template))
        .isPresent();
  }

  private static PodTemplateSpec template(WorkloadState now) {
    return Revisions.withoutHash(now.template());
  }

  /** What is there instead, and who brought it: {@code revision 5 (shop:1.3), written by 'x'}. */
  String instead(WorkloadState now) {
    String what =
        Revisions.of(cluster, now)
            .current()
            .map(revision -> revision.version().describe())
            .orElse("a template that is no revision yet");
    return what
        + TemplateWriter.of(now).map(writer -> ", written by " + writer.describe()).orElse("");
  }

  /**
   * Why it is not the target's any more.
   *
   * @return Reverted with the manager's own way out when the bad one is back, which no rollback
   *     here can hold against; else NewerDeploy
   */
  ApplicationFailure replaced(WorkloadState now) {
    if (!isPlanned(now)) {
      return newerDeploy(now, "");
    }
    String managers = new WorkloadManagers(now).wayOut();
    return Failures.hopeless(
        "Reverted",
        "%s: somebody put the bad version back: %s has %s. As long as that goes on, no rollback here lasts. %s"
            .formatted(
                service.service(),
                now.resource(),
                instead(now),
                managers.isEmpty() ? "Stop that first, or revert where it comes from." : managers));
  }

  /**
   * @param restored whether it got the pods back that we had taken away
   */
  ApplicationFailure newerDeploy(WorkloadState now, boolean restored) {
    return newerDeploy(
        now, restored ? ", with the " + now.wanted() + " pods that were wanted before" : "");
  }

  private ApplicationFailure newerDeploy(WorkloadState now, String how) {
    return Failures.hopeless(
        "NewerDeploy",
        "%s: %s has %s now, not %s: somebody deployed after the plan, and that is left alone%s. Look at it, then run again."
            .formatted(
                service.service(), now.resource(), instead(now), service.target().describe(), how));
  }
}

package dev.rollbook.kubernetes;

import dev.rollbook.Elapsed;
import dev.rollbook.aftermath.HealthyVersion.Verdict;
import dev.rollbook.aftermath.HealthyVersionsFile;
import dev.rollbook.kubernetes.KubernetesPin.Workload;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;

/** The runbook's {@code kubectl rollout history}, with what one decides by beside it. */
final class RevisionTable {

  private final Revisions revisions;
  private final String currentUid;
  private final List<Pod> pods;
  private final HealthyVersionsFile versions;
  private final String service;
  private final String environment;
  private final Instant now;

  /**
   * @param currentUid of what runs now; null when that is not known
   * @param pods of the workload
   */
  RevisionTable(
      Revisions revisions,
      String currentUid,
      List<Pod> pods,
      HealthyVersionsFile versions,
      String service,
      String environment,
      Instant now) {
    this.revisions = revisions;
    this.currentUid = currentUid;
    this.pods = List.copyOf(pods);
    this.versions = versions;
    this.service = service;
    this.environment = environment;
    this.now = now;
  }

  /** Newest number first. */
  String text() {
    String rows = revisions.all().stream().map(this::row).collect(Collectors.joining());
    String unreadable =
        revisions.unreadable().isEmpty()
            ? ""
            : "left out, since the revision number cannot be read: "
                + String.join(", ", revisions.unreadable())
                + "\n";
    return "%-8s  %-40s  %-30s  %-5s  %-7s  %s%n"
            .formatted("REVISION", "NAME", "CHANGE-CAUSE", "PODS", "AGE", "IMAGES")
        + rows
        + unreadable;
  }

  private String row(Revision revision) {
    return "%-8s  %-40s  %-30s  %-5s  %-7s  %s%s%n"
        .formatted(
            revision.number() > 0 ? revision.number() : "?",
            revision.name(),
            revision.changeCause() == null ? "<none>" : revision.changeCause(),
            pods(revision),
            age(revision),
            String.join(", ", revision.imageNames()),
            notes(revision));
  }

  /** {@code 2/3}: ready ones of all. A ControllerRevision does not count its own. */
  private String pods(Revision revision) {
    if (revision.kind() == Workload.DEPLOYMENT) {
      return revision.ready() + "/" + revision.pods();
    }
    List<Pod> own = pods.stream().filter(pod -> WorkloadPods.isOf(pod, revision.hash())).toList();
    return own.stream().filter(WorkloadPods::isReady).count() + "/" + own.size();
  }

  private String age(Revision revision) {
    Duration age = Duration.between(revision.created(), now);
    return Elapsed.describe(age.isNegative() ? Duration.ZERO : age);
  }

  private String notes(Revision revision) {
    return (revision.uid().equals(currentUid) ? "  running now" : "")
        + (isHealthy(revision) ? "  recorded healthy" : "")
        + (isWithdrawn(revision) ? "  withdrawn by us" : "")
        + (isUnproven(revision) ? "  not proven by the last rollback to it" : "")
        + (revision.isStopped() ? "  made by us to stop the service" : "");
  }

  private boolean isHealthy(Revision revision) {
    return is(revision, Verdict.HEALTHY);
  }

  boolean isWithdrawn(Revision revision) {
    return is(revision, Verdict.WITHDRAWN);
  }

  /** The newest rollback to it did not prove it healthy. */
  boolean isUnproven(Revision revision) {
    return versions.isUnproven(service, environment, revision.version());
  }

  private boolean is(Revision revision, Verdict verdict) {
    return versions
        .verdict(service, environment, revision.version())
        .filter(verdict::equals)
        .isPresent();
  }
}

package dev.rollbook.kubernetes;

import dev.rollbook.Evidence;
import dev.rollbook.Failures;
import dev.rollbook.PinnedService;
import dev.rollbook.StepResult;
import dev.rollbook.aftermath.HealthyVersionsFile;
import java.time.Instant;
import java.util.Optional;

/** C1: the workload's revisions, and that the pinned one is still among them. */
final class RolloutHistory {

  private final Cluster cluster;
  private final PinnedService service;
  private final HealthyVersionsFile versions;
  private final Instant now;

  RolloutHistory(
      Cluster cluster, PinnedService service, HealthyVersionsFile versions, Instant now) {
    this.cluster = cluster;
    this.service = service;
    this.versions = versions;
    this.now = now;
  }

  StepResult look() {
    WorkloadState workload = new PinnedWorkload(cluster, service).look();
    Revisions revisions = Revisions.of(cluster, workload);
    Optional<Revision> current = revisions.current();
    String table =
        new RevisionTable(
                revisions,
                current.map(Revision::uid).orElse(null),
                WorkloadPods.of(cluster, workload, revisions),
                versions,
                service.service(),
                service.environment(),
                now)
            .text();
    Revision target =
        revisions
            .byUid(service.target().id())
            .orElseThrow(
                () ->
                    Failures.hopeless(
                        "TargetMissing",
                        "%s of %s is gone from the history: nothing was changed. Plan again, or deploy a good version. There are:%n%s"
                            .formatted(service.target().describe(), workload.resource(), table)));
    return new StepResult(
        true,
        "%d revision(s); runs %s, goes back to %s"
            .formatted(
                revisions.all().size(),
                current.map(revision -> revision.version().describe()).orElse("an unknown one"),
                target.version().describe()),
        Evidence.bounded(table, Evidence.LIMIT));
  }
}

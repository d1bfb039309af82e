package dev.rollbook.kubernetes;

import dev.rollbook.Failures;
import dev.rollbook.Finding;
import dev.rollbook.PinnedService;
import dev.rollbook.Version;
import java.util.List;
import java.util.Optional;

/** Pins what a workload is now, for a stop or a release: it need not be well, nor run at all. */
final class WorkloadPin {

  private final Cluster cluster;
  private final KubernetesEnvironment environment;

  WorkloadPin(Cluster cluster, KubernetesEnvironment environment) {
    this.cluster = cluster;
    this.environment = environment;
  }

  /**
   * @throws io.temporal.failure.ApplicationFailure TargetMissing when there is no such workload
   */
  PinnedService pin(String service, String name, String planId) {
    WorkloadSearch search = new WorkloadSearch(cluster, environment);
    WorkloadState now =
        search
            .find()
            .orElseThrow(
                () ->
                    Failures.hopeless(
                        "TargetMissing",
                        service
                            + ": "
                            + String.join(
                                "; ", search.findings().stream().map(Finding::message).toList())));
    Optional<Revision> current = Revisions.of(cluster, now).current();
    Version version = current.map(Revision::version).orElse(null);
    return new PinnedService(
        service,
        name,
        planId,
        version,
        version,
        null,
        null,
        new KubernetesPin(
            now.namespace(),
            now.kind(),
            now.name(),
            now.uid(),
            current.map(Revision::name).orElse(null),
            current.map(Revision::hash).orElse(null),
            current.map(Revision::number).orElse(0L),
            current.map(Revision::images).orElse(List.of()),
            current.map(Revision::name).orElse(null),
            current.map(Revision::hash).orElse(null),
            RecordedReplicas.of(now).orElse(now.wanted())));
  }
}

package dev.rollbook.kubernetes;

import dev.rollbook.PinnedService;
import dev.rollbook.kubernetes.KubernetesPin.Workload;
import dev.rollbook.kubernetes.RolloutFault.Origin;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The API server takes no pod of the workload: a quota, an admission webhook. */
final class RefusedPods {

  private static final Duration A_WHILE = Duration.ofSeconds(15);

  private final Cluster cluster;
  private final PinnedService service;

  /** The last refusal while old pods were ending, by the cluster's clock. */
  private Instant inVain = Instant.EPOCH;

  RefusedPods(Cluster cluster, PinnedService service) {
    this.cluster = cluster;
    this.service = service;
  }

  /**
   * @param roomComes old pods are ending. Their quota is free only when they are gone, and the
   *     controller tries again later still, the later the longer it went on: only a refusal after
   *     that counts
   */
  Optional<RolloutFault> find(WorkloadState now, RolloutPods pods, boolean roomComes) {
    if (!mayCreate(now, pods)) {
      return Optional.empty();
    }
    Instant written = TemplateWriter.last(now).map(TemplateWriter::at).orElse(Instant.EPOCH);
    String owner =
        now.kind() == Workload.DEPLOYMENT ? service.target().id() : service.kubernetes().uid();
    return WorkloadEvents.of(cluster, now.namespace(), List.of(owner))
        .since(written, "FailedCreate")
        .stream()
        .reduce((older, newer) -> newer)
        .map(event -> fault(event, owner, pods, roomComes));
  }

  /**
   * Whether pods are missing, and nothing that its controller waits for first. A Deployment says
   * itself that the last attempt failed.
   */
  private static boolean mayCreate(WorkloadState now, RolloutPods pods) {
    if (!now.isObserved() || pods.target().size() >= now.wanted()) {
      return false;
    }
    return now.object() instanceof Deployment deployment
        ? deployment.getStatus().getConditions().stream()
            .anyMatch(
                condition ->
                    condition.getType().equals("ReplicaFailure")
                        && condition.getStatus().equals("True"))
        : pods.areQuiet();
  }

  private RolloutFault fault(Event refusal, String owner, RolloutPods pods, boolean roomComes) {
    if (roomComes) {
      inVain = WorkloadEvents.at(refusal);
    }
    RolloutFault fault =
        new RolloutFault(
            Origin.ENVIRONMENT,
            "creation beside " + pods.target().size(),
            "no pod may be created (" + WorkloadEvents.words(refusal) + ")",
            List.of(owner),
            A_WHILE);
    return WorkloadEvents.at(refusal).isAfter(inVain) ? fault : fault.whileRoomComes();
  }
}

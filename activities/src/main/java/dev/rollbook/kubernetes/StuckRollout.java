package dev.rollbook.kubernetes;

import dev.rollbook.Elapsed;
import dev.rollbook.Evidence;
import dev.rollbook.Failures;
import dev.rollbook.PinnedService;
import dev.rollbook.kubernetes.RolloutFault.Origin;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentCondition;
import io.temporal.failure.ApplicationFailure;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Why a rollout does not come to its end, told as soon as it is clear and not after the deadline:
 * faults of the release apart from those of its environment, with what the cluster noted.
 */
final class StuckRollout {

  private static final String EXCEEDED = "ProgressDeadlineExceeded";

  /** An autoscaler has noticed, and brings a node. */
  private static final Set<String> NODE_COMES = Set.of("TriggeredScaleUp", "Nominated");

  private final Cluster cluster;
  private final PinnedService service;
  private final UnreadyPods unready;
  private final Map<String, Long> seen = new HashMap<>();
  private final Map<String, Integer> restarts = new HashMap<>();
  private final OverduePods overdue = new OverduePods();
  private final FallenPods fallen = new FallenPods();
  private final RefusedPods refused;

  StuckRollout(Cluster cluster, PinnedService service, UnreadyPods unready) {
    this.cluster = cluster;
    this.service = service;
    this.unready = unready;
    this.refused = new RefusedPods(cluster, service);
  }

  /** What is wrong at this moment, the fault of a release first; it may mend itself yet. */
  List<RolloutFault> faults(WorkloadState now, RolloutPods pods) {
    List<RolloutFault> faults = new ArrayList<>();
    List<String> down = fallen.find(pods);
    boolean roomComes = overdue.makeRoom(pods);
    for (ServicePod pod : pods.target()) {
      int before = restarts.computeIfAbsent(pod.uid(), uid -> pod.restarts());
      new PodFault(pod, pod.restarts() - before, down, roomComes).find().ifPresent(faults::add);
    }
    refused.find(now, pods, roomComes).ifPresent(faults::add);
    HeldBackPods.find(now, pods).ifPresent(faults::add);
    overdue.find(pods).ifPresent(faults::add);
    if (faults.isEmpty()) {
      exceeded(now, pods).ifPresent(faults::add);
    }
    faults.sort(Comparator.comparing(RolloutFault::origin));
    Set<String> places = faults.stream().map(RolloutFault::place).collect(Collectors.toSet());
    seen.keySet().retainAll(places);
    places.forEach(place -> seen.putIfAbsent(place, System.nanoTime()));
    return faults;
  }

  /** One that has been there for so long that it is believed. */
  Optional<RolloutFault> certain(List<RolloutFault> faults) {
    return faults.stream()
        .filter(fault -> System.nanoTime() - seen.get(fault.place()) >= fault.holds().toNanos())
        .filter(fault -> fault.origin() != Origin.ENVIRONMENT || !nodeComes(fault))
        .findFirst();
  }

  private boolean nodeComes(RolloutFault fault) {
    WorkloadEvents events =
        WorkloadEvents.of(cluster, service.kubernetes().namespace(), fault.concerned());
    return NODE_COMES.stream().anyMatch(events::has);
  }

  /**
   * The controller's own deadline. One that was missed by the bad revision stays written there
   * until the controller sees progress: only what it noted since the last change, about the target,
   * counts.
   */
  private Optional<RolloutFault> exceeded(WorkloadState now, RolloutPods pods) {
    if (!(now.object() instanceof Deployment deployment) || deployment.getStatus() == null) {
      return Optional.empty();
    }
    Optional<Instant> written = TemplateWriter.last(now).map(TemplateWriter::at);
    return deployment.getStatus().getConditions().stream()
        .filter(condition -> EXCEEDED.equals(condition.getReason()))
        .filter(condition -> isOfTarget(condition, written))
        .findFirst()
        .map(
            condition ->
                new RolloutFault(
                    Origin.UNCLEAR,
                    EXCEEDED,
                    condition.getMessage() + " (progressDeadlineSeconds)",
                    uids(pods),
                    Duration.ZERO));
  }

  private boolean isOfTarget(DeploymentCondition condition, Optional<Instant> written) {
    return condition.getMessage().contains('"' + service.kubernetes().revision() + '"')
        && written.isPresent()
        && Instant.parse(condition.getLastUpdateTime()).isAfter(written.get());
  }

  ApplicationFailure failure(RolloutFault fault, RolloutProgress progress) {
    UnreadyPods.Words said = unready.ask(progress.pods().target());
    return failure(
        type(said, List.of(fault)), said, told(fault, said), fault.concerned(), progress);
  }

  /** Whose fault it looks like says nothing where a database is down. */
  private static String told(RolloutFault fault, UnreadyPods.Words said) {
    return said.database().isPresent() ? fault.words() : fault.describe();
  }

  /** The deadline has passed; what is wrong at this moment may be why, or have only just begun. */
  ApplicationFailure late(Duration within, List<RolloutFault> faults, RolloutProgress progress) {
    UnreadyPods.Words said = unready.ask(progress.pods().target());
    String late = "not complete within %s ('startWithin')".formatted(Elapsed.describe(within));
    String why =
        Stream.concat(Stream.of(late), faults.stream().map(fault -> told(fault, said)))
            .collect(Collectors.joining("; "));
    List<String> concerned =
        Stream.concat(
                uids(progress.pods()).stream(),
                faults.stream().flatMap(fault -> fault.concerned().stream()))
            .distinct()
            .toList();
    return failure(type(said, faults), said, why, concerned, progress);
  }

  /** It says whom to call. */
  private static String type(UnreadyPods.Words said, List<RolloutFault> faults) {
    boolean isEnvironment =
        !faults.isEmpty()
            && faults.stream().allMatch(fault -> fault.origin() == Origin.ENVIRONMENT);
    return said.type(isEnvironment ? "EnvironmentBroken" : "RolloutStuck");
  }

  /** Of the pods that are not as they should be. */
  private static List<String> uids(RolloutPods pods) {
    return Stream.concat(
            pods.target().stream().filter(pod -> !pod.isReady()), pods.others().stream())
        .map(ServicePod::uid)
        .toList();
  }

  private ApplicationFailure failure(
      String type,
      UnreadyPods.Words said,
      String why,
      List<String> concerned,
      RolloutProgress progress) {
    String events =
        WorkloadEvents.of(cluster, service.kubernetes().namespace(), concerned).describe();
    return Failures.hopeless(
        type,
        Evidence.beginning(
            Evidence.plain(
                "%s: %s does not get to %s: %s. %s%s%n%s%s%s"
                    .formatted(
                        service.service(),
                        service.kubernetes().resource(),
                        service.target().describe(),
                        progress.words(),
                        said.because(),
                        why,
                        progress.pods().describe(),
                        said.describe(),
                        events.isEmpty() ? "" : "\nevents:\n" + events)),
            Evidence.LIMIT));
  }
}

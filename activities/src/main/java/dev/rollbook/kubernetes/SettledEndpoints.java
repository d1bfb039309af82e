package dev.rollbook.kubernetes;

import dev.rollbook.Elapsed;
import dev.rollbook.Evidence;
import dev.rollbook.Failures;
import dev.rollbook.Heartbeat;
import dev.rollbook.PinnedService;
import dev.rollbook.kubernetes.ServiceEndpoints.Serving;
import dev.rollbook.local.Pause;
import io.temporal.failure.ApplicationFailure;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * C6: requests to the Service go to the target's ready pods, to all of them and to nothing else.
 * The cluster follows its pods a moment later, so that there is something to wait for.
 */
final class SettledEndpoints {

  private static final Duration LOOK_EVERY = Duration.ofMillis(500);

  private final PinnedService service;
  private final String name;
  private final Duration within;
  private final Cluster cluster;
  private final RevisionPods target;
  private final Heartbeat heartbeat;

  /**
   * @param name of the Service
   */
  SettledEndpoints(
      PinnedService service, String name, Duration within, Cluster cluster, Heartbeat heartbeat) {
    this.service = service;
    this.name = name;
    this.within = within;
    this.cluster = cluster;
    this.target = RevisionPods.ofTarget(cluster, service);
    this.heartbeat = heartbeat;
  }

  /**
   * @param pods the target's ready ones
   */
  private record Look(ServiceEndpoints endpoints, List<ServicePod> pods) {

    List<String> tooMuch() {
      Set<String> ours = pods.stream().map(ServicePod::uid).collect(Collectors.toSet());
      return endpoints.serving().stream()
          .filter(serving -> !ours.contains(serving.pod()))
          .map(serving -> serving.name() + " (" + serving.address() + ")")
          .distinct()
          .toList();
    }

    List<String> missing() {
      Set<String> theirs =
          endpoints.serving().stream().map(Serving::pod).collect(Collectors.toSet());
      return pods.stream()
          .filter(pod -> !theirs.contains(pod.uid()))
          .map(ServicePod::name)
          .toList();
    }

    boolean isSettled() {
      return !pods.isEmpty() && tooMuch().isEmpty() && missing().isEmpty();
    }

    String describe() {
      return (pods.isEmpty() ? "; no pod of the target is ready" : "")
          + (tooMuch().isEmpty() ? "" : "; too much: " + String.join(", ", tooMuch()))
          + (missing().isEmpty() ? "" : "; missing: " + String.join(", ", missing()));
    }
  }

  /** Returns where requests go, when that is settled. */
  ServiceEndpoints await() {
    long deadline = System.nanoTime() + within.toNanos();
    while (true) {
      Look look = look();
      if (look.isSettled()) {
        return look.endpoints();
      }
      if (System.nanoTime() > deadline) {
        throw wrong(
            "does not send its requests to exactly the ready pods of %s after %s%s; look at its selector and ports"
                .formatted(
                    service.kubernetes().revision(), Elapsed.describe(within), look.describe()));
      }
      heartbeat.beat("endpoints not settled" + look.describe());
      Pause.of(LOOK_EVERY);
    }
  }

  private Look look() {
    ServiceEndpoints endpoints =
        ServiceEndpoints.find(cluster, service.kubernetes().namespace(), name)
            .orElseThrow(
                () ->
                    wrong(
                        "does not exist in "
                            + service.kubernetes().namespace()
                            + "; correct 'kubernetesService' in the catalog"));
    return new Look(endpoints, target.staying().stream().filter(ServicePod::isReady).toList());
  }

  private ApplicationFailure wrong(String why) {
    return Failures.hopeless(
        "WrongEndpoints",
        Evidence.beginning(
            service.service() + ": the Service " + name + " " + why, Evidence.LIMIT));
  }
}

package dev.rollbook.kubernetes;

import dev.rollbook.Elapsed;
import dev.rollbook.Evidence;
import dev.rollbook.Failures;
import dev.rollbook.Heartbeat;
import dev.rollbook.PinnedService;
import dev.rollbook.Redaction;
import dev.rollbook.kubernetes.KubernetesPin.Image;
import dev.rollbook.local.Pause;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.temporal.failure.ApplicationFailure;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * C4: as many pods of the target as are wanted are Ready, and stay the same for a while. A restart
 * that is seen meanwhile fails the step at once: what crashes under the first requests is no good
 * version. Those before are told, since a pod may start before what it needs.
 */
final class StablePods {

  private static final Duration LOOK_EVERY = Duration.ofMillis(500);

  private final PinnedService service;
  private final KubernetesPin pin;
  private final KubernetesEnvironment environment;
  private final Cluster cluster;
  private final RevisionPods target;
  private final Redaction redaction;
  private final UnreadyPods unready;
  private final Heartbeat heartbeat;
  private final Map<String, Integer> restarts = new HashMap<>();
  private Set<String> same = Set.of();
  private long sameSince;

  StablePods(
      PinnedService service,
      KubernetesEnvironment environment,
      Cluster cluster,
      Redaction redaction,
      UnreadyPods unready,
      Heartbeat heartbeat) {
    this.service = service;
    this.pin = service.kubernetes();
    this.environment = environment;
    this.cluster = cluster;
    this.target = RevisionPods.ofTarget(cluster, service);
    this.redaction = redaction;
    this.unready = unready;
    this.heartbeat = heartbeat;
  }

  /** Returns the pods when they are stable. */
  List<ServicePod> await() {
    Duration within = environment.health().within().plus(environment.stableFor());
    long deadline = System.nanoTime() + within.toNanos();
    while (true) {
      int wanted = wanted();
      List<ServicePod> pods = target.staying();
      pods.forEach(this::refuseRestarted);
      pods.forEach(this::refuseOtherImage);
      refuseMixed(pods);
      long now = System.nanoTime();
      boolean ready = pods.size() == wanted && pods.stream().allMatch(ServicePod::isReady);
      if (ready && isSameFor(pods, now)) {
        return pods;
      }
      if (!ready) {
        same = Set.of();
      }
      if (now > deadline) {
        throw late(pods, wanted, within);
      }
      heartbeat.beat(progress(pods, wanted));
      Pause.of(LOOK_EVERY);
    }
  }

  private ApplicationFailure late(List<ServicePod> pods, int wanted, Duration within) {
    UnreadyPods.Words said = unready.ask(pods);
    return failure(
        said.type("PodsUnstable"),
        "%s%s within %s\n%s%s"
            .formatted(
                said.because(),
                missing(pods, wanted),
                Elapsed.describe(within),
                describe(pods),
                said.describe()));
  }

  private String missing(List<ServicePod> pods, int wanted) {
    long ready = pods.stream().filter(ServicePod::isReady).count();
    int all = Math.max(pods.size(), wanted);
    return ready < all
        ? "%d of %d pods of %s were not Ready".formatted(all - ready, all, pin.revision())
        : "%d pods of %s, %d wanted, were not the same for %s"
            .formatted(all, pin.revision(), wanted, Elapsed.describe(environment.stableFor()));
  }

  private boolean isSameFor(List<ServicePod> pods, long now) {
    Set<String> uids = pods.stream().map(ServicePod::uid).collect(Collectors.toSet());
    if (!uids.equals(same)) {
      same = uids;
      sameSince = now;
    }
    return now - sameSince >= environment.stableFor().toNanos();
  }

  private int wanted() {
    WorkloadState workload =
        WorkloadState.find(cluster, pin.namespace(), pin.workload(), pin.name())
            .orElseThrow(() -> unstable(pin.resource() + " is gone; somebody deleted it"));
    if (workload.wanted() == 0) {
      throw unstable(
          pin.resource() + " wants no pod, so that nothing can be seen of it; scale it up");
    }
    return workload.wanted();
  }

  private void refuseRestarted(ServicePod pod) {
    for (ContainerStatus status : pod.statuses()) {
      int now = status.getRestartCount();
      int before = restarts.computeIfAbsent(pod.uid() + "/" + status.getName(), key -> now);
      if (now > before) {
        var last = status.getLastState();
        throw unstable(
            "pod %s does not stay up: its container %s ended %sand was started again (restart %d); look at 'kubectl -n %s logs %s -c %s --previous'"
                .formatted(
                    pod.name(),
                    status.getName(),
                    last == null || last.getTerminated() == null
                        ? ""
                        : ServicePod.ending(last.getTerminated()) + " ",
                    now,
                    pin.namespace(),
                    pod.name(),
                    status.getName()));
      }
    }
  }

  /** A tag may mean other bits than when this revision was seen to be healthy. */
  private void refuseOtherImage(ServicePod pod) {
    for (Image running : pod.images()) {
      for (Image known : pin.images()) {
        boolean same = known.container().equals(running.container());
        if (same
            && known.id() != null
            && !KnownBits.digest(known.id()).equals(KnownBits.digest(running.id()))) {
          throw wrongImage(
              "pod %s runs %s as %s, but this revision was healthy with %s: the tag means other bits by now; push the good image under that tag again, or choose a revision whose image is named by digest"
                  .formatted(pod.name(), running.image(), running.id(), known.id()));
        }
      }
    }
  }

  /** Nodes keep what a tag meant when they pulled it: then some of the pods are another version. */
  private void refuseMixed(List<ServicePod> pods) {
    Map<String, Image> first = new HashMap<>();
    for (ServicePod pod : pods) {
      for (Image running : pod.images(pin.images())) {
        Image seen = first.computeIfAbsent(running.container(), container -> running);
        if (!KnownBits.digest(seen.id()).equals(KnownBits.digest(running.id()))) {
          throw wrongImage(
              "not all pods run the same bits of %s: pod %s runs %s, others run %s; push the good image under a tag of its own, or name it by digest"
                  .formatted(running.image(), pod.name(), running.id(), seen.id()));
        }
      }
    }
  }

  private ApplicationFailure wrongImage(String why) {
    return Failures.hopeless("WrongImage", service.service() + ": " + why);
  }

  private String progress(List<ServicePod> pods, int wanted) {
    long ready = pods.stream().filter(ServicePod::isReady).count();
    return ready == wanted && pods.size() == wanted
        ? "%d of %d pods Ready, stable for %s of %s"
            .formatted(
                ready,
                wanted,
                Elapsed.describe(Duration.ofNanos(System.nanoTime() - sameSince)),
                Elapsed.describe(environment.stableFor()))
        : "%d of %d pods Ready".formatted(ready, wanted);
  }

  private ApplicationFailure unstable(String why) {
    return failure("PodsUnstable", why);
  }

  private ApplicationFailure failure(String type, String why) {
    return Failures.hopeless(
        type,
        Evidence.beginning(
            redaction.clean(Evidence.plain(service.service() + ": " + why)), Evidence.LIMIT));
  }

  static String describe(List<ServicePod> pods) {
    return pods.stream()
        .map(
            pod ->
                pod.name()
                    + ": "
                    + pod.words()
                    + pod.images().stream()
                        .map(it -> "\n  " + it.container() + " " + it.image() + " " + it.id())
                        .collect(Collectors.joining()))
        .collect(Collectors.joining("\n"));
  }
}

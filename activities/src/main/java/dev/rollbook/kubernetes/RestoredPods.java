package dev.rollbook.kubernetes;

import dev.rollbook.Elapsed;
import dev.rollbook.Failures;
import dev.rollbook.Heartbeat;
import dev.rollbook.PinnedService;
import dev.rollbook.kubernetes.KubernetesPin.Workload;
import java.time.Duration;
import java.util.List;

/** Waits until a workload that may run again has all the pods that it wants. */
final class RestoredPods {

  private static final Duration LOOK_EVERY = Duration.ofSeconds(2);

  private final Cluster cluster;
  private final PinnedService service;
  private final Duration within;
  private final Heartbeat heartbeat;

  RestoredPods(Cluster cluster, PinnedService service, Duration within, Heartbeat heartbeat) {
    this.cluster = cluster;
    this.service = service;
    this.within = within;
    this.heartbeat = heartbeat;
  }

  /**
   * @return the pods, one line each
   * @throws io.temporal.failure.ApplicationFailure NotReady with the pods' states
   */
  String await(WorkloadState restored) {
    long until = System.nanoTime() + within.toNanos();
    PinnedWorkload workload = new PinnedWorkload(cluster, service);
    WorkloadState now = restored;
    try (WorkloadNews news = new WorkloadNews(cluster, now).withPods(now)) {
      while (!isComplete(now)) {
        refuseStopped(now);
        if (System.nanoTime() > until) {
          throw notReady(now);
        }
        String line = now.counts().available() + " of " + now.wanted() + " available";
        heartbeat.beat(line);
        news.await(LOOK_EVERY, () -> heartbeat.beat(line));
        now = workload.look();
      }
    }
    refuseStopped(now);
    return pods(now);
  }

  /** All of one template or not: stopped amid a rollout, it is amid it again. */
  private static boolean isComplete(WorkloadState now) {
    return now.isObserved()
        && now.counts().total() == now.wanted()
        && now.counts().available() == now.wanted();
  }

  /** The next attempt starts it again. */
  private void refuseStopped(WorkloadState now) {
    boolean stopped =
        now.kind() == Workload.DAEMONSET
            ? StoppedNodes.isOn(now.template())
            : RecordedReplicas.of(now).isPresent();
    if (stopped) {
      throw new IllegalStateException(
          "%s: %s was stopped again while it was released"
              .formatted(service.service(), now.resource()));
    }
  }

  private String pods(WorkloadState now) {
    return new RolloutPods(RolloutPods.all(cluster, now), List.of()).describe();
  }

  private RuntimeException notReady(WorkloadState now) {
    return Failures.hopeless(
        "NotReady",
        "%s: %s was let run again, but after %s ('startWithin') %d of %d are available. It is left so, and the record of the stop too; mend it and release it again, or roll it back.%n%s"
            .formatted(
                service.service(),
                now.resource(),
                Elapsed.describe(within),
                now.counts().available(),
                now.wanted(),
                pods(now)));
  }
}

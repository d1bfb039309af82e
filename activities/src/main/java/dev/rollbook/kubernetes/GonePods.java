package dev.rollbook.kubernetes;

import dev.rollbook.Elapsed;
import dev.rollbook.Failures;
import dev.rollbook.Heartbeat;
import dev.rollbook.PinnedService;
import dev.rollbook.kubernetes.KubernetesPin.Workload;
import java.time.Duration;
import java.util.List;

/** Waits until no pod of a workload is left that was scaled to 0. */
final class GonePods {

  private static final Duration LOOK_EVERY = Duration.ofSeconds(2);

  private final Cluster cluster;
  private final PinnedService service;
  private final Duration within;
  private final Heartbeat heartbeat;

  GonePods(Cluster cluster, PinnedService service, Duration within, Heartbeat heartbeat) {
    this.cluster = cluster;
    this.service = service;
    this.within = within;
    this.heartbeat = heartbeat;
  }

  /**
   * @return how many there were at first
   * @throws io.temporal.failure.ApplicationFailure StillRunning
   * @throws IllegalStateException when somebody wants pods again meanwhile
   */
  int await(WorkloadState scaled) {
    long until = System.nanoTime() + within.toNanos();
    PinnedWorkload workload = new PinnedWorkload(cluster, service);
    WorkloadState now = scaled;
    List<ServicePod> left = RolloutPods.all(cluster, now);
    int first = left.size();
    try (WorkloadNews news = new WorkloadNews(cluster, now).withPods(now)) {
      while (!left.isEmpty() || !now.isObserved()) {
        refuseRisen(now);
        if (System.nanoTime() > until) {
          throw stillRunning(now, left);
        }
        String line = left.size() + (left.size() == 1 ? " pod left" : " pods left");
        heartbeat.beat(line);
        news.await(LOOK_EVERY, () -> heartbeat.beat(line));
        now = workload.look();
        left = RolloutPods.all(cluster, now);
      }
    }
    refuseRisen(now);
    return first;
  }

  /** The next attempt scales to 0 again. A DaemonSet's count is outdated until it is observed. */
  private void refuseRisen(WorkloadState now) {
    boolean wanted =
        now.kind() == Workload.DAEMONSET ? !StoppedNodes.isOn(now.template()) : now.wanted() > 0;
    if (wanted) {
      throw new IllegalStateException(
          "%s: %s wants pods (again), though it was scaled to 0: something else scales it%s"
              .formatted(
                  service.service(),
                  now.resource(),
                  TemplateWriter.last(now).map(it -> ", maybe " + it.describe()).orElse("")));
    }
  }

  private RuntimeException stillRunning(WorkloadState now, List<ServicePod> left) {
    return Failures.hopeless(
        "StillRunning",
        "%s: %s was scaled to 0, but after %s ('stopWithin') there still are:%n%s%nOne whose node is gone ends by `kubectl delete pod NAME -n %s --force` alone; else look at its finalizers and its grace period."
            .formatted(
                service.service(),
                now.resource(),
                Elapsed.describe(within),
                new RolloutPods(left, List.of()).describe(),
                now.namespace()));
  }
}

package dev.rollbook.kubernetes;

import dev.rollbook.Elapsed;
import dev.rollbook.Failures;
import dev.rollbook.Heartbeat;
import dev.rollbook.PinnedService;
import dev.rollbook.StepResult;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** C3: the rollout to the target is complete, seen with our own eyes. */
final class RolloutStatus {

  private static final Duration LOOK_EVERY = Duration.ofSeconds(2);

  private final Cluster cluster;
  private final PinnedService service;
  private final Duration within;
  private final Duration spent;
  private final Heartbeat heartbeat;
  private final PinnedWorkload workload;
  private final PinnedTemplate template;
  private final StuckRollout stuck;
  private String line = "asking the cluster";

  /**
   * @param spent by earlier attempts
   * @param unready asked why, when it fails
   */
  RolloutStatus(
      Cluster cluster,
      PinnedService service,
      KubernetesEnvironment environment,
      Duration spent,
      UnreadyPods unready,
      Heartbeat heartbeat) {
    this.cluster = cluster;
    this.service = service;
    this.within = environment.startWithin();
    this.spent = spent;
    this.heartbeat = heartbeat;
    this.workload = new PinnedWorkload(cluster, service);
    this.template = new PinnedTemplate(cluster, service);
    this.stuck = new StuckRollout(cluster, service, unready);
  }

  /** Waits until it is, as long as the catalog allows. */
  StepResult await() {
    long begun = System.nanoTime() - spent.toNanos();
    long examined = System.nanoTime() - LOOK_EVERY.toNanos();
    WorkloadState now = look();
    try (WorkloadNews news = new WorkloadNews(cluster, now).withPods(now)) {
      while (true) {
        boolean late = System.nanoTime() - begun > within.toNanos();
        boolean due = System.nanoTime() - examined >= LOOK_EVERY.toNanos();
        if (late || due || RolloutProgress.isCounted(now, service)) {
          RolloutProgress progress =
              new RolloutProgress(service, now, RolloutPods.of(cluster, now, service));
          if (progress.isComplete()) {
            return complete(progress, Duration.ofNanos(System.nanoTime() - begun));
          }
          refuseStuck(progress, late);
          examined = System.nanoTime();
        }
        heartbeat.beat(line);
        news.await(LOOK_EVERY, () -> heartbeat.beat(line));
        now = look();
      }
    }
  }

  private WorkloadState look() {
    WorkloadState now = workload.look();
    if (!template.isTarget(now)) {
      throw template.replaced(now);
    }
    if (now.paused()) {
      throw Failures.hopeless(
          "Paused",
          "%s: somebody has paused %s, so that it gets no further. `kubectl rollout resume %s -n %s`, then run again."
              .formatted(service.service(), now.resource(), now.resource(), now.namespace()));
    }
    if (now.isObserved() && now.wanted() == 0) {
      throw Failures.hopeless("Unverified", noneWanted(now));
    }
    return now;
  }

  private String noneWanted(WorkloadState now) {
    String recorded = now.annotations().get(OwnAnnotations.REPLICAS);
    return "%s: %s has the template of %s, but wants no pod, so that nothing proves it. %s, and look at it."
        .formatted(
            service.service(),
            now.resource(),
            service.target().describe(),
            now.kind() == KubernetesPin.Workload.DAEMONSET
                ? "Let its node selector take a node"
                : "Scale it up"
                    + (recorded == null ? "" : " (" + recorded + " were wanted before)"));
  }

  private void refuseStuck(RolloutProgress progress, boolean late) {
    List<RolloutFault> faults = stuck.faults(progress.now(), progress.pods());
    Optional<RolloutFault> certain = stuck.certain(faults);
    if (certain.isPresent()) {
      throw stuck.failure(certain.get(), progress);
    }
    if (late) {
      throw stuck.late(within, faults, progress);
    }
    line = progress.words() + faults.stream().findFirst().map(it -> "; " + it.words()).orElse("");
  }

  private StepResult complete(RolloutProgress progress, Duration after) {
    int wanted = progress.now().wanted();
    return new StepResult(
        true,
        "%s successfully rolled out to %s: %d of %d updated and available, no old pod left, after %s"
            .formatted(
                progress.now().resource(),
                service.target().describe(),
                wanted,
                wanted,
                Elapsed.describe(after)),
        progress.pods().describe());
  }
}

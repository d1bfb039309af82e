package dev.rollbook.kubernetes;

import dev.rollbook.Elapsed;
import dev.rollbook.Heartbeat;
import dev.rollbook.PinnedService;
import dev.rollbook.StepResult;
import java.time.Duration;
import java.util.Optional;

/** C9: nobody puts the bad version back, for as long as a reconciler needs to come round. */
final class KeptWatch {

  private static final Duration LOOK_EVERY = Duration.ofSeconds(5);
  private static final Duration KEPT_FOR = Duration.ofSeconds(10);

  private final Cluster cluster;
  private final PinnedService service;
  private final Duration keptFor;
  private final Heartbeat heartbeat;
  private final PinnedWorkload workload;
  private final PinnedTemplate template;

  KeptWatch(
      Cluster cluster,
      PinnedService service,
      KubernetesEnvironment environment,
      Heartbeat heartbeat) {
    this.cluster = cluster;
    this.service = service;
    this.keptFor =
        environment
            .keptFor()
            .or(() -> Optional.ofNullable(service.kubernetes().reconciledEvery()))
            .orElse(KEPT_FOR);
    this.heartbeat = heartbeat;
    this.workload = new PinnedWorkload(cluster, service);
    this.template = new PinnedTemplate(cluster, service);
  }

  /** One look at least. */
  StepResult watch() {
    long begun = System.nanoTime();
    WorkloadState now = look();
    if (!keptFor.isZero()) {
      try (WorkloadNews news = new WorkloadNews(cluster, now)) {
        for (Duration left = keptFor; left.compareTo(Duration.ZERO) > 0; ) {
          String line = "kept so far, " + Elapsed.describe(left) + " to go";
          heartbeat.beat(line);
          news.await(
              left.compareTo(LOOK_EVERY) < 0 ? left : LOOK_EVERY, () -> heartbeat.beat(line));
          now = look();
          left = keptFor.minusNanos(System.nanoTime() - begun);
        }
      }
    }
    return new StepResult(
        true,
        "%s still has %s%s"
            .formatted(
                now.resource(),
                service.target().describe(),
                keptFor.isZero() ? "" : ", watched for " + Elapsed.describe(keptFor)),
        TemplateWriter.of(now).map(it -> "template written by " + it.describe()).orElse(""));
  }

  private WorkloadState look() {
    WorkloadState now = workload.look();
    if (template.isTarget(now)) {
      return now;
    }
    throw template.replaced(now);
  }
}

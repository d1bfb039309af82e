package dev.rollbook.kubernetes;

import dev.rollbook.Heartbeat;
import dev.rollbook.PinnedService;
import dev.rollbook.ReleaseOrder;
import dev.rollbook.StepReport;
import dev.rollbook.Version;
import dev.rollbook.kubernetes.ClusterFailure.NotAdmitted;
import dev.rollbook.kubernetes.ClusterFailure.PermissionDenied;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import java.util.function.Supplier;

/** Pinned for a stop, and released from one, in a cluster. */
public final class ClusterEmergency implements KubernetesEmergency {

  private final KubernetesEnvironments environments;
  private final Clusters clusters;
  private final Supplier<Heartbeat> heartbeat;

  public ClusterEmergency(
      KubernetesEnvironments environments, Clusters clusters, Supplier<Heartbeat> heartbeat) {
    this.environments = environments;
    this.clusters = clusters;
    this.heartbeat = heartbeat;
  }

  @Override
  public Pinned pin(String service, String environment, String planId) {
    KubernetesEnvironment place = environments.find(service, environment);
    return in(
        place,
        (cluster, beat) -> {
          PinnedService pinned = new WorkloadPin(cluster, place).pin(service, environment, planId);
          Version runs = pinned.from();
          String summary =
              "%s in namespace %s, %d wanted, %s"
                  .formatted(
                      pinned.kubernetes().resource(),
                      pinned.kubernetes().namespace(),
                      pinned.kubernetes().replicas(),
                      runs == null ? "of no revision yet" : runs.describe());
          return new Pinned(pinned, StepReport.done(summary, "", Heartbeat.attempt()));
        });
  }

  @Override
  public StepReport release(String service, String environment, String by, String why) {
    KubernetesEnvironment place = environments.find(service, environment);
    ReleaseOrder order = ReleaseOrder.ofActivity(by, why);
    return in(
        place,
        (cluster, beat) -> {
          PinnedService found =
              new WorkloadPin(cluster, place).pin(service, environment, order.id());
          return new ClusterRelease(cluster, found, place, order, beat)
              .release()
              .report(Heartbeat.attempt());
        });
  }

  private <T> T in(KubernetesEnvironment place, BiFunction<Cluster, Heartbeat, T> step) {
    Heartbeat live = heartbeat.get();
    AtomicReference<String> progress = new AtomicReference<>("asking the cluster");
    Heartbeat beat =
        words -> {
          progress.set(words);
          live.beat(words);
        };
    try (Cluster cluster = clusters.open(place, () -> live.beat(progress.get()))) {
      return step.apply(cluster, beat);
    } catch (NotAdmitted e) {
      throw DeniedStep.failure(e);
    } catch (PermissionDenied e) {
      throw DeniedStep.failure(e, Heartbeat.attempt());
    }
  }
}

package dev.rollbook.kubernetes;

import dev.rollbook.Heartbeat;
import dev.rollbook.PinnedService;
import dev.rollbook.Redaction;
import dev.rollbook.StepReport;
import dev.rollbook.StepResult;
import dev.rollbook.aftermath.HealthyVersionsFile;
import dev.rollbook.kubernetes.ClusterFailure.NotAdmitted;
import dev.rollbook.kubernetes.ClusterFailure.PermissionDenied;
import dev.rollbook.verification.HttpHealth;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.IntSupplier;
import java.util.function.Supplier;

/** C1 to C3, C9 to C11 and S1 in a cluster. */
public final class ClusterRollout implements KubernetesRollout {

  private final KubernetesEnvironments environments;
  private final Clusters clusters;
  private final HealthyVersionsFile versions;
  private final Function<PinnedService, StepReport> evidence;
  private final HttpHealth http;
  private final Redaction redaction;
  private final Clock clock;
  private final Supplier<Heartbeat> heartbeat;
  private final Supplier<Duration> spent;
  private final IntSupplier attempt;

  /**
   * @param evidence captures it
   */
  public ClusterRollout(
      KubernetesEnvironments environments,
      Clusters clusters,
      HealthyVersionsFile versions,
      Function<PinnedService, StepReport> evidence,
      HttpHealth http,
      Redaction redaction,
      Clock clock,
      Supplier<Heartbeat> heartbeat) {
    this(
        environments,
        clusters,
        versions,
        evidence,
        http,
        redaction,
        clock,
        heartbeat,
        Heartbeat::spent,
        Heartbeat::attempt);
  }

  ClusterRollout(
      KubernetesEnvironments environments,
      Clusters clusters,
      HealthyVersionsFile versions,
      Function<PinnedService, StepReport> evidence,
      HttpHealth http,
      Redaction redaction,
      Clock clock,
      Supplier<Heartbeat> heartbeat,
      Supplier<Duration> spent,
      IntSupplier attempt) {
    this.environments = environments;
    this.clusters = clusters;
    this.versions = versions;
    this.evidence = evidence;
    this.http = http;
    this.redaction = redaction;
    this.clock = clock;
    this.heartbeat = heartbeat;
    this.spent = spent;
    this.attempt = attempt;
  }

  private interface Step {
    StepResult take(Cluster cluster, KubernetesEnvironment environment, Heartbeat heartbeat);
  }

  @Override
  public StepReport history(PinnedService service) {
    return step(
        service,
        (cluster, environment, beat) ->
            new RolloutHistory(cluster, service, versions, clock.instant()).look());
  }

  @Override
  public StepReport captureEvidence(PinnedService service) {
    return evidence.apply(service);
  }

  @Override
  public StepReport undo(PinnedService service, String by, String why) {
    return step(
        service,
        (cluster, environment, beat) ->
            // what ran counts as bad from now on, also for a run that ends halfway
            new WorkloadUndo(cluster, service, () -> versions.withdraw(service)).undo(by, why));
  }

  @Override
  public StepReport awaitRollout(PinnedService service) {
    return step(
        service,
        (cluster, environment, beat) ->
            new RolloutStatus(
                    cluster,
                    service,
                    environment,
                    spent.get(),
                    new UnreadyPods(
                        cluster, environment, http, redaction, () -> beat.beat("asking the pods")),
                    beat)
                .await());
  }

  @Override
  public StepReport scaleToZero(PinnedService service) {
    return step(
        service,
        (cluster, environment, beat) ->
            new ScaleToZero(cluster, service, environment, beat).scaleToZero());
  }

  @Override
  public StepReport scaleBack(PinnedService service) {
    return step(
        service,
        (cluster, environment, beat) ->
            new ScaleToZero(cluster, service, environment, beat).scaleBack());
  }

  @Override
  public StepReport watchKept(PinnedService service) {
    return step(
        service,
        (cluster, environment, beat) -> new KeptWatch(cluster, service, environment, beat).watch());
  }

  @Override
  public StepReport stopAfterFailure(PinnedService service) {
    return step(
        service,
        (cluster, environment, beat) ->
            new ClusterStop(cluster, service, environment, beat).stop());
  }

  private StepReport step(PinnedService service, Step step) {
    KubernetesEnvironment environment = environments.find(service.service(), service.environment());
    Heartbeat live = heartbeat.get();
    AtomicReference<String> progress = new AtomicReference<>("asking the cluster");
    Heartbeat beat =
        words -> {
          progress.set(words);
          live.beat(words);
        };
    // a call of the API server says no more than that it lives: what the step said last stands
    try (Cluster cluster = clusters.open(environment, () -> live.beat(progress.get()))) {
      return step.take(cluster, environment, beat).report(attempt.getAsInt());
    } catch (NotAdmitted e) {
      throw DeniedStep.failure(e);
    } catch (PermissionDenied e) {
      throw DeniedStep.failure(e, attempt.getAsInt());
    }
  }
}

package dev.rollbook.kubernetes;

import dev.rollbook.PinnedService;
import dev.rollbook.Redaction;
import dev.rollbook.ReleaseOrder;
import dev.rollbook.StepResult;
import dev.rollbook.verification.HttpHealth;
import io.temporal.failure.ApplicationFailure;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;

/** The steps that change or watch a rollout, for one pinned shop, and what they say meanwhile. */
final class RolloutSteps implements AutoCloseable {

  /** Of every heartbeat. */
  final List<String> lines = new CopyOnWriteArrayList<>();

  private final Clusters clusters = new Clusters();
  private final PinnedService service;
  private final KubernetesEnvironment environment;
  private final Cluster cluster;
  private volatile RuntimeException end;

  RolloutSteps(PinnedService service, KubernetesEnvironment environment) {
    this.service = service;
    this.environment = environment;
    this.cluster = clusters.open(environment, () -> beat("asking the cluster"));
  }

  private void beat(String line) {
    lines.add(line);
    if (end != null) {
      throw end;
    }
  }

  /** As an abort: the next sign of life throws. */
  void endAtNextBeat(RuntimeException failure) {
    end = failure;
  }

  Cluster cluster() {
    return cluster;
  }

  WorkloadState look() {
    return new PinnedWorkload(cluster, service).look();
  }

  StepResult undo() {
    return new WorkloadUndo(cluster, service, () -> {}).undo("hana", "errors since the deploy");
  }

  StepResult awaitRollout() {
    return awaitRollout(Duration.ZERO);
  }

  /**
   * @param spent by attempts that were cut off
   */
  StepResult awaitRollout(Duration spent) {
    return new RolloutStatus(cluster, service, environment, spent, unready(), this::beat).await();
  }

  UnreadyPods unready() {
    return new UnreadyPods(
        cluster,
        environment,
        new HttpHealth((name, place) -> null, Redaction.NONE, () -> this::beat, () -> 1),
        Redaction.NONE,
        () -> beat("asking the pods"));
  }

  StepResult scaleToZero() {
    return new ScaleToZero(cluster, service, environment, this::beat).scaleToZero();
  }

  StepResult scaleBack() {
    return new ScaleToZero(cluster, service, environment, this::beat).scaleBack();
  }

  StepResult watchKept() {
    return new KeptWatch(cluster, service, environment, this::beat).watch();
  }

  StepResult stop() {
    return new ClusterStop(cluster, service, environment, this::beat).stop();
  }

  StepResult release(ReleaseOrder order) {
    return new ClusterRelease(cluster, service, environment, order, this::beat).release();
  }

  /** What no second attempt can mend. */
  static ApplicationFailure failureOf(Supplier<?> step) {
    try {
      throw new AssertionError("did not fail: " + step.get());
    } catch (ApplicationFailure failure) {
      return failure;
    }
  }

  /** The same of a step that runs beside the test. */
  static CompletableFuture<ApplicationFailure> failing(Supplier<?> step) {
    return CompletableFuture.supplyAsync(() -> failureOf(step), task -> new Thread(task).start());
  }

  @Override
  public void close() {
    cluster.close();
    clusters.close();
  }
}

package dev.rollbook.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.Abort;
import dev.rollbook.CatalogEntry;
import dev.rollbook.Run;
import dev.rollbook.WorkflowIds;
import dev.rollbook.engine.NeedsTemporal;
import dev.rollbook.kubernetes.NeedsKubernetes;
import dev.rollbook.kubernetes.ProductionShop;
import dev.rollbook.kubernetes.Release.Behaviour;
import dev.rollbook.shop.Rollbook;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowStub;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A worker that freezes in the middle of a change and wakes when another one has taken over. */
@NeedsTemporal
@NeedsKubernetes
@Timeout(600)
@Execution(ExecutionMode.CONCURRENT)
class KubernetesFencedIT {

  /** The time in which one that wakes would have done what it was about to do. */
  private static final Duration WATCHED = Duration.ofSeconds(8);

  @ParameterizedTest
  @EnumSource(names = "IN_C3")
  void a_frozen_worker_that_wakes_after_the_stop_scales_nothing_up(
      KubernetesCrashPoint at, @TempDir Path folder) throws Exception {
    try (TemporalServer temporal = new TemporalServer(folder, List.of("default"));
        ProductionShop shop = new ProductionShop(folder, Behaviour.UP);
        WorkloadWatch watch = new WorkloadWatch(shop.cluster())) {
      Rollbook.Running zombie = Workers.start(folder, temporal, "default");
      CountDownLatch frozen = new CountDownLatch(1);
      at.change()
          .ifPresent(
              change ->
                  watch.on(
                      change,
                      () -> {
                        signal(zombie, "STOP");
                        frozen.countDown();
                      }));
      WorkflowClient client = temporal.client("default");
      WorkflowStub run = Workers.runInProduction(client);
      if (at.change().isPresent()) {
        assertThat(frozen.await(180, TimeUnit.SECONDS)).isTrue();
      } else {
        Awaitility.await()
            .pollInterval(Duration.ofMillis(100))
            .atMost(Duration.ofSeconds(180))
            .until(() -> at.isReached(client));
        signal(zombie, "STOP");
      }
      // kept by the server for whichever worker comes, which must not end the rollback first; said
      // to the section, since its run may still wait for the frozen worker
      client
          .newUntypedWorkflowStub(
              WorkflowIds.section(ProductionShop.RUN_ID, CatalogEntry.Kind.KUBERNETES))
          .signal("cutOff", new Abort("tester", "the worker is frozen"));
      Rollbook.Running other = Workers.start(folder, temporal, "default");
      try {
        Run ended = run.getResult(200, TimeUnit.SECONDS, Run.class);
        KubernetesOnce.stopped(shop, watch, ended);

        signal(zombie, "CONT");
        Awaitility.await()
            .pollInterval(Duration.ofMillis(200))
            .during(WATCHED)
            .atMost(WATCHED.plusSeconds(20))
            .until(() -> shop.cluster().pods().isEmpty());
        KubernetesOnce.stopped(shop, watch, ended);
      } finally {
        other.process().destroyForcibly();
        zombie.process().destroyForcibly();
      }
    }
  }

  @Test
  void a_frozen_worker_that_wakes_shares_the_rest_with_the_one_that_took_over(@TempDir Path folder)
      throws Exception {
    try (TemporalServer temporal = new TemporalServer(folder, List.of("default"));
        ProductionShop shop = new ProductionShop(folder, Behaviour.UP);
        WorkloadWatch watch = new WorkloadWatch(shop.cluster())) {
      Rollbook.Running zombie = Workers.start(folder, temporal, "default");
      CountDownLatch frozen = new CountDownLatch(1);
      watch.on(
          KubernetesCrashPoint.IN_C2.change().orElseThrow(),
          () -> {
            signal(zombie, "STOP");
            frozen.countDown();
          });
      WorkflowClient client = temporal.client("default");
      WorkflowStub run = Workers.runInProduction(client);
      assertThat(frozen.await(180, TimeUnit.SECONDS)).isTrue();
      Rollbook.Running other = Workers.start(folder, temporal, "default");
      try {
        Awaitility.await()
            .pollInterval(Duration.ofMillis(100))
            .atMost(Duration.ofSeconds(180))
            .until(() -> KubernetesCrashPoint.AFTER_C3.isReached(client));
        signal(zombie, "CONT");
        Run ended = run.getResult(200, TimeUnit.SECONDS, Run.class);

        KubernetesOnce.rolledBack(shop, watch, ended);
        assertThat(zombie.process().isAlive() && other.process().isAlive()).isTrue();
      } finally {
        other.process().destroyForcibly();
        zombie.process().destroyForcibly();
      }
    }
  }

  private static void signal(Rollbook.Running worker, String signal) {
    try {
      worker.signalGroup(signal);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

package dev.rollbook.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.Run;
import dev.rollbook.Verdict;
import dev.rollbook.engine.NeedsTemporal;
import dev.rollbook.kubernetes.NeedsKubernetes;
import dev.rollbook.kubernetes.ProductionShop;
import dev.rollbook.kubernetes.Release.Behaviour;
import dev.rollbook.shop.Rollbook;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowStub;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * Workers killed with SIGKILL one after the other, at and inside every step of Section C: the next
 * one goes on, and the Deployment is changed as often as without a crash.
 */
@NeedsTemporal
@NeedsKubernetes
@Timeout(900)
@Execution(ExecutionMode.CONCURRENT)
class KubernetesWorkerKilledIT {

  private static TemporalServer temporal;

  @TempDir Path folder;

  @BeforeAll
  static void start(@TempDir Path folder) throws Exception {
    temporal = new TemporalServer(folder, List.of("looking", "changing", "scaling", "stopping"));
  }

  @AfterAll
  static void end() {
    temporal.close();
  }

  @Test
  void a_rollback_cut_off_between_its_steps_is_done_once() throws Exception {
    rolledBack(
        "looking",
        KubernetesCrashPoint.AFTER_P2,
        KubernetesCrashPoint.AFTER_E1,
        KubernetesCrashPoint.AFTER_C2,
        KubernetesCrashPoint.IN_C4,
        KubernetesCrashPoint.AFTER_C5,
        KubernetesCrashPoint.IN_C7,
        KubernetesCrashPoint.AFTER_C8);
  }

  @Test
  void a_rollback_cut_off_in_its_steps_is_done_once() throws Exception {
    rolledBack(
        "changing",
        KubernetesCrashPoint.AFTER_C1,
        KubernetesCrashPoint.IN_C2,
        KubernetesCrashPoint.IN_C3,
        KubernetesCrashPoint.AFTER_C3,
        KubernetesCrashPoint.AFTER_C4,
        KubernetesCrashPoint.AFTER_C6,
        KubernetesCrashPoint.AFTER_C7,
        KubernetesCrashPoint.IN_C9);
  }

  private void rolledBack(String namespace, KubernetesCrashPoint... points) throws Exception {
    try (ProductionShop shop = new ProductionShop(folder, Behaviour.UP);
        WorkloadWatch watch = new WorkloadWatch(shop.cluster())) {
      Run run = cutOff(shop, watch, namespace, points);

      KubernetesOnce.rolledBack(shop, watch, run);
      assertThat(watch.wanted()).as("pods wanted").containsExactly(ProductionShop.REPLICAS);
    }
  }

  @Test
  void a_count_scaled_to_0_comes_back_whenever_the_worker_dies() throws Exception {
    try (ProductionShop shop = new ProductionShop(folder, Behaviour.UP);
        WorkloadWatch watch = new WorkloadWatch(shop.cluster())) {
      watch.on(KubernetesCrashPoint.IN_C2.change().orElseThrow(), shop::fill);
      watch.on(KubernetesCrashPoint.IN_C10.change().orElseThrow(), shop::empty);
      allowScaling(temporal.client("scaling"));

      Run run =
          cutOff(
              shop,
              watch,
              "scaling",
              KubernetesCrashPoint.IN_C10,
              KubernetesCrashPoint.AFTER_C10,
              KubernetesCrashPoint.IN_C11);

      KubernetesOnce.rolledBack(shop, watch, run);
      assertThat(watch.wanted())
          .as("pods wanted")
          .containsExactly(ProductionShop.REPLICAS, 0, ProductionShop.REPLICAS);
    }
  }

  @Test
  void a_stop_that_is_cut_off_keeps_the_count_on_record() throws Exception {
    try (ProductionShop shop = new ProductionShop(folder, Behaviour.DOWN);
        WorkloadWatch watch = new WorkloadWatch(shop.cluster())) {
      Run run = cutOff(shop, watch, "stopping", KubernetesCrashPoint.IN_S1);

      KubernetesOnce.stopped(shop, watch, run);
    }
  }

  private Run cutOff(
      ProductionShop shop, WorkloadWatch watch, String namespace, KubernetesCrashPoint... points)
      throws Exception {
    WorkflowClient client = temporal.client(namespace);
    AtomicReference<Rollbook.Running> worker = new AtomicReference<>();
    worker.set(Workers.start(shop.folder(), temporal, namespace));
    WorkflowStub run = Workers.runInProduction(client);
    long begun = System.nanoTime();
    try {
      CountDownLatch dead = killAtChange(points, 0, watch, worker);
      for (int i = 0; i < points.length; i++) {
        KubernetesCrashPoint point = points[i];
        if (point.change().isPresent()) {
          assertThat(dead.await(200, TimeUnit.SECONDS))
              .as(() -> point + ", " + run.query("status", Run.class))
              .isTrue();
        } else {
          await(point, client);
          worker.get().process().destroyForcibly();
        }
        worker.get().process().waitFor();
        dead = killAtChange(points, i + 1, watch, worker);
        worker.set(Workers.start(shop.folder(), temporal, namespace));
      }
      Run ended = run.getResult(240, TimeUnit.SECONDS, Run.class);
      System.out.printf(
          "crashes %s: ended after %.1f s%n", List.of(points), (System.nanoTime() - begun) / 1e9);
      return ended;
    } finally {
      worker.get().process().destroyForcibly();
    }
  }

  /** Before anything can bring that change about, if it is one that is waited for. */
  private static CountDownLatch killAtChange(
      KubernetesCrashPoint[] points,
      int next,
      WorkloadWatch watch,
      AtomicReference<Rollbook.Running> worker) {
    CountDownLatch dead = new CountDownLatch(1);
    if (next < points.length) {
      points[next]
          .change()
          .ifPresent(
              change ->
                  watch.on(
                      change,
                      () -> {
                        worker.get().process().destroyForcibly();
                        dead.countDown();
                      }));
    }
    return dead;
  }

  private static void await(KubernetesCrashPoint point, WorkflowClient client) {
    Awaitility.await(point.name())
        .pollInterval(Duration.ofMillis(100))
        .atMost(Duration.ofSeconds(200))
        .until(() -> point.isReached(client));
  }

  /** A person's word, as soon as it is asked for. */
  private static void allowScaling(WorkflowClient client) {
    Thread person =
        new Thread(
            () ->
                Awaitility.await()
                    .pollInterval(Duration.ofSeconds(1))
                    .atMost(Duration.ofSeconds(200))
                    .ignoreExceptions()
                    .until(
                        () ->
                            client
                                    .newUntypedWorkflowStub(Section.KUBERNETES.id())
                                    .update(
                                        "approve",
                                        String.class,
                                        new Verdict("tester", "nobody shops at night"))
                                != null),
            "person");
    person.setDaemon(true);
    person.start();
  }
}

package dev.rollbook.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.Outcome;
import dev.rollbook.Run;
import dev.rollbook.engine.NeedsTemporal;
import dev.rollbook.kubernetes.ApiProxy;
import dev.rollbook.kubernetes.KubernetesPin.Workload;
import dev.rollbook.kubernetes.NeedsKubernetes;
import dev.rollbook.kubernetes.ProductionShop;
import dev.rollbook.kubernetes.Release;
import dev.rollbook.kubernetes.Release.Behaviour;
import dev.rollbook.shop.Rollbook;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowStub;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
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
    temporal =
        new TemporalServer(
            folder, List.of("after", "changing", "proving", "scaling", "stopping", "stateful"));
  }

  @AfterAll
  static void end() {
    temporal.close();
  }

  /** Each before the next one has seen anything. */
  @Test
  void a_rollback_cut_off_after_each_of_its_steps_is_done_once() throws Exception {
    rolledBack(
        "after",
        KubernetesCrashPoint.AFTER_P1,
        KubernetesCrashPoint.AFTER_C1,
        KubernetesCrashPoint.AFTER_E1,
        KubernetesCrashPoint.AFTER_C2,
        KubernetesCrashPoint.AFTER_C3,
        KubernetesCrashPoint.AFTER_C4,
        KubernetesCrashPoint.AFTER_C5,
        KubernetesCrashPoint.AFTER_C6,
        KubernetesCrashPoint.AFTER_C7,
        KubernetesCrashPoint.AFTER_C8,
        KubernetesCrashPoint.AFTER_C9,
        KubernetesCrashPoint.AFTER_H1);
  }

  @Test
  void a_rollback_cut_off_while_it_looks_and_changes_is_done_once() throws Exception {
    rolledBack(
        "changing",
        KubernetesCrashPoint.IN_P1,
        KubernetesCrashPoint.IN_C1,
        KubernetesCrashPoint.IN_E1,
        KubernetesCrashPoint.IN_C2,
        KubernetesCrashPoint.IN_C3);
  }

  @Test
  void a_rollback_cut_off_in_each_of_its_proofs_is_done_once() throws Exception {
    rolledBack(
        "proving",
        KubernetesCrashPoint.IN_C4,
        KubernetesCrashPoint.IN_C5,
        KubernetesCrashPoint.IN_C6,
        KubernetesCrashPoint.IN_C7,
        KubernetesCrashPoint.IN_C8,
        KubernetesCrashPoint.IN_C9);
  }

  /** Between the patch and the removal of the pod that keeps a StatefulSet from going on. */
  @Test
  void the_stuck_pod_of_a_stateful_set_goes_although_the_worker_dies_before_it() throws Exception {
    try (ProductionShop shop =
            new ProductionShop(
                folder, Workload.STATEFULSET, Behaviour.UP, Release.bad(Behaviour.UNREADY));
        ApiProxy proxy = new ApiProxy(shop.cluster().kubeconfig())) {
      shop.through(proxy.kubeconfig(folder));
      WorkflowClient client = temporal.client("stateful");
      proxy.next("^DELETE .*/pods/", ApiProxy.Fault.SILENCE);
      Rollbook.Running worker = Workers.start(folder, temporal, "stateful");
      try {
        WorkflowStub run = Workers.runInProduction(client);
        Awaitility.await()
            .pollInterval(Duration.ofMillis(100))
            .atMost(Duration.ofSeconds(200))
            .until(() -> proxy.seen("^DELETE .*/pods/") > 0);
        worker.process().destroyForcibly().waitFor();
        assertThat(shop.cluster().release()).as("patched").isEqualTo(shop.target().name());
        worker = Workers.start(folder, temporal, "stateful");
        Run ended = run.getResult(240, TimeUnit.SECONDS, Run.class);

        assertThat(ended.outcome()).as(ended.reason()).isEqualTo(Outcome.ROLLED_BACK);
        assertThat(proxy.seen("^PATCH ")).as("changes").isEqualTo(1);
        assertThat(shop.cluster().pods(shop.target())).hasSize(ProductionShop.REPLICAS);
      } finally {
        worker.process().destroyForcibly();
      }
    }
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
      Person.allowsScaling(temporal.client("scaling"));

      Run run =
          cutOff(
              shop,
              watch,
              "scaling",
              KubernetesCrashPoint.IN_C10,
              KubernetesCrashPoint.AFTER_C10,
              KubernetesCrashPoint.IN_C11,
              KubernetesCrashPoint.AFTER_C11);

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
      Run run =
          cutOff(
              shop, watch, "stopping", KubernetesCrashPoint.IN_S1, KubernetesCrashPoint.AFTER_S1);

      KubernetesOnce.stopped(shop, watch, run);
    }
  }

  private Run cutOff(
      ProductionShop shop, WorkloadWatch watch, String namespace, KubernetesCrashPoint... points)
      throws Exception {
    WorkflowClient client = temporal.client(namespace);
    AtomicReference<Rollbook.Running> worker = new AtomicReference<>();
    try (ApiProxy proxy = new ApiProxy(shop.cluster().kubeconfig())) {
      shop.through(proxy.kubeconfig(folder));
      // it leads to the API server, which says that it is ready
      shop.check(proxy.url("/readyz"));
      CountDownLatch reached = arm(points[0], watch, worker, proxy, client);
      worker.set(Workers.start(shop.folder(), temporal, namespace));
      WorkflowStub run = Workers.runInProduction(client);
      long begun = System.nanoTime();
      for (int i = 0; i < points.length; i++) {
        KubernetesCrashPoint point = points[i];
        if (point.change().isPresent() || point.isHeld()) {
          assertThat(reached.await(200, TimeUnit.SECONDS))
              .as(() -> point + ", " + run.query("status", Run.class))
              .isTrue();
        } else {
          await(point, client);
        }
        worker.get().process().destroyForcibly().waitFor();
        if (i + 1 < points.length) {
          reached = arm(points[i + 1], watch, worker, proxy, client);
        }
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

  /** Before anything can bring it about, if it is a moment that is waited for. */
  private static CountDownLatch arm(
      KubernetesCrashPoint next,
      WorkloadWatch watch,
      AtomicReference<Rollbook.Running> worker,
      ApiProxy proxy,
      WorkflowClient client) {
    if (next.isHeld()) {
      AtomicInteger asked = new AtomicInteger();
      return proxy.hold(() -> next.isReached(client) && asked.incrementAndGet() == next.question());
    }
    CountDownLatch dead = new CountDownLatch(1);
    next.change()
        .ifPresent(
            change ->
                watch.on(
                    change,
                    () -> {
                      worker.get().process().destroyForcibly();
                      dead.countDown();
                    }));
    return dead;
  }

  private static void await(KubernetesCrashPoint point, WorkflowClient client) {
    Awaitility.await(point.name())
        .pollInterval(Duration.ofMillis(100))
        .atMost(Duration.ofSeconds(200))
        .until(() -> point.isReached(client));
  }
}

package dev.rollbook.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.Run;
import dev.rollbook.engine.NeedsTemporal;
import dev.rollbook.kubernetes.KubernetesPin.Workload;
import dev.rollbook.kubernetes.KubernetesShop;
import dev.rollbook.kubernetes.NeedsKubernetes;
import dev.rollbook.kubernetes.ProductionShop;
import dev.rollbook.kubernetes.Release;
import dev.rollbook.kubernetes.Release.Behaviour;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * Each change of Section C that starts or removes something, reaching the cluster after the stop.
 */
@NeedsTemporal
@NeedsKubernetes
@Timeout(600)
@Execution(ExecutionMode.CONCURRENT)
class KubernetesLateIT {

  private static TemporalServer temporal;

  @BeforeAll
  static void start(@TempDir Path folder) throws Exception {
    temporal = new TemporalServer(folder, List.of("undo", "back", "removal"));
  }

  @AfterAll
  static void end() {
    temporal.close();
  }

  @Test
  void an_undo_changes_nothing(@TempDir Path folder) throws Exception {
    try (ProductionShop shop = new ProductionShop(folder, Behaviour.UP);
        LateRequest late = new LateRequest(shop, temporal, "undo")) {
      Run ended = late.stoppedBefore(1, "^PATCH ");

      late.isInVain(() -> List.of(generation(shop), uids(shop)));

      isStopped(shop, ended);
    }
  }

  /** C2 is the first change, C10 the second. */
  @Test
  void a_scaling_back_starts_nothing(@TempDir Path folder) throws Exception {
    try (ProductionShop shop = new ProductionShop(folder, Behaviour.UP);
        WorkloadWatch watch = new WorkloadWatch(shop.cluster());
        LateRequest late = new LateRequest(shop, temporal, "back")) {
      watch.on(KubernetesCrashPoint.IN_C2.change().orElseThrow(), shop::fill);
      watch.on(KubernetesCrashPoint.IN_C10.change().orElseThrow(), shop::empty);
      Person.allowsScaling(late.client());
      Run ended = late.stoppedBefore(3, "^PATCH ");
      isStopped(shop, ended);

      late.isInVain(() -> List.of(generation(shop), uids(shop)));

      isStopped(shop, ended);
    }
  }

  /** Somebody starts the service again, so that there are pods of the old names. */
  @Test
  void the_removal_of_a_stuck_pod_removes_no_other(@TempDir Path folder) throws Exception {
    Release stuck = Release.bad(Behaviour.UNREADY);
    try (ProductionShop shop =
            new ProductionShop(folder, Workload.STATEFULSET, Behaviour.UP, stuck);
        LateRequest late = new LateRequest(shop, temporal, "removal")) {
      String removed = shop.cluster().pods(stuck).get(0).getMetadata().getName();
      late.stoppedBefore(1, "^DELETE .*/pods/" + removed);
      assertThat(shop.cluster().pods()).isEmpty();
      shop.cluster()
          .client()
          .apps()
          .statefulSets()
          .inNamespace(shop.cluster().namespace())
          .withName(KubernetesShop.NAME)
          .scale(ProductionShop.REPLICAS);
      shop.cluster().awaitRollout();
      assertThat(uids(shop)).hasSize(ProductionShop.REPLICAS);

      late.isInVain(() -> uids(shop));
    }
  }

  private static void isStopped(ProductionShop shop, Run ended) {
    assertThat(shop.cluster().workload().getMetadata().getAnnotations())
        .containsEntry("rollbook.dev/replicas", String.valueOf(ProductionShop.REPLICAS))
        .containsEntry("rollbook.dev/stopped-by", ended.plan().pinned().planId());
    assertThat(((Deployment) shop.cluster().workload()).getSpec().getReplicas()).isZero();
    assertThat(shop.cluster().pods()).isEmpty();
  }

  private static List<String> uids(ProductionShop shop) {
    return shop.cluster().pods().stream().map(pod -> pod.getMetadata().getUid()).toList();
  }

  private static long generation(ProductionShop shop) {
    return shop.cluster().workload().getMetadata().getGeneration();
  }
}

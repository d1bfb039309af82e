package dev.rollbook.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.rollbook.PinnedService;
import dev.rollbook.Version;
import dev.rollbook.kubernetes.KubernetesPin.Workload;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apps.DaemonSetBuilder;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.apps.StatefulSetBuilder;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The counts of kubectl's own tests of {@code rollout status}: docs/kubectl.md has the table. */
@Timeout(30)
class RolloutProgressTest {

  private static final String TARGET = "shop-6d4b75cb6d";

  static Stream<Arguments> counts() {
    return Stream.of(
        arguments("no pod is updated", deployment(0, 1, 1, 1, 0, 1), false),
        arguments("an old pod is left", deployment(1, 1, 1, 2, 1, 2), false),
        arguments("one of two is available", deployment(1, 2, 1, 2, 2, 1), false),
        arguments("all are", deployment(1, 2, 1, 2, 2, 2), true),
        arguments("the change was not seen yet", deployment(2, 2, 1, 2, 2, 2), false),
        arguments("no node is updated", daemonSet(0, 1, 0, 0), false),
        arguments("one of two nodes is available", daemonSet(1, 2, 2, 1), false),
        arguments("all nodes are", daemonSet(1, 2, 2, 2), true),
        arguments("the set's change was not seen yet", daemonSet(2, 2, 2, 2), false),
        arguments("the update was not seen yet", statefulSet(2, 1, 0, 3, 0, TARGET), false),
        arguments("one pod is not ready", statefulSet(1, 2, 0, 2, 0, TARGET), false),
        arguments("none above the partition is", statefulSet(1, 2, 2, 3, 0, TARGET), false),
        arguments("all pods are", statefulSet(1, 2, 0, 3, 3, TARGET), true));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("counts")
  void a_rollout_is_over_by_the_counts_that_end_kubectls_wait(
      String what, HasMetadata workload, boolean over) {
    WorkloadState now = WorkloadState.of(workload);

    assertThat(RolloutProgress.isCounted(now, service(now.kind()))).isEqualTo(over);
  }

  /** Here kubectl says "partitioned roll out complete" or looks no further. */
  @Test
  void it_is_not_over_where_kubectl_leaves_pods_on_the_bad_revision() {
    WorkloadState partitioned = WorkloadState.of(statefulSet(1, 2, 2, 3, 1, TARGET));
    WorkloadState another = WorkloadState.of(statefulSet(1, 2, 0, 3, 3, "shop-57b8fdb4c6"));

    assertThat(RolloutProgress.isCounted(partitioned, service(Workload.STATEFULSET))).isFalse();
    assertThat(RolloutProgress.isCounted(another, service(Workload.STATEFULSET))).isFalse();
  }

  /** Counts are what a controller has heard so far; that no pod is wanted proves none. */
  @Test
  void counts_alone_prove_nothing() {
    RolloutPods none = new RolloutPods(List.of(), List.of());
    WorkloadState counted = WorkloadState.of(deployment(1, 2, 1, 2, 2, 2));
    WorkloadState empty = WorkloadState.of(deployment(1, 0, 1, 0, 0, 0));
    PinnedService service = service(Workload.DEPLOYMENT);

    assertThat(new RolloutProgress(service, counted, none).isComplete()).isFalse();
    assertThat(RolloutProgress.isCounted(empty, service)).isTrue();
    assertThat(new RolloutProgress(service, empty, none).isComplete()).isFalse();
  }

  private static HasMetadata deployment(
      long generation, int wanted, long observed, int total, int updated, int available) {
    return new DeploymentBuilder()
        .withNewMetadata()
        .withGeneration(generation)
        .endMetadata()
        .withNewSpec()
        .withReplicas(wanted)
        .endSpec()
        .withNewStatus()
        .withObservedGeneration(observed)
        .withReplicas(total)
        .withUpdatedReplicas(updated)
        .withAvailableReplicas(available)
        .endStatus()
        .build();
  }

  private static HasMetadata daemonSet(long generation, int wanted, int updated, int available) {
    return new DaemonSetBuilder()
        .withNewMetadata()
        .withGeneration(generation)
        .endMetadata()
        .withNewSpec()
        .endSpec()
        .withNewStatus()
        .withObservedGeneration(1L)
        .withDesiredNumberScheduled(wanted)
        .withCurrentNumberScheduled(wanted)
        .withUpdatedNumberScheduled(updated)
        .withNumberAvailable(available)
        .endStatus()
        .build();
  }

  /** Of three pods. */
  private static HasMetadata statefulSet(
      long generation, long observed, int partition, int ready, int updated, String revision) {
    return new StatefulSetBuilder()
        .withNewMetadata()
        .withGeneration(generation)
        .endMetadata()
        .withNewSpec()
        .withReplicas(3)
        .withNewUpdateStrategy()
        .withType("RollingUpdate")
        .withNewRollingUpdate()
        .withPartition(partition)
        .endRollingUpdate()
        .endUpdateStrategy()
        .endSpec()
        .withNewStatus()
        .withObservedGeneration(observed)
        .withReplicas(3)
        .withReadyReplicas(ready)
        .withAvailableReplicas(ready)
        .withUpdatedReplicas(updated)
        .withUpdateRevision(revision)
        .endStatus()
        .build();
  }

  private static PinnedService service(Workload kind) {
    return new PinnedService(
        "shop",
        "production",
        "plan",
        Version.replicaSet("bad", "revision 2"),
        Version.replicaSet("good", "revision 1"),
        null,
        null,
        new KubernetesPin(
            "shop", kind, "shop", "uid", TARGET, TARGET, 1, List.of(), "shop-bad", "bad", 3));
  }
}

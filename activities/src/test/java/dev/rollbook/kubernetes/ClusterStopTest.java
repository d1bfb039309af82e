package dev.rollbook.kubernetes;

import static dev.rollbook.kubernetes.RolloutSteps.failureOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rollbook.PinnedService;
import dev.rollbook.StepResult;
import dev.rollbook.Version;
import dev.rollbook.kubernetes.ClusterFailure.Conflict;
import dev.rollbook.kubernetes.KubernetesPin.Workload;
import dev.rollbook.kubernetes.Release.Behaviour;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@NeedsKubernetes
@Timeout(120)
class ClusterStopTest {

  @ParameterizedTest
  @EnumSource
  void nothing_of_a_stopped_plan_starts_a_pod_again_and_another_plan_brings_them_back(
      Workload kind) {
    try (KubernetesShop shop = new KubernetesShop(kind, 2)) {
      shop.rollOut(Release.good()).begin(Release.bad(Behaviour.UNREADY), 1);
      PinnedService pinned = shop.pinned(Release.good());
      try (RolloutSteps steps = new RolloutSteps(pinned, shop.environment().build())) {
        GuardedPatch late = new GuardedPatch(steps.look()).annotate("written", "late");

        StepResult stopped = steps.stop();

        assertThat(stopped.summary()).startsWith("no pod of " + pinned.kubernetes().resource());
        assertThat(shop.client().pods().inNamespace(shop.namespace()).list().getItems()).isEmpty();
        assertThat(steps.look().annotations())
            .containsEntry(OwnAnnotations.STOPPED_BY, pinned.planId());
        assertThatThrownBy(() -> late.send(steps.cluster())).isInstanceOf(Conflict.class);
        assertThat(failureOf(steps::undo).getType()).isEqualTo("Stopped");
        assertThat(failureOf(steps::scaleBack).getType())
            .isEqualTo(kind == Workload.DAEMONSET ? "NotScalable" : "Stopped");
        assertThat(steps.stop().changed()).isFalse();

        PinnedService unaware = replanned(pinned, steps).underStop(null);
        try (RolloutSteps before = new RolloutSteps(unaware, shop.environment().build())) {
          assertThat(failureOf(before::undo).getType()).as("planned before").isEqualTo("Stopped");
        }
        try (RolloutSteps next =
            new RolloutSteps(replanned(pinned, steps), shop.environment().build())) {
          next.undo();
          assertThat(next.awaitRollout().summary()).contains("updated and available");
          assertThat(shop.pods(Release.good())).hasSize(kind == Workload.DAEMONSET ? 1 : 2);
        }
      }
    }
  }

  /** By the next run, which finds the workload stopped. */
  private static PinnedService replanned(PinnedService before, RolloutSteps steps) {
    WorkloadState now = steps.look();
    Version from = Revisions.of(steps.cluster(), now).current().orElseThrow().version();
    return new PinnedService(
            before.service(),
            before.environment(),
            before.planId() + "-next",
            from,
            before.target(),
            null,
            null,
            before.kubernetes())
        .underStop(now.annotations().get(OwnAnnotations.STOPPED_BY));
  }

  @Test
  void the_fence_holds_where_it_does_not_change_the_generation() {
    try (KubernetesShop shop = new KubernetesShop(Workload.STATEFULSET, 1)) {
      shop.rollOut(Release.good()).deploy(Release.other());
      shop.client().resource(shop.workload()).scale(0);
      try (RolloutSteps steps =
          new RolloutSteps(shop.pinned(Release.good()), shop.environment().build())) {
        WorkloadState before = steps.look();
        GuardedPatch late = new GuardedPatch(before).set("/spec/replicas", 1);

        steps.stop();

        assertThat(steps.look().generation()).isEqualTo(before.generation());
        assertThatThrownBy(() -> late.send(steps.cluster())).isInstanceOf(Conflict.class);
      }
    }
  }
}

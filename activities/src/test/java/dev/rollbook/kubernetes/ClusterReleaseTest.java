package dev.rollbook.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.rollbook.PinnedService;
import dev.rollbook.ReleaseOrder;
import dev.rollbook.StepReport;
import dev.rollbook.kubernetes.KubernetesPin.Workload;
import dev.rollbook.kubernetes.Release.Behaviour;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.temporal.failure.ActivityFailure;
import io.temporal.failure.ApplicationFailure;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Stopped by a person's word, and released. */
@NeedsKubernetes
@Timeout(120)
class ClusterReleaseTest {

  private static final String SERVICE = KubernetesShop.NAME;
  private static final String ENVIRONMENT = "production";

  @TempDir Path state;

  @ParameterizedTest
  @EnumSource
  void a_stopped_workload_wants_again_what_it_wanted_and_can_be_rolled_back(Workload kind) {
    int pods = kind == Workload.DAEMONSET ? 1 : 2;
    try (KubernetesShop shop = new KubernetesShop(kind, 2);
        KubernetesActivities section =
            new KubernetesActivities(state, shop.environment().build())) {
      shop.rollOut(Release.good()).rollOut(Release.other());
      if (kind == Workload.DEPLOYMENT) {
        shop.autoscale(2, 4);
      }
      PinnedService first = stopped(section, "first");
      assertThat(shop.client().pods().inNamespace(shop.namespace()).list().getItems()).isEmpty();
      PinnedService second = stopped(section, "second");
      if (kind == Workload.DEPLOYMENT) {
        assertThat(((Deployment) shop.workload()).getSpec().getReplicas())
            .as("wanted, whatever the autoscaler wants")
            .isZero();
      }

      StepReport lifted = released(section, "hana");

      assertThat(lifted.changed()).isTrue();
      assertThat(lifted.summary())
          .startsWith(pods + " wanted of ")
          .endsWith(pods + " available; the stop is lifted by hana: prices are right");
      assertThat(shop.pods(Release.other())).hasSize(pods);
      assertThat(annotations(shop))
          .doesNotContainKeys(
              OwnAnnotations.STOPPED_BY, OwnAnnotations.REPLICAS, OwnAnnotations.STOPPED_TEMPLATE)
          .containsEntry(OwnAnnotations.RELEASED_BY, "hana")
          .containsEntry(OwnAnnotations.RELEASE_REASON, "prices are right");
      assertThat(failure(() -> released(section, "hana")).getType()).isEqualTo("NotStopped");
      for (PinnedService ended : new PinnedService[] {first, second}) {
        assertThat(failure(() -> section.rollout.stopAfterFailure(ended)).getType())
            .isEqualTo("Released");
        assertThat(failure(() -> section.rollout.undo(ended, "late", "late")).getType())
            .isEqualTo("Stopped");
      }

      PinnedService rollback = section.plan(null).pinned();
      section.rollout.undo(rollback, "hana", "errors");
      section.rollout.awaitRollout(rollback);
      assertThat(shop.pods(Release.good())).hasSize(pods);
    }
  }

  @Test
  void what_runs_again_by_hand_is_left_as_it_is_and_no_late_attempt_releases_the_next_stop() {
    try (KubernetesShop shop = new KubernetesShop();
        KubernetesActivities section =
            new KubernetesActivities(state, shop.environment().build())) {
      shop.begin(Release.bad(Behaviour.ERROR_LINES), 1);
      PinnedService pinned = stopped(section, "first");
      shop.client().resource(shop.workload()).scale(2);

      ReleaseOrder order = new ReleaseOrder("release", "hana", "again");
      try (RolloutSteps steps = new RolloutSteps(pinned, shop.environment().build())) {
        assertThat(steps.release(order).summary())
            .startsWith("ran already: 2 wanted of deployment/shopping-service, 2 available");
        assertThat(steps.release(order).changed()).isFalse();
        assertThat(shop.pods()).hasSize(2);
        assertThat(annotations(shop)).doesNotContainKey(OwnAnnotations.STOPPED_BY);

        stopped(section, "second");
        assertThat(RolloutSteps.failureOf(() -> steps.release(order)).getType())
            .isEqualTo("Stopped");
        assertThat(shop.pods()).isEmpty();
      }
    }
  }

  @Test
  void what_was_deployed_since_is_not_started() {
    try (KubernetesShop shop = new KubernetesShop();
        KubernetesActivities section =
            new KubernetesActivities(state, shop.environment().build())) {
      shop.rollOut(Release.good());
      stopped(section, "first");
      shop.deploy(Release.other());

      ApplicationFailure newer = failure(() -> released(section, "hana"));

      assertThat(newer.getType()).isEqualTo("NewerDeploy");
      assertThat(((Deployment) shop.workload()).getSpec().getReplicas()).isZero();
      assertThat(annotations(shop)).containsEntry(OwnAnnotations.STOPPED_BY, "first");
    }
  }

  @Test
  void a_workload_without_a_revision_or_a_pod_can_be_stopped_and_released() {
    try (KubernetesShop shop = new KubernetesShop();
        KubernetesActivities section =
            new KubernetesActivities(state, shop.environment().build())) {
      shop.rollOut(Release.good());
      shop.edit(Deployment.class, now -> now.getSpec().setPaused(true));
      shop.deploy(Release.other());

      PinnedService pinned = stopped(section, "first");

      assertThat(pinned.from()).isNull();
      assertThat(shop.client().pods().inNamespace(shop.namespace()).list().getItems()).isEmpty();
      assertThat(released(section, "hana").summary()).contains("1 available");
      assertThat(shop.pods(Release.good())).hasSize(1);
    }
  }

  private static PinnedService stopped(KubernetesActivities section, String planId) {
    PinnedService pinned = section.emergency.pin(SERVICE, ENVIRONMENT, planId).service();
    section.rollout.stopAfterFailure(pinned);
    return pinned;
  }

  private static StepReport released(KubernetesActivities section, String by) {
    return section.emergency.release(SERVICE, ENVIRONMENT, by, "prices are right");
  }

  private static Map<String, String> annotations(KubernetesShop shop) {
    return shop.workload().getMetadata().getAnnotations();
  }

  private static ApplicationFailure failure(Callable<?> step) {
    return (ApplicationFailure) catchThrowableOfType(ActivityFailure.class, step::call).getCause();
  }
}

package dev.rollbook.kubernetes;

import static dev.rollbook.kubernetes.RolloutSteps.failureOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.StepResult;
import dev.rollbook.kubernetes.KubernetesPin.Workload;
import dev.rollbook.kubernetes.Release.Behaviour;
import io.temporal.failure.ApplicationFailure;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@NeedsKubernetes
@Timeout(120)
class ScaleToZeroTest {

  @Test
  void the_count_that_comes_back_is_the_recorded_one_however_often_each_half_runs() {
    try (KubernetesShop shop = new KubernetesShop(Workload.DEPLOYMENT, 2)) {
      shop.rollOut(Release.good()).begin(Release.bad(Behaviour.UNREADY), 1);
      shop.autoscale(2, 4);
      try (RolloutSteps steps =
          new RolloutSteps(shop.pinned(Release.good()), shop.environment().build())) {
        steps.undo();

        StepResult down = steps.scaleToZero();
        assertThat(down.summary())
            .contains("scaled to 0, 2 recorded", "(2 to 4 pods) stands still while 0 are wanted");
        assertThat(shop.client().pods().inNamespace(shop.namespace()).list().getItems()).isEmpty();
        assertThat(steps.scaleToZero().changed()).isFalse();
        assertThat(steps.look().annotations()).containsEntry(OwnAnnotations.REPLICAS, "2");

        assertThat(steps.scaleBack().summary()).contains("2 pods wanted again, as recorded");
        assertThat(steps.scaleBack().changed()).isFalse();
        assertThat(steps.look().annotations()).doesNotContainKey(OwnAnnotations.REPLICAS);
        assertThat(steps.awaitRollout().summary()).contains("2 of 2 updated and available");
      }
    }
  }

  @Test
  void an_autoscaler_stands_still_at_0_and_raises_what_comes_back_to_its_least() {
    try (KubernetesShop shop = new KubernetesShop(Workload.DEPLOYMENT, 2)) {
      shop.rollOut(Release.good()).begin(Release.bad(Behaviour.UNREADY), 1);
      ShopEnvironment environment = shop.environment();
      try (RolloutSteps steps = new RolloutSteps(shop.pinned(Release.good()), environment.build());
          PodChecks checks = new PodChecks(environment)) {
        steps.undo();
        steps.scaleToZero();
        shop.autoscale(3, 4);
        awaitStandingStill(shop);
        assertThat(steps.look().wanted()).isZero();

        steps.scaleBack();
        await().atMost(Duration.ofSeconds(60)).until(() -> steps.look().wanted() == 3);

        assertThat(steps.awaitRollout().summary()).contains("3 of 3 updated and available");
        assertThat(checks.pods.awaitStable(shop.pinned(Release.good())).report().summary())
            .contains("3 pods Ready");
      }
    }
  }

  /** Its controller has looked, and says that it does nothing. */
  private static void awaitStandingStill(KubernetesShop shop) {
    var autoscaler =
        shop.client()
            .autoscaling()
            .v2()
            .horizontalPodAutoscalers()
            .inNamespace(shop.namespace())
            .withName("shop");
    await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () -> {
              var status = autoscaler.get().getStatus();
              return status != null
                  && status.getConditions().stream()
                      .anyMatch(it -> "ScalingDisabled".equals(it.getReason()));
            });
  }

  @Test
  void what_somebody_deployed_since_is_not_scaled() {
    try (KubernetesShop shop = new KubernetesShop()) {
      shop.rollOut(Release.good()).begin(Release.bad(Behaviour.UNREADY), 1);
      try (RolloutSteps steps =
          new RolloutSteps(shop.pinned(Release.good()), shop.environment().build())) {
        shop.deploy(Release.other());

        assertThat(failureOf(steps::scaleToZero).getType()).isEqualTo("NewerDeploy");
        assertThat(failureOf(steps::stop).getType()).isEqualTo("NewerDeploy");
        assertThat(steps.look().wanted()).isEqualTo(1);
      }
    }
  }

  /** It brings no count of its own, and nobody but us knows the one before. */
  @Test
  void what_somebody_deploys_while_it_is_scaled_to_0_gets_its_pods_back() {
    try (KubernetesShop shop = new KubernetesShop(Workload.DEPLOYMENT, 2)) {
      shop.rollOut(Release.good()).begin(Release.bad(Behaviour.UNREADY), 1);
      try (RolloutSteps steps =
          new RolloutSteps(shop.pinned(Release.good()), shop.environment().build())) {
        steps.undo();
        for (Supplier<StepResult> next :
            List.<Supplier<StepResult>>of(steps::scaleBack, steps::scaleToZero, steps::stop)) {
          steps.scaleToZero();
          shop.deploy(Release.other());

          ApplicationFailure failure = failureOf(next);

          assertThat(failure.getType()).isEqualTo("NewerDeploy");
          assertThat(failure.getOriginalMessage()).contains("with the 2 pods that were wanted");
          assertThat(steps.look().wanted()).isEqualTo(2);
          assertThat(steps.look().annotations())
              .doesNotContainKeys(OwnAnnotations.REPLICAS, OwnAnnotations.STOPPED_BY);
          assertThat(failureOf(next).getType()).as("again").isEqualTo("NewerDeploy");
          assertThat(steps.look().wanted()).isEqualTo(2);
          shop.deploy(Release.good());
        }
      }
    }
  }

  @Test
  void the_first_recorded_count_counts_and_zero_is_never_recorded() {
    try (KubernetesShop shop = new KubernetesShop(Workload.STATEFULSET, 1)) {
      shop.rollOut(Release.good()).deploy(Release.other());
      try (RolloutSteps steps =
          new RolloutSteps(shop.pinned(Release.good()), shop.environment().build())) {
        shop.client().resource(shop.workload()).scale(0);
        assertThat(steps.scaleToZero().summary()).contains("0 wanted already, by somebody else");
        assertThat(steps.look().annotations()).doesNotContainKey(OwnAnnotations.REPLICAS);

        shop.client().resource(shop.workload()).scale(2);
        steps.scaleToZero();
        shop.client().resource(shop.workload()).scale(1);
        steps.scaleToZero();
        assertThat(steps.look().annotations()).containsEntry(OwnAnnotations.REPLICAS, "2");

        shop.client().resource(shop.workload()).scale(1);
        assertThat(steps.scaleBack().summary()).contains("1 pods wanted, as somebody else has it");
        assertThat(steps.look().wanted()).isEqualTo(1);
        assertThat(steps.look().annotations()).doesNotContainKey(OwnAnnotations.REPLICAS);
      }
    }
  }
}

package dev.rollbook.kubernetes;

import static dev.rollbook.kubernetes.PodChecks.failsAs;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.rollbook.PinnedService;
import dev.rollbook.kubernetes.KubernetesPin.Image;
import dev.rollbook.kubernetes.KubernetesPin.Workload;
import dev.rollbook.kubernetes.Release.Behaviour;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.dsl.PodResource;
import io.temporal.client.ActivityCanceledException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@NeedsKubernetes
@Timeout(180)
class StablePodsTest {

  @Test
  void a_pod_that_restarts_meanwhile_is_named_with_how_it_ended() {
    try (KubernetesShop shop = new KubernetesShop()) {
      shop.rollOut(Release.good());
      Pod pod = shop.pods().get(0);
      AtomicBoolean killed = new AtomicBoolean();
      PodChecks checks =
          new PodChecks(
              shop.environment().stableFor(Duration.ofMinutes(1)),
              beat -> {
                if (beat.contains("stable for") && !killed.getAndSet(true)) {
                  shop.restart(pod);
                }
              });
      try (checks) {
        failsAs("PodsUnstable", () -> checks.pods.awaitStable(shop.pinned(Release.good())))
            .hasMessageContaining(pod.getMetadata().getName() + " does not stay up")
            .hasMessageContaining("container shopping-service ended with exit code 0")
            .hasMessageContaining("(restart 1)");
      }
    }
  }

  @Test
  void one_that_never_gets_ready_is_named_and_other_revisions_pods_do_not_count() {
    Release bad = Release.bad(Behaviour.UNREADY);
    try (KubernetesShop shop = new KubernetesShop();
        PodChecks checks = new PodChecks(shop.environment().healthyWithin(Duration.ofSeconds(2)))) {
      shop.rollOut(Release.good()).begin(bad, 1);
      failsAs("PodsUnstable", () -> checks.pods.awaitStable(shop.pinned(bad)))
          .hasMessageContaining("1 of 1 pods of")
          .hasMessageContaining(shop.pods(bad).get(0).getMetadata().getName() + ": ")
          .hasMessageContaining("not ready")
          .message()
          .doesNotContain(shop.pods(Release.good()).get(0).getMetadata().getName());
    }
  }

  @Test
  void pods_that_are_away_since_the_bad_version_is_back_are_told_as_that() {
    Release bad = Release.bad(Behaviour.UP);
    try (KubernetesShop shop = new KubernetesShop();
        PodChecks checks = new PodChecks(shop.environment().healthyWithin(Duration.ofSeconds(2)))) {
      shop.rollOut(Release.good()).rollOut(bad);
      PinnedService pinned = shop.pinned(Release.good());
      shop.rollOut(Release.good());
      shop.putBack(bad, "argocd-controller");
      shop.awaitRollout();

      failsAs("Reverted", () -> checks.pods.awaitStable(pinned))
          .hasMessageContaining("written by 'argocd-controller'")
          .hasMessageContaining("argocd app rollback");
      shop.rollOut(Release.other());
      failsAs("NewerDeploy", () -> checks.pods.checkLogs(pinned));
    }
  }

  @Test
  void one_whose_database_went_down_says_so_itself_though_nothing_leads_there() {
    Release asks = Release.good().edited(ShopTemplate::asksHealthForReadiness);
    try (KubernetesShop shop = new KubernetesShop(Workload.DEPLOYMENT, 2);
        PodChecks checks = new PodChecks(shop.environment().healthyWithin(Duration.ofSeconds(2)))) {
      shop.rollOut(asks);
      Pod pod = shop.pods().get(0);
      shop.behave(pod, Behaviour.NO_DATABASE);
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> !new ServicePod(shop.pods().get(0)).isReady());

      failsAs("DatabaseDown", () -> checks.pods.awaitStable(shop.pinned(asks)))
          .hasMessageContaining(
              "a database is down, as pod "
                  + pod.getMetadata().getName()
                  + " says at its health URL: 503, DOWN: db (DOWN); 1 of 2 pods of");
    }
  }

  /** Whether another template is there cannot be seen then, or not any more. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void what_the_pods_say_is_not_lost_with_a_later_look_at_the_workload(
      boolean serverFails, @TempDir Path folder) throws Exception {
    Release asks = Release.good().edited(ShopTemplate::asksHealthForReadiness);
    try (KubernetesShop shop = new KubernetesShop();
        ApiProxy proxy = new ApiProxy(shop.kubeconfig())) {
      shop.rollOut(asks);
      PinnedService pinned = shop.pinned(asks);
      shop.behave(shop.pods().get(0), Behaviour.NO_DATABASE);
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> !new ServicePod(shop.pods().get(0)).isReady());
      PodChecks checks =
          new PodChecks(
              shop.environment()
                  .kubeconfig(proxy.kubeconfig(folder))
                  .healthyWithin(Duration.ofSeconds(2)));
      Runnable trouble =
          serverFails
              ? () -> proxy.each("GET .*/deployments/", ApiProxy.Fault.ERROR)
              : () -> shop.client().resource(shop.revision(asks)).delete();
      proxy.whenAsked(".*/portforward", () -> proxy.whenAsked("GET .*/deployments/", trouble));
      try (checks) {
        failsAs("DatabaseDown", () -> checks.pods.awaitStable(pinned))
            .hasMessageContaining("503, DOWN: db (DOWN)");
      }
    }
  }

  @Test
  void a_tag_that_means_other_bits_by_now_is_the_wrong_image() {
    try (KubernetesShop shop = new KubernetesShop(Workload.DEPLOYMENT, 2);
        PodChecks checks = new PodChecks(shop.environment())) {
      Release latest = new Release("latest", shop.tag("good"), Behaviour.UP, spec -> {});
      shop.rollOut(latest);
      PinnedService pinned = shop.pinned(latest);
      List<Image> healthy = checks.pods.awaitStable(pinned).images();
      PinnedService known = pinned.withImages(healthy);
      assertThat(checks.pods.awaitStable(known).images()).isEqualTo(healthy);

      shop.tag("bad");
      Pod before = shop.pods().get(0);
      shop.client().resource(before).delete();
      await()
          .atMost(Duration.ofSeconds(30))
          .until(
              () ->
                  shop.pods().stream()
                      .noneMatch(
                          pod -> pod.getMetadata().getUid().equals(before.getMetadata().getUid())));

      failsAs("WrongImage", () -> checks.pods.awaitStable(known))
          .hasMessageContaining(healthy.get(0).id())
          .hasMessageContaining("the tag means other bits by now");
      failsAs("WrongImage", () -> checks.pods.awaitStable(pinned))
          .as("nobody knows which ones are good")
          .hasMessageContaining("not all pods run the same bits of " + latest.reference())
          .hasMessageContaining(healthy.get(0).id());
    }
  }

  @Test
  void containers_that_a_mesh_adds_to_the_pods_are_of_another_release(@TempDir Path folder)
      throws Exception {
    try (KubernetesShop shop = new KubernetesShop(Workload.DEPLOYMENT, 2);
        SidecarInjector mesh = new SidecarInjector(shop, folder);
        PodChecks checks = new PodChecks(shop.environment())) {
      mesh.awaitEffective();
      shop.rollOut(Release.good());
      assertThat(shop.pods())
          .extracting(pod -> pod.getSpec().getContainers().get(1).getImage())
          .containsExactlyInAnyOrder("rollbook.local/shop:good", "rollbook.local/shop:other");

      assertThat(checks.pods.awaitStable(shop.pinned(Release.good())).images())
          .extracting(Image::container)
          .containsExactly(KubernetesShop.NAME);
    }
  }

  @Test
  void a_pod_that_has_failed_and_only_lies_about_does_not_count() {
    try (KubernetesShop shop = new KubernetesShop();
        PodChecks checks = new PodChecks(shop.environment())) {
      shop.rollOut(Release.good());
      String failed = shop.pods().get(0).getMetadata().getName();
      PodResource pod = shop.client().pods().inNamespace(shop.namespace()).withName(failed);
      // the node ends it for good, as it does one that it evicts
      shop.edit(pod, now -> now.getSpec().setActiveDeadlineSeconds(1L));
      await()
          .atMost(Duration.ofSeconds(60))
          .until(
              () -> "Failed".equals(pod.get().getStatus().getPhase()) && shop.pods().size() == 2);

      assertThat(checks.pods.awaitStable(shop.pinned(Release.good())).report().evidence())
          .doesNotContain(failed);
    }
  }

  @Test
  void nothing_wanted_is_nothing_proven_and_a_cancel_ends_the_wait() {
    try (KubernetesShop shop = new KubernetesShop()) {
      shop.rollOut(Release.good());
      PinnedService pinned = shop.pinned(Release.good());
      PodChecks cancelled =
          new PodChecks(
              shop.environment().stableFor(Duration.ofMinutes(10)),
              beat -> {
                if (beat.contains("stable for")) {
                  throw new ActivityCanceledException();
                }
              });
      try (cancelled) {
        assertThatThrownBy(() -> cancelled.pods.awaitStable(pinned))
            .isInstanceOf(ActivityCanceledException.class);
      }

      shop.client()
          .apps()
          .deployments()
          .inNamespace(shop.namespace())
          .withName(KubernetesShop.NAME)
          .scale(0);
      try (PodChecks checks = new PodChecks(shop.environment())) {
        failsAs("PodsUnstable", () -> checks.pods.awaitStable(pinned))
            .hasMessageContaining("deployment/shopping-service wants no pod");
      }
    }
  }
}

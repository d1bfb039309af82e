package dev.rollbook.kubernetes;

import static dev.rollbook.kubernetes.PodChecks.failsAs;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.PinnedService;
import dev.rollbook.StepReport;
import dev.rollbook.kubernetes.KubernetesPin.Workload;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointConditionsBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSliceBuilder;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.ResourceLock;

@NeedsKubernetes
@ResourceLock("the shop of SettledEndpointsTest")
@Timeout(180)
class SettledEndpointsTest {

  private static KubernetesShop shop;
  private static PinnedService pinned;

  @BeforeAll
  static void open() {
    shop = new KubernetesShop();
    shop.rollOut(Release.good()).awaitServing();
    pinned = shop.pinned(Release.good());
  }

  @AfterAll
  static void close() {
    if (shop != null) {
      shop.close();
    }
  }

  @Test
  void another_pod_behind_the_service_is_too_much_and_named_in_whichever_slice_it_is() {
    EndpointSlice foreign = slice("10.9.8.7", true, false);
    try (PodChecks checks = new PodChecks(quick())) {
      failsAs("WrongEndpoints", () -> checks.pods.awaitEndpoints(pinned))
          .hasMessageContaining("too much: 10.9.8.7 (10.9.8.7)")
          .message()
          .doesNotContain("missing");
    } finally {
      shop.client().resource(foreign).delete();
    }
  }

  @Test
  void one_on_its_way_out_or_not_ready_gets_no_requests_and_is_ignored() {
    EndpointSlice leaving = slice("10.9.8.6", true, true);
    EndpointSlice notReady = slice("10.9.8.5", false, false);
    try (PodChecks checks = new PodChecks(shop.environment())) {
      assertThat(checks.pods.awaitEndpoints(pinned).summary())
          .isEqualTo("shopping-service: 1 endpoint, all of the target");
    } finally {
      shop.client().resource(leaving).delete();
      shop.client().resource(notReady).delete();
    }
  }

  @Test
  void slices_that_settle_late_are_waited_for() {
    EndpointSlice foreign = slice("10.9.8.4", null, null);
    PodChecks checks =
        new PodChecks(
            shop.environment(),
            beat -> {
              if (beat.contains("too much")) {
                shop.client().resource(foreign).delete();
              }
            });
    try (checks) {
      StepReport report = checks.pods.awaitEndpoints(pinned);
      assertThat(report.evidence()).contains(shop.pods().get(0).getStatus().getPodIP());
      assertThat(checks.beats).contains("endpoints not settled; too much: 10.9.8.4 (10.9.8.4)");
    }
  }

  @Test
  void a_pod_that_serves_no_port_of_the_service_is_missing() {
    shop.service("wrong-port", "grpc");
    Pod pod = shop.pods().get(0);
    try (PodChecks checks = new PodChecks(quick().service("wrong-port"))) {
      failsAs("WrongEndpoints", () -> checks.pods.awaitEndpoints(pinned))
          .hasMessageContaining("missing: " + pod.getMetadata().getName());
    }
  }

  @Test
  void a_service_that_is_not_there_fails_at_once_and_none_is_skipped_with_words() {
    try (PodChecks checks = new PodChecks(shop.environment().service("shop"))) {
      failsAs("WrongEndpoints", () -> checks.pods.awaitEndpoints(pinned))
          .hasMessageContaining("the Service shop does not exist in " + shop.namespace());
    }
    try (PodChecks checks = new PodChecks(shop.environment().service(null))) {
      StepReport report = checks.pods.awaitEndpoints(pinned);
      assertThat(report.changed()).isFalse();
      assertThat(report.summary()).isEqualTo("no Service before the pods");
      assertThat(checks.pods.awaitHealthy(pinned).summary()).isEqualTo("1 pod UP");
    }
  }

  @Test
  void the_targets_pods_may_be_spread_over_several_slices_of_a_service_without_a_selector() {
    try (KubernetesShop two = new KubernetesShop(Workload.DEPLOYMENT, 2)) {
      two.rollOut(Release.good());
      two.client()
          .resource(
              new ServiceBuilder()
                  .withNewMetadata()
                  .withName("by-hand")
                  .withNamespace(two.namespace())
                  .endMetadata()
                  .withNewSpec()
                  .addNewPort()
                  .withName("web")
                  .withPort(ShopTemplate.PORT)
                  .endPort()
                  .endSpec()
                  .build())
          .create();
      List<EndpointSlice> slices = two.pods().stream().map(pod -> slice(two, pod)).toList();
      try (PodChecks checks =
          new PodChecks(
              two.environment().service("by-hand").healthyWithin(Duration.ofSeconds(2)))) {
        PinnedService service = two.pinned(Release.good());
        assertThat(checks.pods.awaitEndpoints(service).summary())
            .isEqualTo("by-hand: 2 endpoints, all of the target");

        two.client().resource(slices.get(1)).delete();
        failsAs("WrongEndpoints", () -> checks.pods.awaitEndpoints(service))
            .hasMessageContaining("missing: " + two.pods().get(1).getMetadata().getName())
            .message()
            .doesNotContain("too much");
      }
    }
  }

  private static EndpointSlice slice(KubernetesShop two, Pod pod) {
    return two.client()
        .resource(
            new EndpointSliceBuilder()
                .withNewMetadata()
                .withGenerateName("by-hand-")
                .withNamespace(two.namespace())
                .addToLabels("kubernetes.io/service-name", "by-hand")
                .endMetadata()
                .withAddressType("IPv4")
                .addNewPort()
                .withName("web")
                .withPort(ShopTemplate.PORT)
                .endPort()
                .addNewEndpoint()
                .withAddresses(pod.getStatus().getPodIP())
                .withConditions(new EndpointConditionsBuilder().withReady(true).build())
                .withNewTargetRef()
                .withKind("Pod")
                .withNamespace(two.namespace())
                .withName(pod.getMetadata().getName())
                .withUid(pod.getMetadata().getUid())
                .endTargetRef()
                .endEndpoint()
                .build())
        .create();
  }

  private static ShopEnvironment quick() {
    return shop.environment().healthyWithin(Duration.ofSeconds(2));
  }

  /** One more slice of the Service, with one endpoint, as a second controller might write it. */
  private static EndpointSlice slice(String address, Boolean ready, Boolean terminating) {
    return shop.client()
        .resource(
            new EndpointSliceBuilder()
                .withNewMetadata()
                .withGenerateName("by-hand-")
                .withNamespace(shop.namespace())
                .addToLabels("kubernetes.io/service-name", KubernetesShop.NAME)
                .endMetadata()
                .withAddressType("IPv4")
                .addNewPort()
                .withName("web")
                .withPort(8083)
                .endPort()
                .addNewEndpoint()
                .withAddresses(address)
                .withConditions(
                    new EndpointConditionsBuilder()
                        .withReady(ready)
                        .withTerminating(terminating)
                        .build())
                .endEndpoint()
                .build())
        .create();
  }
}

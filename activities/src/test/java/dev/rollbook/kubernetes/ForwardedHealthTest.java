package dev.rollbook.kubernetes;

import static dev.rollbook.kubernetes.PodChecks.failsAs;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.rollbook.PinnedService;
import dev.rollbook.kubernetes.Release.Behaviour;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.ServicePortBuilder;
import io.temporal.client.ActivityCanceledException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;

@NeedsKubernetes
@ResourceLock("the shop of ForwardedHealthTest")
@Timeout(180)
class ForwardedHealthTest {

  private static KubernetesShop shop;
  private static PinnedService pinned;

  @BeforeAll
  static void open() {
    shop = new KubernetesShop(KubernetesPin.Workload.DEPLOYMENT, 2);
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
  void the_pod_that_is_down_is_named_and_the_others_are_not() {
    Pod well = shop.pods().get(0);
    Pod down = shop.pods().get(1);
    shop.behave(down, Behaviour.DOWN);
    try (PodChecks checks =
        new PodChecks(shop.environment().service(null).healthyWithin(Duration.ofSeconds(15)))) {
      failsAs("NotHealthy", () -> checks.pods.awaitHealthy(pinned))
          .hasMessageContaining("1 of 2 not healthy")
          .hasMessageContaining("pod " + down.getMetadata().getName() + ": ")
          .hasMessageContaining("503, DOWN")
          .hasMessageContaining("port 8083, /actuator/health")
          .message()
          .doesNotContain(well.getMetadata().getName());
    } finally {
      shop.behave(down, Behaviour.UP);
    }
  }

  @Test
  void a_database_that_one_pod_says_is_down_is_told_by_the_failures_type() {
    shop.behave(shop.pods().get(0), Behaviour.DOWN);
    shop.behave(shop.pods().get(1), Behaviour.NO_DATABASE);
    try (PodChecks checks =
        new PodChecks(shop.environment().service(null).healthyWithin(Duration.ofSeconds(5)))) {
      failsAs("DatabaseDown", () -> checks.pods.awaitHealthy(pinned))
          .hasMessageContaining("2 of 2 not healthy")
          .hasMessageContaining("DOWN: db (DOWN)");
    } finally {
      shop.pods().forEach(pod -> shop.behave(pod, Behaviour.UP));
    }
  }

  @Test
  void one_that_becomes_well_is_waited_for() {
    Pod down = shop.pods().get(0);
    shop.behave(down, Behaviour.DOWN);
    PodChecks checks =
        new PodChecks(
            shop.environment().inARow(2),
            beat -> {
              if (beat.contains("DOWN")) {
                shop.behave(down, Behaviour.UP);
              }
            });
    try (checks) {
      assertThat(checks.pods.awaitHealthy(pinned).evidence()).contains("503 DOWN").contains("UP");
    }
  }

  @Test
  void a_cancel_ends_all_questions() {
    shop.pods().forEach(pod -> shop.behave(pod, Behaviour.DOWN));
    PodChecks checks =
        new PodChecks(
            shop.environment().healthyWithin(Duration.ofMinutes(10)),
            beat -> {
              if (beat.contains("DOWN")) {
                throw new ActivityCanceledException();
              }
            });
    try (checks) {
      assertThatThrownBy(() -> checks.pods.awaitHealthy(pinned))
          .isInstanceOf(ActivityCanceledException.class);
    } finally {
      shop.pods().forEach(pod -> shop.behave(pod, Behaviour.UP));
    }
  }

  @Test
  void a_pod_that_speaks_tls_is_asked_by_the_name_that_its_certificate_is_for(@TempDir Path folder)
      throws Exception {
    try (TrustedServer server = new TrustedServer(folder, "shop.example")) {
      for (Pod pod : shop.pods()) {
        relay(pod, server.port());
      }
      try (PodChecks named = checks("https://shop.example:8443/actuator/health");
          PodChecks otherwise = checks("https://other.example:8443/actuator/health")) {
        assertThat(named.pods.awaitHealthy(pinned).summary()).isEqualTo("2 pods UP");
        failsAs("NotHealthy", () -> otherwise.pods.awaitHealthy(pinned))
            .hasMessageContaining("the certificate is for another host")
            .hasMessageContaining("other.example");
      }
    }
  }

  private static PodChecks checks(String health) {
    return new PodChecks(
        shop.environment().service(null).health(health).healthyWithin(Duration.ofSeconds(5)));
  }

  /** The pod's port 8443 is this machine's, from now on. */
  private static void relay(Pod pod, int port) {
    shop.exec(
        pod,
        "printf '#!/bin/sh\\nexec nc %s %d\\n' >/tmp/relay; chmod +x /tmp/relay; nc -ll -p 8443 -e /tmp/relay </dev/null >/dev/null 2>&1 &"
            .formatted(pod.getStatus().getHostIP(), port));
  }

  @Test
  void a_way_to_each_pod_and_to_the_service_is_open_until_it_is_closed() {
    KubernetesEnvironment environment = shop.environment().build();
    try (Clusters clusters = new Clusters();
        Cluster cluster = clusters.open(environment, () -> {})) {
      Forwards forwards = Forwards.open(pinned, environment, cluster);
      List<InetSocketAddress> through = forwards.all().stream().map(Forward::end).toList();
      assertThat(through).hasSize(3).allMatch(this::listens);

      forwards.close();
      await().atMost(Duration.ofSeconds(30)).until(() -> through.stream().noneMatch(this::listens));
    }
  }

  private boolean listens(InetSocketAddress end) {
    try {
      new Socket(end.getAddress(), end.getPort()).close();
      return true;
    } catch (IOException refused) {
      return false;
    }
  }

  @Test
  void a_service_that_leads_to_no_pod_or_not_to_their_port_is_told_beside_healthy_pods() {
    service("nobody", Map.of("app", "nobody"), ShopTemplate.PORT);
    service("elsewhere", Map.of("app", KubernetesShop.NAME), 9001, 9002);
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () ->
                unhealthy("elsewhere")
                    .hasMessageContaining(
                        "no port of the Service elsewhere leads to port 8083 of its pods"));
    unhealthy("nobody").hasMessageContaining("the Service nobody sends requests to no pod");
    unhealthy("nowhere").hasMessageContaining("there is no Service nowhere in " + shop.namespace());
  }

  private static AbstractThrowableAssert<?, ? extends Throwable> unhealthy(String service) {
    try (PodChecks checks = new PodChecks(shop.environment().service(service))) {
      return failsAs("NotHealthy", () -> checks.pods.awaitHealthy(pinned));
    }
  }

  /**
   * @param ports its own and the pods'
   */
  private static void service(String name, Map<String, String> selector, int... ports) {
    shop.client()
        .resource(
            new ServiceBuilder()
                .withNewMetadata()
                .withName(name)
                .withNamespace(shop.namespace())
                .endMetadata()
                .withNewSpec()
                .withSelector(selector)
                .withPorts(
                    Arrays.stream(ports)
                        .mapToObj(
                            port ->
                                new ServicePortBuilder()
                                    .withName("port-" + port)
                                    .withPort(port)
                                    .build())
                        .toList())
                .endSpec()
                .build())
        .create();
  }
}

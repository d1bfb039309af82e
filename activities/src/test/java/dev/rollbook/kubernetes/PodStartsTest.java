package dev.rollbook.kubernetes;

import static dev.rollbook.kubernetes.PodChecks.failsAs;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.PinnedService;
import dev.rollbook.kubernetes.Release.Behaviour;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@NeedsKubernetes
@Timeout(180)
class PodStartsTest {

  private static final String ERRORS = "ERROR|OutOfMemory";

  @Test
  void an_error_line_fails_although_the_start_line_is_there_too() {
    Release bad = Release.bad(Behaviour.ERROR_LINES);
    try (KubernetesShop shop = new KubernetesShop()) {
      shop.rollOut(bad);
      PinnedService pinned = shop.pinned(bad);
      try (PodChecks checks = new PodChecks(shop.environment().errorLines(ERRORS))) {
        failsAs("ErrorLines", () -> checks.pods.checkLogs(pinned))
            .hasMessageContaining("pod " + shop.pods().get(0).getMetadata().getName() + " printed")
            .hasMessageContaining("ERROR OutOfMemoryError in ShoppingService")
            .hasMessageContaining("last lines of")
            .hasMessageContaining("Started ShoppingServiceApplication");
      }
      try (PodChecks checks = new PodChecks(shop.environment())) {
        assertThat(checks.pods.checkLogs(pinned).summary()).startsWith("1 pod started; ");
      }
    }
  }

  @Test
  void the_end_of_a_long_log_counts_too_but_not_what_was_printed_before_a_restart() {
    try (KubernetesShop shop = new KubernetesShop();
        PodChecks checks = new PodChecks(shop.environment().errorLines(ERRORS))) {
      shop.rollOut(Release.good());
      PinnedService pinned = shop.pinned(Release.good());
      Pod pod = shop.pods().get(0);
      shop.exec(
          pod,
          "yes 가나다라마바사 | head -c 1200000 >/proc/1/fd/1; echo ERROR of yesterday >/proc/1/fd/1");
      // what the pod has printed is in its log once the node has written it
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> lastLine(shop, pod).contains("ERROR of yesterday"));
      failsAs("ErrorLines", () -> checks.pods.checkLogs(pinned))
          .hasMessageContaining("ERROR of yesterday");

      shop.restart(pod);
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> new ServicePod(shop.pods().get(0)).restarts() == 1);
      assertThat(checks.pods.checkLogs(pinned).evidence())
          .contains("Started ShoppingServiceApplication")
          .doesNotContain("yesterday");
    }
  }

  private static String lastLine(KubernetesShop shop, Pod pod) {
    return shop.client()
        .pods()
        .inNamespace(shop.namespace())
        .withName(pod.getMetadata().getName())
        .tailingLines(1)
        .getLog();
  }

  @Test
  void the_named_containers_log_counts_and_its_last_lines_tell_why_it_has_not_started() {
    Release withSidecar =
        Release.good()
            .named("sidecar")
            .edited(
                spec ->
                    spec.getContainers()
                        .add(
                            new ContainerBuilder()
                                .withName("proxy")
                                .withImage("rollbook.local/shop:good")
                                .withCommand("/bin/sh", "-c")
                                .withArgs(
                                    "trap 'exit 0' TERM; echo waiting for the mesh; sleep 3600 & wait $!")
                                .build()));
    try (KubernetesShop shop = new KubernetesShop()) {
      shop.rollOut(withSidecar);
      PinnedService pinned = shop.pinned(withSidecar);
      // longer than it takes a busy node from a start to the first line, of which it notes full
      // seconds
      ShopEnvironment quick = shop.environment().startWithin(Duration.ofSeconds(5));
      try (PodChecks checks = new PodChecks(quick)) {
        assertThat(checks.pods.checkLogs(pinned).summary()).contains("Started Shopping");
      }
      try (PodChecks checks = new PodChecks(quick.container("proxy"))) {
        failsAs("NotReady", () -> checks.pods.checkLogs(pinned))
            .hasMessageContaining("did not print 'Started \\w+ in [0-9.]+ seconds' within 5 s")
            .hasMessageContaining("waiting for the mesh");
      }
      try (PodChecks checks =
          new PodChecks(quick.container("proxy").startWithin(Duration.ofHours(1)))) {
        checks.spent = Duration.ofHours(1);
        failsAs("NotReady", () -> checks.pods.checkLogs(pinned))
            .hasMessageContaining("within 60 min");
      }
      try (PodChecks checks = new PodChecks(quick.container("nginx"))) {
        failsAs("NotReady", () -> checks.pods.checkLogs(pinned))
            .hasMessageContaining("has no container 'nginx', but shopping-service, proxy");
      }
    }
  }
}

package dev.rollbook.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.PinnedService;
import dev.rollbook.StepReport;
import dev.rollbook.kubernetes.KubernetesPin.Workload;
import dev.rollbook.kubernetes.KubernetesPods.Running;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@NeedsKubernetes
@Timeout(180)
class GoodPodsTest {

  @ParameterizedTest
  @EnumSource
  void a_good_revision_passes_all_checks_whatever_kind_its_workload_is_and_who_else_has_its_hash(
      Workload kind) {
    try (KubernetesShop shop = new KubernetesShop(kind, 2);
        PodChecks checks = new PodChecks(shop.environment().errorLines("ERROR").inARow(2))) {
      shop.rollOut(Release.good());
      shop.foreignPod(Release.good());
      List<Pod> pods = shop.pods();
      List<String> names = pods.stream().map(pod -> pod.getMetadata().getName()).toList();
      PinnedService pinned = shop.pinned(Release.good());

      Running running = checks.pods.awaitStable(pinned);
      assertThat(running.images())
          .containsExactly(
              new KubernetesPin.Image(
                  KubernetesShop.NAME,
                  "rollbook.local/shop:good",
                  pods.get(0).getStatus().getContainerStatuses().get(0).getImageID()));
      assertThat(running.report().summary())
          .isEqualTo(names.size() + (names.size() == 1 ? " pod" : " pods") + " Ready, no restarts");
      assertThat(running.report().evidence()).contains(names).contains("Running, ready");

      StepReport logs = checks.pods.checkLogs(pinned);
      assertThat(logs.evidence()).contains(names);
      assertThat(logs.summary()).endsWith("Started ShoppingServiceApplication in 1.234 seconds");

      StepReport endpoints = checks.pods.awaitEndpoints(pinned);
      assertThat(endpoints.summary()).startsWith("shopping-service: " + names.size() + " endpoint");
      assertThat(endpoints.evidence()).contains(names).contains(pods.get(0).getStatus().getPodIP());

      StepReport health = checks.pods.awaitHealthy(pinned);
      assertThat(health.summary()).endsWith("and the Service shopping-service UP");
      assertThat(health.evidence())
          .contains(names.stream().map(name -> "pod " + name + ": UP 2 times in a row").toList())
          .contains("Service shopping-service (pod ")
          .contains("port 8083, /actuator/health")
          .doesNotContain("127.0.0.1");
    }
  }
}

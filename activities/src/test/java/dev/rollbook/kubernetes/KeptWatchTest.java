package dev.rollbook.kubernetes;

import static dev.rollbook.kubernetes.RolloutSteps.failing;
import static dev.rollbook.kubernetes.RolloutSteps.failureOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.PinnedService;
import dev.rollbook.kubernetes.Release.Behaviour;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.temporal.failure.ApplicationFailure;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@NeedsKubernetes
@Timeout(120)
class KeptWatchTest {

  @Test
  void whoever_puts_the_bad_version_back_is_named() throws Exception {
    Release bad = Release.bad(Behaviour.UNREADY);
    try (KubernetesShop shop = new KubernetesShop()) {
      shop.rollOut(Release.good()).begin(bad, 1);
      PinnedService pinned = shop.pinned(Release.good());
      KubernetesEnvironment watched = shop.environment().keptFor(Duration.ofSeconds(90)).build();
      KubernetesEnvironment twoSeconds = shop.environment().keptFor(Duration.ofSeconds(2)).build();
      KubernetesEnvironment unsaid = shop.environment().keptFor(null).build();
      try (RolloutSteps steps = new RolloutSteps(pinned, watched);
          RolloutSteps brief = new RolloutSteps(pinned, twoSeconds)) {
        steps.undo();
        assertThat(brief.watchKept().summary())
            .isEqualTo("deployment/shopping-service still has revision 1, watched for 2 s");

        CompletableFuture<ApplicationFailure> failure = failing(steps::watchKept);
        await()
            .atMost(Duration.ofSeconds(30))
            .until(() -> steps.lines.stream().anyMatch(line -> line.startsWith("kept so far")));
        shop.putBack(bad, "argocd-controller");

        assertThat(failure.get().getType()).isEqualTo("Reverted");
        assertThat(failure.get().getOriginalMessage())
            .contains(
                "rollbook.local/shop:bad), written by 'argocd-controller' at ",
                "argocd app rollback");

        try (RolloutSteps planned =
            new RolloutSteps(reconciled(pinned, Duration.ofSeconds(3)), unsaid)) {
          steps.undo();
          assertThat(planned.watchKept().summary())
              .as("the catalog does not say how long, the plan does")
              .endsWith("watched for 3 s");
        }

        steps.undo();
        owned(shop);
        Instant written = TemplateWriter.of(steps.look()).orElseThrow().at();
        await().until(() -> Instant.now().isAfter(written.plusSeconds(1))); // as it is noted
        shop.putBack(bad, "shop-operator");
        assertThat(failureOf(brief::watchKept).getOriginalMessage())
            .contains(
                "written by 'shop-operator' at ",
                "an operator, as part of ConfigMap kube-root-ca.crt: Change the version in ConfigMap");
      }
    }
  }

  private static PinnedService reconciled(PinnedService service, Duration every) {
    KubernetesPin pin = service.kubernetes();
    return new PinnedService(
        service.service(),
        service.environment(),
        service.planId(),
        service.from(),
        service.target(),
        null,
        null,
        new KubernetesPin(
            pin.namespace(),
            pin.workload(),
            pin.name(),
            pin.uid(),
            pin.revision(),
            pin.hash(),
            pin.number(),
            pin.images(),
            pin.badRevision(),
            pin.badHash(),
            pin.replicas(),
            every));
  }

  /** What is there in any namespace stands for somebody's custom resource. */
  private static void owned(KubernetesShop shop) {
    ConfigMap owner =
        shop.client().configMaps().inNamespace(shop.namespace()).withName("kube-root-ca.crt").get();
    shop.edit(
        Deployment.class, deployment -> deployment.addOwnerReference(owner).setController(true));
  }
}

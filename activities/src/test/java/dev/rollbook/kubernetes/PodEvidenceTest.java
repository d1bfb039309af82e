package dev.rollbook.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.PinnedService;
import dev.rollbook.PlanFiles;
import dev.rollbook.Redaction;
import dev.rollbook.Secret;
import dev.rollbook.StepReport;
import dev.rollbook.kubernetes.KubernetesPin.Workload;
import dev.rollbook.kubernetes.Release.Behaviour;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.temporal.activity.ActivityInterface;
import io.temporal.testing.TestActivityEnvironment;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@NeedsKubernetes
@Timeout(180)
class PodEvidenceTest {

  private static final Secret PASSWORD =
      new Secret("${env:PASSWORD}", Map.of("PASSWORD", "correct-horse-battery"));

  private static final Release CRASHES =
      Release.bad(Behaviour.CRASHES)
          .edited(
              spec -> {
                spec.getInitContainers()
                    .add(
                        new ContainerBuilder()
                            .withName("migrate")
                            .withImage("rollbook.local/shop:bad")
                            .withCommand("/bin/sh", "-c")
                            .withArgs(
                                "yes $(printf %0400d 7) | head -n 2000 | cat -n; echo migrated with correct-horse-battery")
                            .build());
                spec.getContainers()
                    .get(0)
                    .getEnv()
                    .addAll(
                        List.of(
                            new EnvVarBuilder()
                                .withName("DB_PASSWORD")
                                .withValue("plain-as-day-7")
                                .build(),
                            new EnvVarBuilder()
                                .withName("TOKEN")
                                .withNewValueFrom()
                                .withNewSecretKeyRef("key", "shop-secret", false)
                                .endValueFrom()
                                .build()));
              });

  private final TestActivityEnvironment temporal = TestActivityEnvironment.newInstance();

  @TempDir private Path state;

  /** Evidence alone, as the other steps have it. */
  @ActivityInterface(namePrefix = "PodEvidences")
  public interface Evidences {
    StepReport capture(PinnedService service);
  }

  @AfterEach
  void close() {
    temporal.close();
  }

  @Test
  void of_many_pods_twenty_are_told_and_the_others_counted() throws IOException {
    Release nowhere =
        Release.bad(Behaviour.NO_IMAGE)
            .edited(spec -> spec.setNodeSelector(Map.of("kubernetes.io/hostname", "nowhere")));
    try (KubernetesShop shop = new KubernetesShop(Workload.DEPLOYMENT, 0);
        Clusters clusters = new Clusters()) {
      shop.rollOut(Release.good()).begin(nowhere, 0);
      shop.edit(Deployment.class, now -> now.getSpec().setReplicas(21));
      await().atMost(Duration.ofSeconds(60)).until(() -> shop.pods(nowhere).size() == 21);
      PinnedService pinned = shop.pinned(Release.good());
      KubernetesEnvironment environment = shop.environment().build();
      temporal.registerActivitiesImplementations(
          (Evidences)
              new PodEvidence(
                      (service, name) -> environment,
                      clusters,
                      state,
                      Redaction.NONE,
                      () -> beat -> {})
                  ::capture);

      StepReport report = temporal.newActivityStub(Evidences.class).capture(pinned);

      String full = Files.readString(PlanFiles.of(state, pinned).file("evidence.txt"));
      assertThat(full.lines().filter(line -> line.startsWith("pod shopping-service-"))).hasSize(20);
      assertThat(full).contains("1 more pod(s) like these\n");
      assertThat(report.summary()).contains("of 21 pod(s) of");
      assertThat(report.evidence().getBytes(StandardCharsets.UTF_8)).hasSizeLessThan(16 * 1024 + 1);
    }
  }

  @Test
  void states_events_and_logs_of_the_bad_revisions_pods_are_kept_once_without_secrets()
      throws IOException {
    try (KubernetesShop shop = new KubernetesShop();
        Clusters clusters = new Clusters()) {
      shop.client()
          .resource(
              new SecretBuilder()
                  .withNewMetadata()
                  .withName("shop-secret")
                  .withNamespace(shop.namespace())
                  .endMetadata()
                  .addToStringData("key", "from-the-cluster-9")
                  .build())
          .create();
      shop.rollOut(Release.good()).begin(CRASHES, 1);
      shop.foreignPod(CRASHES);
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> new ServicePod(shop.pods(CRASHES).get(0)).restarts() > 0);
      PinnedService pinned = shop.pinned(Release.good());
      KubernetesEnvironment environment = shop.environment().build();
      PodEvidence evidence =
          new PodEvidence(
              (service, name) -> environment,
              clusters,
              state,
              new Redaction(List.of(PASSWORD)),
              () -> beat -> {});
      temporal.registerActivitiesImplementations((Evidences) evidence::capture);
      Evidences evidences = temporal.newActivityStub(Evidences.class);

      StepReport report = evidences.capture(pinned);
      String full = Files.readString(PlanFiles.of(state, pinned).file("evidence.txt"));

      for (String told : List.of(report.evidence(), full)) {
        assertThat(told)
            .contains("pod " + shop.pods(CRASHES).get(0).getMetadata().getName())
            .contains("exit code 3 (Error)")
            .contains("log of migrate")
            .contains("migrated with ***")
            .contains("previous log of shopping-service")
            .contains("ERROR no database")
            .contains("Normal Started")
            .contains("deployment/shopping-service\nevents\n")
            .contains("ScalingReplicaSet")
            .doesNotContain(shop.pods(Release.good()).get(0).getMetadata().getName())
            .doesNotContain(KubernetesShop.FOREIGN)
            .doesNotContain("correct-horse")
            .doesNotContain("from-the-cluster-9")
            .doesNotContain("plain-as-day-7");
      }
      assertThat(full)
          .contains("DB_PASSWORD=***")
          .contains("TOKEN from secret shop-secret, key key")
          .contains("image rollbook.local/shop:bad");
      assertThat(full).contains("  1000\t000");
      assertThat(report.evidence()).doesNotContain("  1000\t000");
      assertThat(report.evidence().getBytes(StandardCharsets.UTF_8)).hasSizeLessThan(16 * 1024 + 1);

      shop.client().pods().inNamespace(shop.namespace()).delete();
      assertThat(evidences.capture(pinned)).isEqualTo(report);
    }
  }
}

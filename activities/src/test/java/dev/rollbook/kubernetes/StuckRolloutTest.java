package dev.rollbook.kubernetes;

import static dev.rollbook.kubernetes.RolloutSteps.failing;
import static dev.rollbook.kubernetes.RolloutSteps.failureOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.kubernetes.KubernetesPin.Workload;
import dev.rollbook.kubernetes.Release.Behaviour;
import io.fabric8.kubernetes.api.model.AffinityBuilder;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodConditionBuilder;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceQuota;
import io.fabric8.kubernetes.api.model.ResourceQuotaBuilder;
import io.fabric8.kubernetes.api.model.ResourceQuotaStatus;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentStrategy;
import io.fabric8.kubernetes.api.model.apps.DeploymentStrategyBuilder;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.temporal.failure.ApplicationFailure;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@NeedsKubernetes
@Timeout(180)
class StuckRolloutTest {

  private static final String RELEASE_FAULT = "A fault of this release: container shopping-service";
  private static final String ENVIRONMENT_FAULT = "Not a fault of the release";

  @Test
  void an_image_that_nobody_has_is_told_before_the_deadline() {
    String message = stuck(Release.bad(Behaviour.NO_IMAGE));

    assertThat(message)
        .contains(RELEASE_FAULT, "cannot get its image rollbook.local/shop:missing", "ImagePull")
        .contains("\nevents:\n", "Failed Pod/shopping-service-", "Failed to pull image")
        .doesNotContain("startWithin");
  }

  @Test
  void an_init_container_that_cannot_run_is_told_by_its_name() {
    String message =
        stuck(
            bad(
                spec ->
                    spec.getInitContainers()
                        .add(
                            new ContainerBuilder()
                                .withName("migrate")
                                .withImage("rollbook.local/shop:missing")
                                .withImagePullPolicy("IfNotPresent")
                                .build())));

    assertThat(message)
        .contains("A fault of this release: container migrate of pod", "cannot get its image")
        .doesNotContain("startWithin");
  }

  @Test
  void an_init_container_that_crashes_is_told_with_its_last_lines() {
    String message =
        stuck(
            bad(
                spec ->
                    spec.getInitContainers()
                        .add(
                            new ContainerBuilder()
                                .withName("migrate")
                                .withImage("rollbook.local/shop:bad")
                                .withImagePullPolicy("IfNotPresent")
                                .withCommand("/bin/sh", "-c", "echo 'no table orders'; exit 7")
                                .build())));

    assertThat(message)
        .contains("A fault of this release: container migrate of pod", "crashes, 2 restarts")
        .contains("exit code 7", "last lines of container migrate of shopping-service-")
        .contains("Z no table orders\n")
        .doesNotContain("startWithin");
  }

  @Test
  void a_secret_that_is_missing_is_told_before_the_deadline() {
    String message =
        stuck(
            bad(
                spec ->
                    spec.getContainers()
                        .get(0)
                        .getEnv()
                        .add(
                            new EnvVarBuilder()
                                .withName("PASSWORD")
                                .withNewValueFrom()
                                .withNewSecretKeyRef("password", "database", false)
                                .endValueFrom()
                                .build())));

    assertThat(message)
        .contains(RELEASE_FAULT, "CreateContainerConfigError", "secret \"database\" not found")
        .doesNotContain("startWithin");
  }

  @Test
  void a_crash_loop_is_told_before_the_deadline_and_how_it_ended() {
    String message =
        stuck(Workload.STATEFULSET, Release.bad(Behaviour.CRASHES), Duration.ofSeconds(90));

    assertThat(message)
        .contains(RELEASE_FAULT, "crashes, 2 restarts", "exit code 3", "BackOff Pod/")
        .contains("last lines of container shopping-service of", "Z ERROR no database\n")
        .doesNotContain("startWithin");
  }

  @Test
  void a_probe_that_fails_is_told_in_the_words_of_its_event() {
    String message =
        stuck(Workload.DEPLOYMENT, Release.bad(Behaviour.UNREADY), Duration.ofSeconds(25));

    assertThat(message)
        .contains("1 of 1 updated, 0 available", "not complete within 25 s ('startWithin')")
        .contains(
            "Unhealthy Pod/", "Readiness probe failed: HTTP probe failed with statuscode: 503")
        .contains("says at its health URL: 503, DOWN")
        .doesNotContain("A fault of", "database");
  }

  /** As Spring Boot's group of that name, when the database is added to it. */
  @Test
  void a_readiness_that_fails_for_its_database_is_a_matter_for_who_looks_after_that() {
    Release target =
        new Release("bad", "bad", Behaviour.NO_DATABASE, ShopTemplate::asksHealthForReadiness);

    ApplicationFailure failure = failure(Workload.DEPLOYMENT, target, Duration.ofSeconds(8));

    assertThat(failure.getType()).isEqualTo("DatabaseDown");
    assertThat(failure.getOriginalMessage())
        .contains("a database is down, as pod shopping-service-")
        .contains("says at its health URL: 503, DOWN: db (DOWN); not complete within 8 s")
        .doesNotContain("A fault of");
  }

  @Test
  void the_time_of_an_attempt_that_was_cut_off_counts_and_a_complete_rollout_is_never_late() {
    Duration within = Duration.ofHours(1);
    Release target = Release.bad(Behaviour.UNREADY);
    try (KubernetesShop shop = new KubernetesShop(Workload.DEPLOYMENT, 1)) {
      shop.begin(target, 1).rollOut(Release.good());
      ShopEnvironment environment = shop.environment().startWithin(within);
      try (RolloutSteps steps =
          new RolloutSteps(shop.pinned(Release.good()), environment.build())) {
        steps.awaitRollout(); // until the last old pod has ended
        assertThat(steps.awaitRollout(within).summary()).contains("successfully rolled out");
      }
      try (RolloutSteps steps = new RolloutSteps(shop.pinned(target), environment.build())) {
        steps.undo();
        assertThat(message(failureOf(() -> steps.awaitRollout(within))))
            .contains("not complete within 60 min ('startWithin')");
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"DEPLOYMENT", "STATEFULSET"})
  void a_quota_is_no_fault_of_the_release(Workload kind) {
    try (KubernetesShop shop = new KubernetesShop(kind, 2)) {
      shop.rollOut(Release.good()).rollOut(Release.other());
      allowOnePod(shop);
      try (RolloutSteps steps =
          new RolloutSteps(shop.pinned(Release.good()), shop.environment().build())) {
        steps.undo();

        assertThat(message(failureOf(steps::awaitRollout)))
            .contains(ENVIRONMENT_FAULT, "exceeded quota: pods", "FailedCreate ")
            .doesNotContain("startWithin");
        assertThat(steps.lines).anyMatch(line -> line.contains("; no pod may be created"));
      }
    }
  }

  private static void allowOnePod(KubernetesShop shop) {
    shop.client()
        .resource(
            new ResourceQuotaBuilder()
                .withNewMetadata()
                .withName("pods")
                .withNamespace(shop.namespace())
                .endMetadata()
                .withNewSpec()
                .withHard(Map.of("pods", new Quantity("1")))
                .endSpec()
                .build())
        .create();
    awaitCounted(shop.client().resourceQuotas().inNamespace(shop.namespace()).withName("pods"));
  }

  /** A quota that was not counted yet refuses with other words. */
  private static void awaitCounted(Resource<ResourceQuota> quota) {
    await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () -> {
              ResourceQuotaStatus now = quota.get().getStatus();
              return now != null && now.getUsed() != null && now.getUsed().containsKey("pods");
            });
  }

  /** The longer it goes on, the later the controller tries again. */
  @Test
  void a_quota_that_old_pods_still_fill_while_they_end_is_waited_for() {
    comesTrue(Release.good(), StuckRolloutTest::allowOnePod, "; no pod may be created (");
  }

  @Test
  void a_node_that_old_pods_still_fill_while_they_end_is_waited_for() {
    Release alone =
        Release.good()
            .edited(
                spec ->
                    spec.setAffinity(
                        new AffinityBuilder()
                            .withNewPodAntiAffinity()
                            .addNewRequiredDuringSchedulingIgnoredDuringExecution()
                            .withTopologyKey("kubernetes.io/hostname")
                            .withNewLabelSelector()
                            .addToMatchLabels("app", KubernetesShop.NAME)
                            .endLabelSelector()
                            .endRequiredDuringSchedulingIgnoredDuringExecution()
                            .endPodAntiAffinity()
                            .build()));
    comesTrue(alone, shop -> {}, "; no node takes pod ");
  }

  /** With the old pod going at once, and for longer than a pod without room is believed. */
  private static void comesTrue(Release target, Consumer<KubernetesShop> fills, String meanwhile) {
    Release slow =
        Release.other()
            .edited(
                spec -> {
                  spec.setTerminationGracePeriodSeconds(40L);
                  spec.getContainers().get(0).setReadinessProbe(null);
                  spec.getContainers()
                      .get(0)
                      .getCommand()
                      .set(2, "trap 'sleep 20; exit' TERM; while :; do sleep 1; done");
                });
    try (KubernetesShop shop = new KubernetesShop(Workload.DEPLOYMENT, 0)) {
      shop.begin(target, 0).deploy(slow);
      shop.edit(
          Deployment.class,
          deployment -> {
            deployment.getSpec().setReplicas(1);
            deployment.getSpec().setStrategy(replacing(new IntOrString(1)));
          });
      shop.awaitRollout();
      fills.accept(shop);
      try (RolloutSteps steps =
          new RolloutSteps(
              shop.pinned(target),
              shop.environment().startWithin(Duration.ofSeconds(120)).build())) {
        steps.undo();

        assertThat(steps.awaitRollout().summary()).contains("1 of 1 updated and available");
        assertThat(steps.lines)
            .anyMatch(line -> line.contains(meanwhile) && line.contains("may make room for it"));
      }
    }
  }

  private static DeploymentStrategy replacing(IntOrString pods) {
    return new DeploymentStrategyBuilder()
        .withType("RollingUpdate")
        .withNewRollingUpdate()
        .withMaxUnavailable(pods)
        .endRollingUpdate()
        .build();
  }

  @Test
  void a_pod_that_no_node_takes_is_no_fault_of_the_release() {
    String message = stuck(bad(spec -> spec.setNodeSelector(Map.of("disk", "golden"))));

    assertThat(message)
        .contains(ENVIRONMENT_FAULT, "no node takes pod shopping-service-", "FailedScheduling Pod/")
        .doesNotContain("startWithin");
  }

  @Test
  void a_pod_that_a_node_is_coming_for_is_waited_for() {
    try (KubernetesShop shop = new KubernetesShop()) {
      Release target = bad(spec -> spec.setNodeSelector(Map.of("disk", "golden")));
      shop.begin(target, 1).rollOut(Release.good());
      try (RolloutSteps steps =
          new RolloutSteps(
              shop.pinned(target),
              shop.environment().startWithin(Duration.ofSeconds(20)).build())) {
        steps.undo();
        await().atMost(Duration.ofSeconds(60)).until(() -> !shop.pods(target).isEmpty());
        scaledUp(shop, shop.pods(target).get(0));

        assertThat(message(failureOf(steps::awaitRollout)))
            .contains("not complete within 20 s ('startWithin')", "no node takes pod");
      }
    }
  }

  /** As the Cluster Autoscaler notes it: that is no warning. */
  private static void scaledUp(KubernetesShop shop, Pod pod) {
    shop.client()
        .resource(
            new EventBuilder()
                .withNewMetadata()
                .withName("scale-up")
                .withNamespace(shop.namespace())
                .endMetadata()
                .withNewInvolvedObject()
                .withKind("Pod")
                .withNamespace(shop.namespace())
                .withName(pod.getMetadata().getName())
                .withUid(pod.getMetadata().getUid())
                .endInvolvedObject()
                .withType("Normal")
                .withReason("TriggeredScaleUp")
                .withMessage("pod triggered scale-up: [{pool 1->2 (max: 5)}]")
                .build())
        .create();
  }

  @Test
  void old_pods_that_go_down_with_the_new_ones_are_no_fault_of_the_release() throws Exception {
    Release target = Release.bad(Behaviour.CRASHES);
    try (KubernetesShop shop = new KubernetesShop()) {
      shop.begin(target, 1).rollOut(Release.good());
      Pod old = shop.pods().get(0);
      try (RolloutSteps steps = new RolloutSteps(shop.pinned(target), shop.environment().build())) {
        steps.undo();
        CompletableFuture<ApplicationFailure> failure = failing(steps::awaitRollout);
        await()
            .atMost(Duration.ofSeconds(60))
            .until(() -> steps.lines.stream().anyMatch(line -> line.contains("updated")));
        shop.restart(old);

        assertThat(message(failure.get()))
            .contains(ENVIRONMENT_FAULT, "crashes, 2 restarts", "exit code 3")
            .contains("go down with it, " + old.getMetadata().getName() + ": what both need");
      }
    }
  }

  @Test
  void an_old_pod_that_does_not_end_is_told_and_no_fault_of_the_release() {
    try (KubernetesShop shop = new KubernetesShop()) {
      shop.rollOut(Release.good()).rollOut(Release.other());
      Pod old = shop.pods().get(0);
      shop.keep(old);
      try (RolloutSteps steps =
          new RolloutSteps(
              shop.pinned(Release.good()),
              shop.environment().startWithin(Duration.ofSeconds(30)).build())) {
        steps.undo();

        assertThat(message(failureOf(steps::awaitRollout)))
            .contains(ENVIRONMENT_FAULT, "pod " + old.getMetadata().getName())
            .contains("does not end", "finalizers [shop.example/deregister]", "1 old pod left");
        shop.letGo(old);
        assertThat(steps.awaitRollout().summary()).contains("no old pod left");
      } finally {
        shop.letGo(old);
      }
    }
  }

  @Test
  void a_node_that_does_not_answer_is_no_fault_of_the_release() {
    try (KubernetesShop shop = new KubernetesShop()) {
      String node = "silent-" + shop.suffix();
      shop.client().resource(silent(node)).create();
      try {
        Release there = bad(spec -> spec.setNodeName(node));
        shop.begin(there, 1).rollOut(Release.good());
        try (RolloutSteps steps =
            new RolloutSteps(
                shop.pinned(there),
                shop.environment().startWithin(Duration.ofSeconds(10)).build())) {
          steps.undo();

          assertThat(message(failureOf(steps::awaitRollout)))
              .contains(ENVIRONMENT_FAULT, "node " + node + " has not begun with pod ");
          assertThat(steps.lines)
              .anyMatch(line -> line.contains("; node " + node))
              .anyMatch(line -> line.contains("made anew elsewhere when its node has been silent"));

          wasWell(shop, shop.pods(there).get(0));
          assertThat(message(failureOf(steps::awaitRollout)))
              .contains(ENVIRONMENT_FAULT, "node " + node + ", where pod ", " was well");
        }
      } finally {
        shop.client().nodes().withName(node).delete();
      }
    }
  }

  /** Nobody is there who would run a pod; no other test's pods get there. */
  private static Node silent(String name) {
    return new NodeBuilder()
        .withNewMetadata()
        .withName(name)
        .endMetadata()
        .withNewSpec()
        .addNewTaint()
        .withKey("shop.example/silent")
        .withEffect("NoSchedule")
        .endTaint()
        .endSpec()
        .build();
  }

  /** As the node's last report, and the controller's word that there came no more, leave it. */
  private static void wasWell(KubernetesShop shop, Pod pod) {
    shop.client()
        .resource(pod)
        .editStatus(
            now -> {
              now.getStatus().setPhase("Running");
              now.getStatus()
                  .setContainerStatuses(
                      List.of(
                          new ContainerStatusBuilder()
                              .withName(KubernetesShop.NAME)
                              .withImage("rollbook.local/shop:bad")
                              .withImageID("")
                              .withReady(true)
                              .withRestartCount(0)
                              .withNewState()
                              .withNewRunning("2026-01-18T10:00:00Z")
                              .endState()
                              .build()));
              now.getStatus()
                  .setConditions(
                      List.of(condition("ContainersReady", "True"), condition("Ready", "False")));
              return now;
            });
  }

  private static PodCondition condition(String type, String status) {
    return new PodConditionBuilder().withType(type).withStatus(status).build();
  }

  private static Release bad(Consumer<PodSpec> edit) {
    return Release.bad(Behaviour.UP).edited(edit);
  }

  private static String stuck(Release target) {
    return stuck(Workload.DEPLOYMENT, target, Duration.ofSeconds(90));
  }

  /** How it fails to go back to that release. */
  private static String stuck(Workload kind, Release target, Duration within) {
    return message(failure(kind, target, within));
  }

  private static ApplicationFailure failure(Workload kind, Release target, Duration within) {
    try (KubernetesShop shop = new KubernetesShop(kind, 1)) {
      shop.begin(target, 1).deploy(Release.good());
      shop.client()
          .pods()
          .inNamespace(shop.namespace())
          .withLabel("app", KubernetesShop.NAME)
          .withGracePeriod(0)
          .delete(); // a StatefulSet waits for a stuck one for ever
      shop.awaitRollout();
      try (RolloutSteps steps =
          new RolloutSteps(shop.pinned(target), shop.environment().startWithin(within).build())) {
        steps.undo();
        return failureOf(steps::awaitRollout);
      }
    }
  }

  private static String message(ApplicationFailure failure) {
    assertThat(failure.getType())
        .isEqualTo(
            failure.getOriginalMessage().contains(ENVIRONMENT_FAULT)
                ? "EnvironmentBroken"
                : "RolloutStuck");
    return failure.getOriginalMessage();
  }
}

package dev.rollbook.kubernetes;

import static dev.rollbook.kubernetes.RolloutSteps.failing;
import static dev.rollbook.kubernetes.RolloutSteps.failureOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.PinnedService;
import dev.rollbook.StepResult;
import dev.rollbook.kubernetes.KubernetesPin.Workload;
import dev.rollbook.kubernetes.Release.Behaviour;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.DaemonSetUpdateStrategy;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.RollingUpdateStatefulSetStrategy;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSetUpdateStrategy;
import io.temporal.failure.ApplicationFailure;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@NeedsKubernetes
@Timeout(180)
class RolloutStatusTest {

  private static final Release SLOW_TO_END =
      Release.other()
          .edited(
              spec ->
                  spec.getContainers()
                      .get(0)
                      .getCommand()
                      .set(2, "trap 'sleep 3; exit' TERM; while :; do sleep 1; done"))
          .edited(spec -> spec.getContainers().get(0).setReadinessProbe(null))
          .edited(spec -> spec.setTerminationGracePeriodSeconds(10L));

  @ParameterizedTest
  @EnumSource
  void a_rollout_is_complete_when_no_pod_of_another_revision_is_left_not_even_an_ending_one(
      Workload kind) {
    try (KubernetesShop shop = new KubernetesShop(kind, 3)) {
      shop.rollOut(Release.good()).rollOut(SLOW_TO_END);
      foreign(shop);
      try (RolloutSteps steps =
          new RolloutSteps(shop.pinned(Release.good()), shop.environment().build())) {
        steps.undo();

        StepResult result = steps.awaitRollout();

        List<Pod> left =
            shop.client().pods().inNamespace(shop.namespace()).list().getItems().stream()
                .filter(pod -> !pod.getMetadata().getName().equals("foreign"))
                .toList();
        assertThat(left)
            .hasSize(kind == Workload.DAEMONSET ? 1 : 3)
            .allMatch(pod -> new ServicePod(pod).isReady())
            .allMatch(
                pod -> "good".equals(pod.getMetadata().getAnnotations().get(ShopTemplate.RELEASE)));
        assertThat(result.summary()).contains("successfully rolled out to revision 1");
        assertThat(steps.lines)
            .anyMatch(
                line -> line.matches("\\d of \\d updated, \\d available, .*old pods? left.*"));
        if (kind == Workload.STATEFULSET) {
          // the third may be complete when it is first seen, which ends the wait
          assertThat(updated(steps)).as("one after the other").isSorted().contains(1, 2);
        }
      }
    }
  }

  /** Of three, as each sign of life told. */
  private static List<Integer> updated(RolloutSteps steps) {
    Pattern progress = Pattern.compile("(\\d) of 3 updated, .*");
    return steps.lines.stream()
        .map(progress::matcher)
        .filter(Matcher::matches)
        .map(line -> Integer.valueOf(line.group(1)))
        .toList();
  }

  /** A pod with the same labels that somebody else controls, and that is no good. */
  private static void foreign(KubernetesShop shop) {
    ConfigMap owner =
        shop.client().configMaps().inNamespace(shop.namespace()).withName("kube-root-ca.crt").get();
    PodTemplateSpec template = ShopTemplate.of(Release.bad(Behaviour.NO_IMAGE));
    Pod pod = new PodBuilder().withMetadata(template.getMetadata()).build();
    pod.setSpec(template.getSpec());
    pod.getMetadata().setName("foreign");
    pod.getMetadata().setNamespace(shop.namespace());
    pod.addOwnerReference(owner).setController(true);
    shop.client().resource(pod).create();
  }

  @Test
  void a_missed_progress_deadline_counts_for_the_revision_that_missed_it_until_the_next_change() {
    try (KubernetesShop shop = new KubernetesShop()) {
      shop.rollOut(Release.good());
      shop.edit(Deployment.class, deployment -> deployment.getSpec().setProgressDeadlineSeconds(2));
      Release bad = Release.bad(Behaviour.NO_IMAGE);
      shop.begin(bad, 1);
      await().atMost(Duration.ofSeconds(30)).until(() -> hasExceededItsDeadline(shop));
      try (RolloutSteps steps =
          new RolloutSteps(shop.pinned(Release.good()), shop.environment().build())) {
        assertThat(faults(steps, shop.pinned(bad)))
            .singleElement()
            .asString()
            .contains("has timed out progressing");
        assertThat(faults(steps, shop.pinned(Release.good()))).isEmpty();

        shop.edit(
            Deployment.class,
            deployment -> deployment.getMetadata().getAnnotations().put("changed", "since"));
        assertThat(hasExceededItsDeadline(shop)).isTrue();
        assertThat(faults(steps, shop.pinned(bad))).isEmpty();

        // 2 s are little for the way back
        shop.edit(
            Deployment.class, deployment -> deployment.getSpec().setProgressDeadlineSeconds(60));
        steps.undo();
        assertThat(steps.awaitRollout().summary()).contains("1 of 1 updated and available");
      }
    }
  }

  /** Those that the workload alone tells. */
  private static List<RolloutFault> faults(RolloutSteps steps, PinnedService pinned) {
    return new StuckRollout(steps.cluster(), pinned, steps.unready())
        .faults(steps.look(), new RolloutPods(List.of(), List.of()));
  }

  private static boolean hasExceededItsDeadline(KubernetesShop shop) {
    return ((Deployment) shop.workload())
        .getStatus().getConditions().stream()
            .anyMatch(condition -> "ProgressDeadlineExceeded".equals(condition.getReason()));
  }

  @Test
  void a_rollout_without_a_wanted_pod_proves_nothing_and_a_paused_one_gets_nowhere() {
    try (KubernetesShop shop = new KubernetesShop()) {
      shop.rollOut(Release.good()).begin(Release.bad(Behaviour.UNREADY), 1);
      try (RolloutSteps steps =
          new RolloutSteps(shop.pinned(Release.good()), shop.environment().build())) {
        steps.undo();
        shop.edit(Deployment.class, deployment -> deployment.getSpec().setReplicas(0));

        ApplicationFailure unproven = failureOf(steps::awaitRollout);
        assertThat(unproven.getType()).isEqualTo("Unverified");
        assertThat(unproven.getOriginalMessage()).contains("wants no pod", "Scale it up");

        shop.edit(Deployment.class, deployment -> deployment.getSpec().setPaused(true));
        ApplicationFailure paused = failureOf(steps::awaitRollout);
        assertThat(paused.getType()).isEqualTo("Paused");
        assertThat(paused.getOriginalMessage())
            .contains("kubectl rollout resume deployment/shopping-service -n " + shop.namespace());
      }
    }
  }

  @Test
  void somebody_elses_template_ends_the_wait() throws Exception {
    try (KubernetesShop shop = new KubernetesShop()) {
      shop.begin(Release.bad(Behaviour.UNREADY), 1).rollOut(Release.good());
      try (RolloutSteps steps =
          new RolloutSteps(
              shop.pinned(Release.bad(Behaviour.UNREADY)), shop.environment().build())) {
        steps.undo();
        CompletableFuture<ApplicationFailure> failure = failing(steps::awaitRollout);
        await()
            .atMost(Duration.ofSeconds(30))
            .until(() -> steps.lines.stream().anyMatch(line -> line.contains("1 of 1 updated")));
        shop.deploy(Release.other());

        assertThat(failure.get().getType()).isEqualTo("NewerDeploy");
        assertThat(failure.get().getOriginalMessage())
            .contains("somebody deployed after the plan", "fabric8");
        assertThat(shop.release()).isEqualTo("other");
      }
    }
  }

  @Test
  void whoever_puts_the_bad_version_back_meanwhile_is_named_with_their_own_way_out()
      throws Exception {
    Release bad = Release.bad(Behaviour.UP);
    Release target = Release.bad(Behaviour.UNREADY);
    try (KubernetesShop shop = new KubernetesShop()) {
      shop.begin(target, 1).rollOut(bad);
      try (RolloutSteps steps = new RolloutSteps(shop.pinned(target), shop.environment().build())) {
        steps.undo();
        CompletableFuture<ApplicationFailure> failure = failing(steps::awaitRollout);
        await()
            .atMost(Duration.ofSeconds(30))
            .until(() -> steps.lines.stream().anyMatch(line -> line.contains("1 of 1 updated")));
        shop.putBack(bad, "argocd-controller");

        assertThat(failure.get().getType()).isEqualTo("Reverted");
        assertThat(failure.get().getOriginalMessage())
            .contains("somebody put the bad version back", "written by 'argocd-controller' at ")
            .contains("argocd app rollback");
      }
    }
  }

  @Test
  void pods_that_a_stateful_set_leaves_to_people_are_told() {
    try (KubernetesShop shop = new KubernetesShop(Workload.STATEFULSET, 1)) {
      shop.rollOut(Release.good()).rollOut(Release.other());
      shop.edit(
          StatefulSet.class,
          set -> set.getSpec().setUpdateStrategy(new StatefulSetUpdateStrategy(null, "OnDelete")));
      try (RolloutSteps steps =
          new RolloutSteps(shop.pinned(Release.good()), shop.environment().build())) {
        steps.undo();

        ApplicationFailure onDelete = failureOf(steps::awaitRollout);
        assertThat(onDelete.getType()).isEqualTo("RolloutStuck");
        assertThat(onDelete.getOriginalMessage())
            .contains("OnDelete", "somebody deletes them: shopping-service-0");

        shop.edit(
            StatefulSet.class,
            set ->
                set.getSpec()
                    .setUpdateStrategy(
                        new StatefulSetUpdateStrategy(
                            new RollingUpdateStatefulSetStrategy(null, 1), "RollingUpdate")));
        assertThat(failureOf(steps::awaitRollout).getOriginalMessage())
            .contains("partition is 1", "Set it to 0");
      }
    }
  }

  @Test
  void pods_that_a_daemon_set_leaves_to_people_are_told() {
    try (KubernetesShop shop = new KubernetesShop(Workload.DAEMONSET, 1)) {
      shop.rollOut(Release.good()).rollOut(Release.other());
      shop.edit(
          DaemonSet.class,
          set -> set.getSpec().setUpdateStrategy(new DaemonSetUpdateStrategy(null, "OnDelete")));
      try (RolloutSteps steps =
          new RolloutSteps(shop.pinned(Release.good()), shop.environment().build())) {
        steps.undo();

        assertThat(failureOf(steps::awaitRollout).getOriginalMessage())
            .contains("OnDelete", shop.pods().get(0).getMetadata().getName());
      }
    }
  }
}

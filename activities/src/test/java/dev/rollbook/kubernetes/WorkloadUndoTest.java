package dev.rollbook.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rollbook.PinnedService;
import dev.rollbook.StepResult;
import dev.rollbook.kubernetes.KubernetesPin.Workload;
import dev.rollbook.kubernetes.Release.Behaviour;
import io.fabric8.kubernetes.api.model.EmptyDirVolumeSource;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.HostAlias;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.TolerationBuilder;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.temporal.failure.ApplicationFailure;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** C2 on a real cluster. */
@NeedsKubernetes
@Timeout(180)
class WorkloadUndoTest {

  private static final Release BAD = Release.bad(Behaviour.UNREADY);
  private static final String CAUSE = "kubernetes.io/change-cause";
  private static final String NUMBER = "deployment.kubernetes.io/revision";

  @TempDir Path folder;

  private final Clusters clusters = new Clusters();
  private KubernetesShop shop;

  @AfterEach
  void close() {
    clusters.close();
    shop.close();
  }

  private PinnedService broken(Workload kind, int replicas) {
    shop = new KubernetesShop(kind, replicas);
    shop.rollOut(Release.good()).begin(BAD, 1);
    return shop.pinned(Release.good());
  }

  private StepResult undo(PinnedService service) {
    return undo(service, () -> {});
  }

  private StepResult undo(PinnedService service, Runnable beforeEachCall) {
    try (Cluster cluster = clusters.open(shop.environment().build(), beforeEachCall)) {
      return new WorkloadUndo(cluster, service, () -> {}).undo("hana", "orders fail");
    }
  }

  @Test
  void the_template_is_the_targets_again_and_a_second_attempt_finds_it_so_whatever_its_number_is() {
    PinnedService service = broken(Workload.DEPLOYMENT, 2);
    edit(
        now -> {
          now.getMetadata().getAnnotations().put("team", "tea");
          now.getSpec().setReplicas(3);
        });

    StepResult first = undo(service);
    long generation = deployment().getMetadata().getGeneration();
    StepResult atOnce = undo(service);
    shop.awaitRollout();
    StepResult renumbered = undo(service);

    assertThat(first.changed()).isTrue();
    assertThat(List.of(atOnce.changed(), renumbered.changed())).containsOnly(false);
    assertThat(renumbered.summary()).startsWith("already there");
    Deployment now = deployment();
    assertThat(now.getMetadata().getGeneration()).isEqualTo(generation);
    assertThat(shop.release()).isEqualTo("good");
    assertThat(now.getSpec().getReplicas()).as("somebody's own scaling").isEqualTo(3);
    assertThat(now.getSpec().getTemplate().getMetadata().getLabels())
        .doesNotContainKey("pod-template-hash");
    assertThat(now.getMetadata().getAnnotations())
        .containsEntry("team", "tea")
        .containsEntry(CAUSE, "Update to good")
        .containsEntry("rollbook.dev/rolled-back-by", "hana")
        .containsEntry("rollbook.dev/rolled-back-to", service.target().describe())
        .containsEntry("rollbook.dev/reason", "orders fail")
        .containsEntry("rollbook.dev/run", service.planId());
    var good = shop.revision(Release.good()).getMetadata();
    assertThat(good.getUid()).isEqualTo(service.target().id());
    assertThat(good.getAnnotations())
        .containsEntry(NUMBER, "3")
        .containsEntry("deployment.kubernetes.io/revision-history", "1")
        .containsEntry(CAUSE, "Update to good");
    assertThat(shop.revision(BAD).getMetadata().getAnnotations())
        .as("history keeps what the bad one was deployed for")
        .containsEntry(CAUSE, "Update to " + BAD.name());
  }

  @ParameterizedTest
  @EnumSource(names = {"STATEFULSET", "DAEMONSET"})
  void the_others_go_back_by_their_controller_revision_and_only_the_stuck_pod_is_removed(
      Workload kind) {
    shop = new KubernetesShop(kind, 3);
    shop.rollOut(Release.good().edited(WorkloadUndoTest::withMore));
    PodTemplateSpec before = ShopRollout.template(shop.workload());
    shop.begin(BAD.edited(WorkloadUndoTest::withOther), 1);
    PinnedService service = shop.pinned(Release.good());
    List<String> ready = uids(shop.pods(Release.good()));

    StepResult result = undo(service);
    shop.awaitRollout();
    StepResult again = undo(service);

    assertThat(result.changed()).isTrue();
    assertThat(again.changed()).isFalse();
    assertThat(ShopRollout.template(shop.workload())).isEqualTo(before);
    assertThat(shop.revision(Release.good()).getMetadata().getUid())
        .isEqualTo(service.target().id());
    if (kind == Workload.STATEFULSET) {
      assertThat(result.summary()).contains("removed, since stuck: shopping-service-2");
      assertThat(uids(shop.pods())).hasSize(3).containsAll(ready);
    }
  }

  /** What the bad release takes away comes back. */
  private static void withMore(PodSpec spec) {
    spec.setHostAliases(List.of(new HostAlias(List.of("till"), "127.0.0.1")));
    spec.getContainers().get(0).getEnv().add(new EnvVar("TEA", "green", null));
  }

  /** What it brings along goes. */
  private static void withOther(PodSpec spec) {
    spec.setTolerations(
        List.of(new TolerationBuilder().withKey("till").withOperator("Exists").build()));
    spec.setVolumes(
        List.of(
            new VolumeBuilder().withName("till").withEmptyDir(new EmptyDirVolumeSource()).build()));
  }

  @Test
  void the_stuck_pod_goes_even_when_the_template_was_put_back_by_an_attempt_that_crashed() {
    PinnedService service = broken(Workload.STATEFULSET, 2);
    shop.deploy(Release.good());

    StepResult result = undo(service);
    shop.awaitRollout();

    assertThat(result.changed()).isTrue();
    assertThat(result.summary()).startsWith("already there").contains("shopping-service-1");
  }

  @Test
  void a_pod_that_is_stuck_on_a_revision_before_the_bad_one_goes_too() {
    shop = new KubernetesShop(Workload.STATEFULSET, 1);
    shop.rollOut(Release.good()).begin(BAD, 1);
    // its controller waits for the pod of the one before
    shop.begin(Release.other(), 0);
    PinnedService service = shop.pinned(Release.good());
    assertThat(shop.pods(BAD)).hasSize(1);

    StepResult result = undo(service);
    shop.awaitRollout();

    assertThat(result.summary()).contains("removed, since stuck: shopping-service-0");
    assertThat(shop.pods(Release.good())).hasSize(1);
  }

  @Test
  void a_deploy_that_lands_before_the_stuck_pod_is_removed_keeps_it() throws Exception {
    keepsStuckPod(Release.other(), "NewerDeploy");
  }

  @Test
  void a_bad_version_that_is_back_before_the_stuck_pod_is_removed_is_told_as_that()
      throws Exception {
    keepsStuckPod(BAD, "Reverted");
  }

  private void keepsStuckPod(Release landing, String type) throws Exception {
    PinnedService service = broken(Workload.STATEFULSET, 2);
    Pod stuck = shop.pods(BAD).get(0);
    try (ApiProxy proxy = new ApiProxy(shop.kubeconfig());
        Cluster cluster =
            clusters.open(
                shop.environment().kubeconfig(proxy.kubeconfig(folder)).build(), () -> {})) {
      proxy.whenAsked(
          "^DELETE ",
          () -> {
            shop.deploy(landing);
            shop.edit(
                shop.client()
                    .pods()
                    .inNamespace(shop.namespace())
                    .withName(stuck.getMetadata().getName()),
                pod -> pod.getMetadata().getAnnotations().put("seen", "yes"));
          });

      assertThatThrownBy(
              () -> new WorkloadUndo(cluster, service, () -> {}).undo("hana", "orders fail"))
          .isInstanceOfSatisfying(
              ApplicationFailure.class, failure -> assertThat(failure.getType()).isEqualTo(type));
      assertThat(proxy.seen("^DELETE ")).isEqualTo(1);
    }
    assertThat(uids(shop.pods())).contains(stuck.getMetadata().getUid());
  }

  @Test
  void a_workload_without_any_annotation_gets_ours_under_the_same_guard() {
    shop = new KubernetesShop(Workload.STATEFULSET, 0);
    shop.rollOut(Release.good()).begin(BAD, 0);
    PinnedService service = shop.pinned(Release.good());
    shop.edit(StatefulSet.class, now -> now.getMetadata().setAnnotations(null));
    AtomicInteger calls = new AtomicInteger();

    // somebody annotates it between the look, the list of revisions, and the first write
    StepResult result =
        undo(
            service,
            () -> {
              if (calls.incrementAndGet() == 3) {
                shop.edit(
                    StatefulSet.class, now -> now.getMetadata().setAnnotations(Map.of("t", "1")));
              }
            });

    assertThat(result.changed()).isTrue();
    assertThat(shop.release()).isEqualTo("good");
    assertThat(shop.workload().getMetadata().getAnnotations())
        .containsEntry("t", "1")
        .containsEntry("rollbook.dev/rolled-back-by", "hana");
    shop.deploy(BAD);
    shop.edit(StatefulSet.class, now -> now.getMetadata().setAnnotations(null));
    assertThat(undo(service).changed()).isTrue();
    assertThat(shop.workload().getMetadata().getAnnotations())
        .containsEntry("rollbook.dev/run", service.planId());
    assertThat(undo(service).changed()).isFalse();
  }

  @Test
  void whoever_deploys_after_the_plan_or_between_our_look_and_our_write_wins() {
    PinnedService service = broken(Workload.DEPLOYMENT, 1);
    AtomicInteger calls = new AtomicInteger();

    // the look, the list of revisions, and then the write
    assertThatThrownBy(
            () ->
                undo(
                    service,
                    () -> {
                      if (calls.incrementAndGet() == 3) {
                        shop.begin(Release.other(), 1);
                      }
                    }))
        .isInstanceOfSatisfying(ApplicationFailure.class, WorkloadUndoTest::isNewerDeploy);
    assertThatThrownBy(() -> undo(service))
        .isInstanceOfSatisfying(ApplicationFailure.class, WorkloadUndoTest::isNewerDeploy);

    assertThat(calls).hasValueGreaterThan(3);
    assertThat(shop.release()).isEqualTo("other");
    assertThat(deployment().getMetadata().getAnnotations())
        .doesNotContainKey("rollbook.dev/rolled-back-by");
  }

  private static void isNewerDeploy(ApplicationFailure failure) {
    assertThat(failure.getType()).isEqualTo("NewerDeploy");
    assertThat(failure.isNonRetryable()).isTrue();
    assertThat(failure.getOriginalMessage())
        .contains("rollbook.local/shop:other", "Nothing was changed");
  }

  @Test
  void a_status_that_changes_meanwhile_is_no_newer_deploy() {
    PinnedService service = broken(Workload.DEPLOYMENT, 1);
    AtomicInteger calls = new AtomicInteger();

    StepResult result =
        undo(
            service,
            () -> {
              if (calls.incrementAndGet() == 3) {
                edit(now -> now.getMetadata().getLabels().put("seen", "yes"));
              }
            });

    assertThat(result.changed()).isTrue();
    assertThat(shop.release()).isEqualTo("good");
    assertThat(deployment().getMetadata().getLabels()).containsEntry("seen", "yes");
  }

  @Test
  void a_paused_deployment_is_refused_with_kubectls_advice_until_it_is_resumed() {
    PinnedService service = broken(Workload.DEPLOYMENT, 1);
    edit(now -> now.getSpec().setPaused(true));

    refused(service, "Paused", "kubectl rollout resume deployment/shopping-service");

    assertThat(shop.release()).isEqualTo(BAD.name());
    assertThat(deployment().getSpec().getPaused()).isTrue();
    edit(now -> now.getSpec().setPaused(false));
    assertThat(undo(service).changed()).isTrue();
    assertThat(shop.release()).isEqualTo("good");
  }

  /** Whoever writes a policy chooses the status: 422, or that of missing rights. */
  @ParameterizedTest
  @ValueSource(strings = {"Invalid", "Forbidden"})
  void what_a_policy_does_not_let_in_is_told_in_its_words_and_asked_once(String reason)
      throws Exception {
    PinnedService service = broken(Workload.DEPLOYMENT, 1);
    try (ImagePolicy policy = new ImagePolicy(shop, "good", reason);
        ApiProxy proxy = new ApiProxy(shop.kubeconfig());
        KubernetesActivities activities =
            new KubernetesActivities(
                folder, shop.environment().kubeconfig(proxy.kubeconfig(folder)).build())) {
      policy.awaitEffective();

      assertThatThrownBy(() -> activities.rollout.undo(service, "hana", "orders fail"))
          .cause()
          .isInstanceOfSatisfying(
              ApplicationFailure.class,
              failure -> {
                assertThat(failure.getType()).isEqualTo("NotAdmitted");
                assertThat(failure.isNonRetryable()).isTrue();
                assertThat(failure.getOriginalMessage())
                    .contains("denied request: " + ImagePolicy.WORDS, "Nothing was changed")
                    .doesNotContain("with a Role");
              });
      assertThat(proxy.seen("^PATCH ")).isEqualTo(1);
    }
    assertThat(shop.release()).isEqualTo(BAD.name());
  }

  @Test
  void a_revision_that_is_gone_is_no_target_though_another_one_has_its_images() {
    PinnedService service = broken(Workload.DEPLOYMENT, 1);
    shop.client().resource(shop.revision(Release.good())).delete();

    refused(service, "TargetMissing", "is gone from the history");

    assertThat(shop.release()).isEqualTo(BAD.name());
  }

  @Test
  void a_workload_that_was_deleted_and_made_anew_is_another_one() {
    PinnedService service = broken(Workload.DEPLOYMENT, 1);
    shop.client().resource(shop.workload()).delete();
    shop.rollOut(Release.good());
    long generation = deployment().getMetadata().getGeneration();

    refused(service, "NewerDeploy", "another one now");

    assertThat(deployment().getMetadata().getGeneration()).isEqualTo(generation);
  }

  @Test
  void one_that_is_made_anew_between_our_look_and_our_write_is_another_one_at_any_generation() {
    PinnedService service = broken(Workload.DEPLOYMENT, 1);
    long generation = deployment().getMetadata().getGeneration();
    AtomicInteger calls = new AtomicInteger();

    assertThatThrownBy(
            () ->
                undo(
                    service,
                    () -> {
                      if (calls.incrementAndGet() == 3) {
                        shop.client().resource(shop.workload()).delete();
                        shop.deploy(Release.other()).deploy(BAD);
                      }
                    }))
        .isInstanceOfSatisfying(
            ApplicationFailure.class,
            failure -> {
              assertThat(failure.getType()).isEqualTo("NewerDeploy");
              assertThat(failure.getOriginalMessage()).contains("another one now");
            });

    assertThat(deployment().getMetadata().getGeneration()).isEqualTo(generation);
    assertThat(shop.release()).isEqualTo(BAD.name());
  }

  @Test
  void
      a_plan_that_ended_with_the_service_stopped_writes_no_more_and_the_next_one_starts_it_again() {
    PinnedService service = broken(Workload.DEPLOYMENT, 1);
    edit(
        now -> {
          now.getMetadata().getAnnotations().put(OwnAnnotations.STOPPED_BY, service.planId());
          now.getMetadata().getAnnotations().put(OwnAnnotations.REPLICAS, "2");
          now.getSpec().setReplicas(0);
        });

    refused(service, "Stopped", service.planId());
    assertThat(deployment().getSpec().getReplicas()).isZero();
    edit(now -> now.getMetadata().getAnnotations().put(OwnAnnotations.STOPPED_BY, "earlier"));
    refused(service, "Stopped", "after this run was planned");
    PinnedService informed = service.underStop("earlier");
    StepResult next = undo(informed);
    shop.awaitRollout();

    assertThat(next.changed()).isTrue();
    assertThat(shop.pods(Release.good())).hasSize(2);
    assertThat(deployment().getMetadata().getAnnotations())
        .doesNotContainKeys(OwnAnnotations.STOPPED_BY, OwnAnnotations.REPLICAS);
    assertThat(undo(informed).changed()).isFalse();
  }

  private void refused(PinnedService service, String type, String words) {
    assertThatThrownBy(() -> undo(service))
        .isInstanceOfSatisfying(
            ApplicationFailure.class,
            failure -> {
              assertThat(failure.getType()).isEqualTo(type);
              assertThat(failure.isNonRetryable()).isTrue();
              assertThat(failure.getOriginalMessage()).contains(words);
            });
  }

  private Deployment deployment() {
    return (Deployment) shop.workload();
  }

  private void edit(Consumer<Deployment> change) {
    shop.edit(Deployment.class, change);
  }

  private static List<String> uids(List<Pod> pods) {
    return pods.stream().map(pod -> pod.getMetadata().getUid()).toList();
  }
}

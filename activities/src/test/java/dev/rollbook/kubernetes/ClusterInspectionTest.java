package dev.rollbook.kubernetes;

import static dev.rollbook.kubernetes.KubernetesActivities.of;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.Finding;
import dev.rollbook.Finding.Level;
import dev.rollbook.Inspection;
import dev.rollbook.Plan;
import dev.rollbook.Version;
import dev.rollbook.kubernetes.KubernetesEnvironment.ManagedBy;
import dev.rollbook.kubernetes.KubernetesPin.Workload;
import dev.rollbook.kubernetes.Release.Behaviour;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceQuotaBuilder;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerBuilder;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetBuilder;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Section C's preflight on a real cluster. */
@NeedsKubernetes
@Timeout(180)
class ClusterInspectionTest {

  private static final Release BAD = Release.bad(Behaviour.UNREADY);

  @TempDir Path folder;
  private KubernetesShop shop;
  private KubernetesActivities activities;

  private void open(Workload kind, int replicas) {
    shop = new KubernetesShop(kind, replicas);
    activities = new KubernetesActivities(folder, shop.environment().build());
  }

  @AfterEach
  void close() {
    activities.close();
    shop.close();
  }

  @ParameterizedTest
  @EnumSource
  void pods_that_were_made_anew_make_no_new_release(Workload kind) {
    open(kind, 1);
    shop.rollOut(Release.good()).rollOut(Release.other());
    Instant released = Instant.now();
    Instant made = created(shop.revision(Release.other()));
    awaitTwoSecondsAfter(released);

    shop.losePods();

    Instant changed = activities.inspect(null).plan().pinned().changedAt();
    assertThat(created(shop.pods().get(0))).isAfter(changed);
    assertThat(changed).isBetween(made, released);
  }

  @ParameterizedTest
  @EnumSource
  void a_revision_that_has_come_back_is_as_old_as_its_return(Workload kind) {
    open(kind, 1);
    shop.rollOut(Release.good()).rollOut(Release.other());
    Instant before = Instant.now();
    awaitTwoSecondsAfter(before);

    shop.rollOut(Release.good());

    assertThat(created(shop.revision(Release.good()))).isBefore(before);
    assertThat(activities.plan("other").pinned().changedAt())
        .isBetween(before, Instant.now().plusSeconds(1));
  }

  private static Instant created(HasMetadata object) {
    return Instant.parse(object.getMetadata().getCreationTimestamp());
  }

  /** The cluster's times are whole seconds. */
  private static void awaitTwoSecondsAfter(Instant moment) {
    Awaitility.await("two seconds").until(() -> Instant.now().isAfter(moment.plusSeconds(2)));
  }

  @ParameterizedTest
  @EnumSource
  void pins_the_newest_older_revision_with_other_images_and_shows_the_history(Workload kind) {
    open(kind, 2);
    shop.rollOut(Release.good()).begin(BAD, 1).awaitLeft();
    if (kind == Workload.DEPLOYMENT) {
      awaitCounted();
    }

    Inspection inspection = activities.inspect(null);

    Plan plan = inspection.plan();
    assertThat(plan.findings()).noneMatch(Finding::blocks);
    assertThat(plan.alreadyThere()).isFalse();
    assertThat(plan.pinned().changedAt())
        .isBetween(Instant.now().minusSeconds(120), Instant.now().plusSeconds(5));
    KubernetesPin expected = shop.pinned(Release.good()).kubernetes();
    assertThat(plan.pinned().kubernetes())
        .usingRecursiveComparison()
        .ignoringFields("replicas")
        .isEqualTo(expected);
    assertThat(plan.pinned().kubernetes().replicas()).isEqualTo(kind == Workload.DAEMONSET ? 1 : 2);
    assertThat(plan.pinned().target().id())
        .isEqualTo(shop.revision(Release.good()).getMetadata().getUid());
    assertThat(plan.pinned().target().kind())
        .isEqualTo(
            kind == Workload.DEPLOYMENT
                ? Version.Kind.REPLICASET
                : Version.Kind.CONTROLLERREVISION);
    assertThat(plan.pinned().target().describe())
        .isEqualTo("revision 1 (rollbook.local/shop:good)");
    assertThat(plan.pinned().from().id()).isEqualTo(shop.revision(BAD).getMetadata().getUid());
    assertThat(of(plan, Level.OK, "cluster"))
        .singleElement()
        .asString()
        .startsWith("Kubernetes v1.");
    for (String check : List.of("permissions", "managed by", "capacity", "target", "workload")) {
      assertThat(of(plan, Level.OK, check)).as(check).hasSize(1);
    }
    for (String to : List.of("1", "good", "shop:good", expected.revision(), expected.hash())) {
      assertThat(activities.plan(to).pinned().target().id())
          .as(to)
          .isEqualTo(plan.pinned().target().id());
    }
    int bad = kind == Workload.DEPLOYMENT ? 1 : shop.pods(BAD).size();
    int left = kind == Workload.DEPLOYMENT ? 2 : shop.pods(Release.good()).size();
    assertThat(inspection.report().evidence().lines().skip(1))
        .satisfiesExactly(
            newest ->
                assertThat(newest)
                    .startsWith("2 ")
                    .contains("Update to " + BAD.name(), " 0/" + bad, "shop:bad", "running now"),
            oldest ->
                assertThat(oldest)
                    .startsWith("1 ")
                    .contains(expected.revision(), "Update to good", "shop:good")
                    .as("ready pods, of all that have not gone yet")
                    .contains(" %d/%d ".formatted(left, left))
                    .doesNotContain("running now"));
  }

  /** A ReplicaSet counts its pods a moment after it has made them. */
  private void awaitCounted() {
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> ((ReplicaSet) shop.revision(BAD)).getStatus().getReplicas() == 1);
  }

  @Test
  void sees_through_restarts_and_revisions_withdrawn_before() {
    open(Workload.DEPLOYMENT, 0);
    shop.rollOut(Release.good()).begin(Release.other(), 0).begin(BAD, 0);
    restart(4);

    Plan first = activities.plan(null);
    assertThat(first.pinned().target().id()).isEqualTo(uid(Release.other()));
    assertThat(first.pinned().from().describe()).startsWith("revision 4 (");

    activities.versions.withdraw(shop.pinned(BAD).withTarget(first.pinned().target()));
    shop.begin(Release.other(), 0);
    activities.versions.withdraw(shop.pinned(Release.good()));
    shop.begin(BAD, 0);
    Plan second = activities.plan(null);
    assertThat(second.pinned().target().id()).isEqualTo(uid(Release.good()));
    assertThat(of(second, Level.WARNING, "target"))
        .anyMatch(it -> it.contains("shop:other) was withdrawn by an earlier rollback"));
  }

  @Test
  void a_restart_is_neither_a_way_back_nor_a_second_meaning_of_what_is_asked_for() {
    open(Workload.DEPLOYMENT, 0);
    shop.rollOut(Release.good());
    restart(2);
    shop.begin(BAD, 0);
    activities.versions.record(shop.pinned(BAD));
    restart(4);

    Plan plan = activities.plan(null);

    assertThat(plan.pinned().kubernetes().number()).isEqualTo(2);
    assertThat(of(plan, Level.WARNING, "target"))
        .singleElement()
        .asString()
        .contains("recorded healthy, is what runs now but for a restart");
    assertThat(activities.plan("good").pinned().kubernetes().number()).isEqualTo(2);
  }

  @Test
  void images_and_numbers_that_do_not_tell_revisions_apart_are_said_and_ten_comes_after_nine() {
    open(Workload.DEPLOYMENT, 0);
    Release again = Release.good().named("again");
    shop.rollOut(Release.good()).begin(again, 0);

    assertThat(of(activities.plan(null), Level.BLOCKER, "target"))
        .singleElement()
        .asString()
        .contains("no older revision is left whose images differ");
    shop.begin(Release.other(), 0).begin(BAD, 0);
    number(Release.other(), "9");
    number(again, "9");
    assertThat(of(activities.plan(null), Level.BLOCKER, "target"))
        .singleElement()
        .asString()
        .contains("several revisions carry the same number");
    number(again, "10");
    assertThat(activities.plan(null).pinned().target().id()).isEqualTo(uid(again));
  }

  /** Older than the bad one and with other images, so that only its owner tells it apart. */
  @ParameterizedTest
  @EnumSource
  void a_revision_of_the_same_labels_that_another_one_owns_is_none(Workload kind) {
    open(kind, 0);
    shop.rollOut(Release.good());
    shop.foreignRevision(Release.good());
    shop.begin(BAD, 0);

    Inspection inspection = activities.inspect(null);

    assertThat(inspection.plan().pinned().target().id()).isEqualTo(uid(Release.good()));
    assertThat(inspection.report().evidence())
        .doesNotContain(KubernetesShop.FOREIGN)
        .doesNotContain("\n9 ");
  }

  @Test
  void goes_to_what_is_recorded_healthy_with_the_images_that_ran_then_and_says_what_is_gone() {
    open(Workload.DEPLOYMENT, 0);
    Release latest = new Release("latest", shop.tag("good"), Behaviour.UP, spec -> {});
    shop.rollOut(Release.good()).begin(latest, 0).begin(Release.other(), 0).begin(BAD, 0);
    String id = "docker.io/library/shop@sha256:" + "1".repeat(64);
    activities.versions.record(
        shop.pinned(latest)
            .withImages(
                List.of(new KubernetesPin.Image(KubernetesShop.NAME, latest.reference(), id))));
    Plan plan = activities.plan(null);

    assertThat(plan.pinned().target().id()).isEqualTo(uid(latest));
    assertThat(plan.pinned().kubernetes().images())
        .singleElement()
        .extracting(KubernetesPin.Image::id)
        .isEqualTo(id);
    assertThat(of(plan, Level.OK, "target"))
        .first()
        .asString()
        .contains("last one recorded healthy");
    assertThat(of(plan, Level.WARNING, "target"))
        .singleElement()
        .asString()
        .contains("may mean other bits by now", id);
    assertThat(activities.inspect(null).report().evidence())
        .containsPattern(latest.reference() + "  recorded healthy");

    shop.client().resource(shop.revision(latest)).delete();
    Plan without = activities.plan(null);
    assertThat(without.pinned().target().id()).isEqualTo(uid(Release.other()));
    assertThat(of(without, Level.WARNING, "target"))
        .singleElement()
        .asString()
        .contains("is not in the history any more");
  }

  @Test
  void a_revision_without_a_number_is_the_oldest_and_one_that_cannot_be_read_is_named() {
    open(Workload.DEPLOYMENT, 0);
    shop.rollOut(Release.good()).begin(Release.other(), 0).begin(BAD, 0);
    number(Release.good(), null);
    number(Release.other(), "two");

    Inspection inspection = activities.inspect(null);

    assertThat(inspection.plan().pinned().target().id()).isEqualTo(uid(Release.good()));
    assertThat(inspection.plan().pinned().kubernetes().number()).isZero();
    assertThat(inspection.report().evidence().lines().skip(2))
        .satisfiesExactly(
            good -> assertThat(good).startsWith("? ").contains("<none>", "shop:good"),
            other ->
                assertThat(other)
                    .startsWith("left out, since the revision number cannot be read: ")
                    .contains(shop.revision(Release.other()).getMetadata().getName()));
  }

  /** As somebody may have edited it. */
  private void number(Release release, String number) {
    shop.edit(
        shop.client().resource((ReplicaSet) shop.revision(release)),
        set -> {
          var annotations = set.getMetadata().getAnnotations();
          annotations.remove("deployment.kubernetes.io/revision");
          annotations.remove("kubernetes.io/change-cause");
          if (number != null) {
            annotations.put("deployment.kubernetes.io/revision", number);
          }
        });
  }

  @Test
  void takes_a_number_image_tag_hash_name_and_uid_and_lists_the_history_for_anything_else() {
    open(Workload.DEPLOYMENT, 0);
    shop.rollOut(Release.good()).begin(Release.other(), 0).begin(BAD, 0);
    shop.begin(BAD.named("bad-again"), 0);
    KubernetesPin good = shop.pinned(Release.good()).kubernetes();

    for (String to :
        List.of(
            "1",
            "good",
            "rollbook.local/shop:good",
            "shop:good",
            good.hash(),
            good.revision(),
            uid(Release.good()))) {
      assertThat(activities.plan(to).pinned().target().id()).as(to).isEqualTo(uid(Release.good()));
    }
    for (String to : List.of("1000000", "-1", "0", "v9", "no such thing", "shop")) {
      Plan none = activities.plan(to);
      assertThat(none.pinned()).as(to).isNull();
      assertThat(of(none, Level.BLOCKER, "target"))
          .singleElement()
          .asString()
          .contains("no revision '" + to + "'", good.revision(), "shop:other");
    }
    assertThat(of(activities.plan("bad"), Level.BLOCKER, "target"))
        .singleElement()
        .asString()
        .contains("may mean", " or ", "say the name");
    assertThat(of(activities.plan("3"), Level.WARNING, "target"))
        .singleElement()
        .asString()
        .contains("has the very images of the bad one");
  }

  @Test
  void a_tag_is_any_containers_and_rather_that_of_the_one_that_the_catalog_names() {
    open(Workload.DEPLOYMENT, 0);
    Release good = Release.good().edited(spec -> sidecar(spec, "v1"));
    Release other = Release.other().edited(spec -> sidecar(spec, "good"));
    shop.rollOut(good).begin(other, 0).begin(BAD.edited(spec -> sidecar(spec, "v1")), 0);

    assertThat(activities.plan("good").pinned().target().id())
        .as("nothing says that the first one is but a sidecar")
        .isEqualTo(uid(other));
    assertThat(activities.plan("other").pinned().target().id()).isEqualTo(uid(other));
    assertThat(of(activities.plan("v1"), Level.BLOCKER, "target"))
        .singleElement()
        .asString()
        .contains("'v1' may mean");
    activities.environment.set(shop.environment().container(KubernetesShop.NAME).build());
    assertThat(activities.plan("good").pinned().target().id()).isEqualTo(uid(good));
  }

  /** Before the shop. */
  private static void sidecar(PodSpec spec, String tag) {
    spec.getContainers()
        .add(
            0,
            new ContainerBuilder().withName("proxy").withImage("rollbook.local/x:" + tag).build());
  }

  @Test
  void is_there_already_only_while_the_revision_recorded_healthy_runs_well() {
    open(Workload.DEPLOYMENT, 1);
    shop.rollOut(Release.other()).rollOut(Release.good());
    activities.versions.record(shop.pinned(Release.good()));

    shop.awaitServing();
    Plan well = activities.plan(null);
    shop.behave(shop.pods().get(0), Behaviour.DOWN);
    Plan down = activities.plan(null);
    shop.behave(shop.pods().get(0), Behaviour.UNREADY);
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> ((Deployment) shop.workload()).getStatus().getReadyReplicas() == null);
    Plan ill = activities.plan(null);
    edit(now -> now.getSpec().setReplicas(0));
    Plan none = activities.plan("1");

    assertThat(well.alreadyThere()).isTrue();
    assertThat(down.alreadyThere()).as("Ready is not healthy").isFalse();
    assertThat(of(down, Level.BLOCKER, "target"))
        .singleElement()
        .asString()
        .contains("it is not healthy (pod shopping-service-", "503, DOWN");
    assertThat(ill.alreadyThere()).isFalse();
    assertThat(of(ill, Level.BLOCKER, "target"))
        .singleElement()
        .asString()
        .contains("very revision that runs now, and 0 of 1 pods are ready");
    assertThat(of(none, Level.WARNING, "replicas"))
        .singleElement()
        .asString()
        .contains("unverified");
  }

  @Test
  void every_finding_comes_at_once_and_what_others_manage_is_blocked_unless_the_catalog_allows() {
    open(Workload.DEPLOYMENT, 0);
    shop.rollOut(Release.good()).begin(BAD, 0);
    autoscaler();
    budget();
    edit(
        now -> {
          now.getMetadata().getLabels().put("app.kubernetes.io/managed-by", "Helm");
          now.getMetadata().getLabels().put("kustomize.toolkit.fluxcd.io/name", "shops");
          now.getMetadata().getOwnerReferences().add(shop.otherOwner());
          now.getMetadata().getAnnotations().put("meta.helm.sh/release-name", "tea");
          now.getMetadata()
              .getAnnotations()
              .put("argocd.argoproj.io/tracking-id", "shop:apps/Deployment:x/y");
          now.getMetadata()
              .getAnnotations()
              .put("kubectl.kubernetes.io/last-applied-configuration", "{}");
          now.getSpec().setPaused(true);
          now.getSpec().getStrategy().setType("Recreate");
          now.getSpec().getStrategy().setRollingUpdate(null);
        });

    Plan refused = activities.plan(null);
    activities.environment.set(shop.environment().managedBy(ManagedBy.ALLOW).build());
    Plan allowed = activities.plan(null);
    activities.environment.set(shop.environment().managedBy(ManagedBy.ALLOW).keptFor(null).build());
    Plan watched = activities.plan(null);

    assertThat(of(refused, Level.BLOCKER, "managed by"))
        .satisfiesExactly(
            argo -> assertThat(argo).contains("argocd app rollback shop", "managedBy: allow"),
            flux -> assertThat(flux).contains("flux suspend kustomization shops"),
            helm -> assertThat(helm).contains("helm rollback tea -n " + shop.namespace()),
            operator -> assertThat(operator).contains("an operator, as part of ConfigMap"));
    assertThat(of(allowed, Level.WARNING, "managed by"))
        .hasSize(4)
        .anyMatch(it -> it.contains("usually comes round every 10 min, and C9 looks once"))
        .filteredOn(it -> it.contains("comes round"))
        .as("Argo CD and Flux; Helm and an operator do not come round")
        .hasSize(2);
    assertThat(of(watched, Level.WARNING, "managed by"))
        .filteredOn(it -> it.contains("C9, with the service back, watches for 10 min"))
        .satisfiesExactly(
            argo -> assertThat(argo).contains("comes round every 3 min"),
            flux -> assertThat(flux).contains("comes round every 10 min"));
    assertThat(watched.pinned().kubernetes().reconciledEvery())
        .as("C9 goes by it")
        .isEqualTo(Duration.ofMinutes(10));
    assertThat(allowed.findings().stream().filter(Finding::blocks))
        .singleElement()
        .extracting(Finding::check)
        .isEqualTo("paused");
    assertThat(of(allowed, Level.BLOCKER, "paused"))
        .first()
        .asString()
        .contains("kubectl rollout resume deployment/shopping-service -n " + shop.namespace());
    for (String check : List.of("last applied", "strategy", "replicas")) {
      assertThat(of(allowed, Level.WARNING, check)).as(check).hasSize(1);
    }
    assertThat(of(allowed, Level.OK, "autoscaler")).first().asString().contains("2 to 5 pods");
    assertThat(of(allowed, Level.OK, "disruption budget")).hasSize(1);
    assertThat(of(allowed, Level.OK, "teams")).hasSize(1);
  }

  @Test
  void each_manager_is_known_by_marks_of_its_own_and_by_its_name_on_what_it_wrote() {
    open(Workload.DEPLOYMENT, 0);
    shop.rollOut(Release.good()).begin(BAD, 0);
    edit(
        now -> {
          now.getMetadata().getLabels().put("helm.toolkit.fluxcd.io/name", "tea");
          now.getMetadata().getLabels().put("helm.toolkit.fluxcd.io/namespace", "flux");
          now.getMetadata().getLabels().put("app.kubernetes.io/managed-by", "Helm");
          now.getMetadata().getLabels().put("argocd.argoproj.io/instance", "shop");
          now.getMetadata()
              .getOwnerReferences()
              .add(
                  new OwnerReferenceBuilder(shop.otherOwner())
                      .withApiVersion("argoproj.io/v1alpha1")
                      .withKind("Rollout")
                      .withName("till")
                      .build());
        });

    assertThat(of(activities.plan(null), Level.BLOCKER, "managed by"))
        .satisfiesExactly(
            argo -> assertThat(argo).contains("argocd app rollback shop"),
            flux -> assertThat(flux).contains("flux suspend helmrelease tea -n flux"),
            rollouts -> assertThat(rollouts).contains("kubectl argo rollouts undo till"));
    edit(
        now -> {
          now.getMetadata().setLabels(Map.of("app", KubernetesShop.NAME));
          now.getMetadata().setOwnerReferences(List.of());
        });
    writeAs("kustomize-controller", "green");
    assertThat(of(activities.plan(null), Level.BLOCKER, "managed by"))
        .singleElement()
        .asString()
        .contains("flux suspend kustomization", "kustomize.toolkit.fluxcd.io/reconcile=disabled");
    edit(
        now ->
            now.getMetadata()
                .getAnnotations()
                .put("kustomize.toolkit.fluxcd.io/reconcile", "disabled"));
    assertThat(of(activities.plan(null), Level.OK, "managed by")).hasSize(1);
    writeAs("helm-controller", "oolong");
    assertThat(of(activities.plan(null), Level.BLOCKER, "managed by"))
        .singleElement()
        .asString()
        .contains("Flux (HelmRelease ?)", "flux suspend helmrelease NAME -n NAMESPACE");
  }

  private void writeAs(String manager, String tea) {
    shop.client()
        .resource(shop.workload())
        .patch(
            new PatchContext.Builder()
                .withPatchType(PatchType.JSON_MERGE)
                .withFieldManager(manager)
                .build(),
            "{\"metadata\": {\"annotations\": {\"tea\": \"%s\"}}}".formatted(tea));
  }

  @Test
  void what_an_earlier_rollback_stopped_is_said_and_must_have_room_when_it_is_wanted_again() {
    open(Workload.DEPLOYMENT, 0);
    Release large =
        Release.good()
            .edited(
                spec ->
                    spec.getContainers()
                        .get(0)
                        .setResources(
                            new ResourceRequirementsBuilder()
                                .addToRequests("cpu", new Quantity("100m"))
                                .build()));
    shop.rollOut(large).begin(BAD, 0);
    edit(
        now -> {
          now.getMetadata().getAnnotations().put(OwnAnnotations.STOPPED_BY, "earlier");
          now.getMetadata().getAnnotations().put(OwnAnnotations.REPLICAS, "2000");
        });

    Plan nodes = activities.plan(null);
    quota("requests.cpu", "1");
    Plan quota = activities.plan(null);

    assertThat(nodes.pinned().kubernetes().replicas()).isEqualTo(2000);
    assertThat(of(nodes, Level.WARNING, "replicas"))
        .singleElement()
        .asString()
        .contains("wanted 2000 pod(s) then");
    assertThat(of(nodes, Level.BLOCKER, "stop")).as("asked for by a person").isEmpty();
    assertThat(of(activities.planByAlert(), Level.BLOCKER, "stop"))
        .singleElement()
        .asString()
        .contains("no alert starts it again");
    assertThat(of(nodes, Level.WARNING, "capacity"))
        .singleElement()
        .asString()
        .contains("2000 are wanted");
    assertThat(of(quota, Level.BLOCKER, "capacity"))
        .singleElement()
        .asString()
        .contains("quota small leaves 1 of requests.cpu", "need 200 more");
  }

  @Test
  void without_an_older_revision_there_is_nothing_to_go_back_to() {
    open(Workload.DEPLOYMENT, 0);
    shop.rollOut(Release.good());
    edit(now -> now.getSpec().setRevisionHistoryLimit(0));

    Plan plan = activities.plan(null);

    assertThat(plan.pinned()).isNull();
    assertThat(of(plan, Level.BLOCKER, "target"))
        .singleElement()
        .asString()
        .contains("nothing to go back to");
    assertThat(of(plan, Level.WARNING, "history")).hasSize(1);
  }

  @Test
  void names_what_is_near_and_says_where_no_cluster_is() throws IOException {
    open(Workload.DEPLOYMENT, 0);
    shop.rollOut(Release.good());
    activities.environment.set(shop.environment().name("shoping-service").build());
    assertThat(of(activities.plan(null), Level.BLOCKER, "workload"))
        .singleElement()
        .asString()
        .contains("no Deployment 'shoping-service'", "did you mean 'shopping-service'?");
    activities.environment.set(new ShopEnvironment(shop, Workload.DAEMONSET).build());
    assertThat(of(activities.plan(null), Level.BLOCKER, "workload"))
        .singleElement()
        .asString()
        .contains("but a Deployment of that name: correct 'workload'");
    activities.environment.set(shop.environment().namespace(shop.namespace() + "x").build());
    assertThat(of(activities.plan(null), Level.BLOCKER, "workload"))
        .singleElement()
        .asString()
        .contains("no namespace", "did you mean '" + shop.namespace() + "'?");

    assertThat(trouble("https://127.0.0.1:\\d+", "https://127.0.0.1:1"))
        .contains("https://127.0.0.1:1", "nothing listens there");
    assertThat(
            trouble(
                "(authority-data: )[^,}\\s]+(.*client-certificate-data: )([^,}\\s]+)", "$1$3$2$3"))
        .contains("the TLS connection failed", "look at the kubeconfig's server");
    assertThat(trouble("client-certificate-data: .*?}", "token: unknown}"))
        .contains("the API server does not know the worker's credentials");
    activities.environment.set(shop.environment().context("nowhere").build());
    assertThat(of(activities.plan(null), Level.BLOCKER, "cluster"))
        .singleElement()
        .asString()
        .contains("no context 'nowhere'");
  }

  /** What C5 and C6 would find out when the service has been changed already. */
  @Test
  void a_service_or_a_container_that_is_not_there_is_told_before_anything_changes() {
    open(Workload.DEPLOYMENT, 0);
    shop.rollOut(Release.good()).begin(BAD, 0);
    activities.environment.set(
        shop.environment().service("shoping-service").container("nginx").build());
    Plan wrong = activities.plan(null);
    Plan nowhere = activities.plan("no such revision");
    activities.environment.set(
        shop.environment().service(null).container(KubernetesShop.NAME).build());
    Plan right = activities.plan(null);

    assertThat(of(wrong, Level.BLOCKER, "service"))
        .singleElement()
        .asString()
        .contains(
            "no Service 'shoping-service' in namespace " + shop.namespace(),
            "did you mean 'shopping-service'?",
            "'kubernetesService: none'");
    assertThat(of(wrong, Level.BLOCKER, "container"))
        .singleElement()
        .asString()
        .contains("has no container 'nginx'", "There are: shopping-service. Correct 'container'");
    assertThat(nowhere.findings().stream().filter(Finding::blocks).map(Finding::check))
        .containsExactly("service", "target");
    assertThat(right.findings()).noneMatch(Finding::blocks);
  }

  /** What keeps preflight from the cluster with a kubeconfig that is changed so. */
  private String trouble(String pattern, String replacement) throws IOException {
    String good = Files.readString(shop.kubeconfig());
    String changed = Pattern.compile(pattern, Pattern.DOTALL).matcher(good).replaceAll(replacement);
    assertThat(changed).isNotEqualTo(good);
    Path file = Files.writeString(Files.createTempFile(folder, "kubeconfig", ".yaml"), changed);
    activities.environment.set(shop.environment().kubeconfig(file).build());
    List<String> blockers = of(activities.plan(null), Level.BLOCKER, "cluster");
    assertThat(blockers).hasSize(1);
    return blockers.get(0);
  }

  private String uid(Release release) {
    return shop.revision(release).getMetadata().getUid();
  }

  /**
   * @param number of the revision that this makes
   */
  private void restart(int number) {
    edit(
        now ->
            now.getSpec()
                .getTemplate()
                .getMetadata()
                .getAnnotations()
                .put("kubectl.kubernetes.io/restartedAt", "2026-01-18T10:00:0" + number + "Z"));
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () ->
                Integer.toString(number)
                    .equals(
                        shop.workload()
                            .getMetadata()
                            .getAnnotations()
                            .get("deployment.kubernetes.io/revision")));
  }

  private void quota(String resource, String hard) {
    var quotas = shop.client().resourceQuotas().inNamespace(shop.namespace());
    quotas
        .resource(
            new ResourceQuotaBuilder()
                .withNewMetadata()
                .withName("small")
                .endMetadata()
                .withNewSpec()
                .addToHard(resource, new Quantity(hard))
                .endSpec()
                .build())
        .create();
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> quotas.withName("small").get().getStatus().getHard() != null);
  }

  private void autoscaler() {
    shop.client()
        .resource(
            new HorizontalPodAutoscalerBuilder()
                .withNewMetadata()
                .withName("tea")
                .withNamespace(shop.namespace())
                .endMetadata()
                .withNewSpec()
                .withNewScaleTargetRef("apps/v1", "Deployment", KubernetesShop.NAME)
                .withMinReplicas(2)
                .withMaxReplicas(5)
                .endSpec()
                .build())
        .create();
  }

  private void budget() {
    shop.client()
        .resource(
            new PodDisruptionBudgetBuilder()
                .withNewMetadata()
                .withName("tea")
                .withNamespace(shop.namespace())
                .endMetadata()
                .withNewSpec()
                .withNewMaxUnavailable(1)
                .withNewSelector()
                .withMatchLabels(Map.of("app", KubernetesShop.NAME))
                .endSelector()
                .endSpec()
                .build())
        .create();
  }

  private void edit(Consumer<Deployment> change) {
    shop.edit(Deployment.class, change);
  }
}

package dev.rollbook.kubernetes;

import static dev.rollbook.kubernetes.KubernetesActivities.of;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.Finding.Level;
import dev.rollbook.Plan;
import dev.rollbook.kubernetes.KubernetesPin.Workload;
import dev.rollbook.kubernetes.Release.Behaviour;
import io.fabric8.kubernetes.api.model.AffinityBuilder;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.NodeSelectorRequirementBuilder;
import io.fabric8.kubernetes.api.model.NodeStatusBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceQuota;
import io.fabric8.kubernetes.api.model.ResourceQuotaBuilder;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import io.fabric8.kubernetes.api.model.TolerationBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerBuilder;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whether the target has room, as a real API server and its controllers count it. */
@NeedsKubernetes
@Timeout(180)
class ClusterCapacityTest {

  private static final String TAINT = "shop.example/own";

  @TempDir Path folder;
  private KubernetesShop shop;

  @AfterEach
  void close() {
    shop.close();
  }

  /** The server writes requests into pods only; the template that is planned with has none. */
  @Test
  void a_template_counts_as_much_as_its_pods_do_in_a_quota() {
    shop = new KubernetesShop(Workload.DEPLOYMENT, 1);
    Resource<ResourceQuota> quota =
        shop.client()
            .resource(
                new ResourceQuotaBuilder()
                    .withNewMetadata()
                    .withName("all")
                    .withNamespace(shop.namespace())
                    .endMetadata()
                    .withNewSpec()
                    .addToHard("requests.cpu", new Quantity("10"))
                    .addToHard("limits.cpu", new Quantity("10"))
                    .addToHard("requests.memory", new Quantity("10Gi"))
                    .endSpec()
                    .build());
    quota.create();
    Release release =
        Release.good()
            .edited(
                spec -> {
                  Container main = spec.getContainers().get(0);
                  main.setResources(cpu(null, "100m"));
                  spec.setInitContainers(
                      List.of(
                          init(main, "beside", "Always", cpu("20m", "30m")),
                          init(main, "first", null, cpu("90m", "95m"))));
                });
    shop.rollOut(release);
    PodSpec template = ShopRollout.template(shop.workload()).getSpec();

    for (String resource : List.of("requests.cpu", "limits.cpu", "requests.memory")) {
      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(
              () ->
                  assertThat(PodRequests.counted(template, resource))
                      .as(resource)
                      .isPositive()
                      .isEqualByComparingTo(
                          quota.get().getStatus().getUsed().get(resource).getNumericalAmount()));
    }
    assertThat(PodRequests.counted(template, "cpu")).isEqualByComparingTo("0.12");
  }

  private static Container init(
      Container main, String name, String restartPolicy, ResourceRequirements resources) {
    return new ContainerBuilder()
        .withName(name)
        .withImage(main.getImage())
        .withCommand("/bin/sh", "-c", restartPolicy == null ? "true" : "while :; do sleep 1; done")
        .withRestartPolicy(restartPolicy)
        .withResources(resources)
        .build();
  }

  /**
   * @param request null for none; of memory there is a limit only
   */
  private static ResourceRequirements cpu(String request, String limit) {
    ResourceRequirements resources =
        new ResourceRequirementsBuilder()
            .addToLimits("cpu", new Quantity(limit))
            .addToLimits("memory", new Quantity("16Mi"))
            .build();
    if (request != null) {
      resources.setRequests(Map.of("cpu", new Quantity(request)));
    }
    return resources;
  }

  @Test
  void a_node_counts_only_where_it_would_take_the_pod_and_an_autoscaler_wants_its_least() {
    shop = new KubernetesShop(Workload.DEPLOYMENT, 0);
    String node = "own-" + shop.suffix();
    Release refused = Release.good().edited(onOwnNode());
    Release taken = Release.other().edited(onOwnNode()).edited(ClusterCapacityTest::tolerates);
    try (KubernetesActivities activities =
        new KubernetesActivities(folder, shop.environment().build())) {
      shop.rollOut(refused).begin(taken, 0).begin(Release.bad(Behaviour.UNREADY), 0);
      wants(2);
      shop.client().resource(own(node)).create();
      awaitTaintedOnlyByUs(node);

      Plan none = activities.plan("1");
      Plan fits = activities.plan("2");
      autoscaler(3);
      Plan more = activities.plan("2");

      assertThat(of(none, Level.BLOCKER, "capacity"))
          .singleElement()
          .asString()
          .contains("no node takes a pod of the target");
      assertThat(of(fits, Level.OK, "capacity"))
          .singleElement()
          .asString()
          .contains("2 pod(s) of the target fit", "and the nodes");
      assertThat(of(more, Level.WARNING, "capacity"))
          .singleElement()
          .asString()
          .contains("room for 2 pod(s) of the target, 3 are wanted");
      assertThat(more.pinned().kubernetes().replicas()).as("the count is not ours").isEqualTo(2);
    } finally {
      shop.client().nodes().withName(node).delete();
    }
  }

  @Test
  void a_pod_that_comes_before_the_present_one_goes_has_to_fit_beside_it() {
    shop = new KubernetesShop(Workload.DEPLOYMENT, 0);
    String node = "own-" + shop.suffix();
    Release good = onOwnNode(Release.good(), "600m");
    Release gpu = onOwnNode(Release.other(), "600m").edited(ClusterCapacityTest::wantsGpu);
    Release bad = onOwnNode(Release.bad(Behaviour.UNREADY), "600m");
    try (KubernetesActivities activities =
        new KubernetesActivities(folder, shop.environment().build())) {
      shop.rollOut(gpu).begin(good, 0).begin(bad, 0);
      shop.edit(Deployment.class, now -> now.getSpec().setReplicas(1));
      shop.client().resource(own(node)).create();
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> shop.pods().stream().anyMatch(pod -> isOn(node, pod)));

      Plan beside = activities.plan("good");
      Plan elsewhere = activities.plan("other");
      missing(1);
      Plan after = activities.plan("good");

      assertThat(of(beside, Level.WARNING, "capacity"))
          .singleElement()
          .asString()
          .contains("no node has room for one more pod of the target beside the present ones");
      assertThat(of(elsewhere, Level.BLOCKER, "capacity"))
          .singleElement()
          .asString()
          .contains("no node takes a pod of the target");
      assertThat(of(after, Level.OK, "capacity")).hasSize(1);
    } finally {
      shop.client().nodes().withName(node).delete();
    }
  }

  /** What DRA or a scheduler's extender gives out stands on no node. */
  @Test
  void what_no_node_names_holds_nothing_up_where_the_present_version_asks_for_it_too() {
    shop = new KubernetesShop(Workload.DEPLOYMENT, 0);
    String node = "own-" + shop.suffix();
    Release good = onOwnNode(Release.good(), "600m").edited(ClusterCapacityTest::wantsGpu);
    Release large = onOwnNode(Release.other(), "1100m").edited(ClusterCapacityTest::wantsGpu);
    Release bad =
        onOwnNode(Release.bad(Behaviour.UNREADY), "600m").edited(ClusterCapacityTest::wantsGpu);
    try (KubernetesActivities activities =
        new KubernetesActivities(folder, shop.environment().build())) {
      shop.rollOut(good).begin(large, 0).begin(bad, 0);
      wants(1);
      shop.client().resource(own(node)).create();
      awaitTaintedOnlyByUs(node);

      Plan fits = activities.plan("good");
      Plan tooLarge = activities.plan("other");

      assertThat(of(fits, Level.BLOCKER, "capacity")).isEmpty();
      assertThat(of(fits, Level.WARNING, "capacity"))
          .singleElement()
          .asString()
          .contains("no node names shop.example/gpu");
      assertThat(of(tooLarge, Level.BLOCKER, "capacity"))
          .as("all else counts")
          .singleElement()
          .asString()
          .contains("no node takes a pod of the target");
    } finally {
      shop.client().nodes().withName(node).delete();
    }
  }

  private static boolean isOn(String node, Pod pod) {
    return node.equals(pod.getSpec().getNodeName());
  }

  private static void wantsGpu(PodSpec spec) {
    spec.getContainers()
        .get(0)
        .getResources()
        .getLimits()
        .put("shop.example/gpu", new Quantity("1"));
  }

  /** How many pods may be missing during a rollout. */
  private void missing(int pods) {
    shop.edit(
        Deployment.class,
        now ->
            now.getSpec()
                .getStrategy()
                .getRollingUpdate()
                .setMaxUnavailable(new IntOrString(pods)));
  }

  @Test
  void a_quota_leaves_room_for_one_pod_more_where_one_comes_before_another_goes() {
    shop = new KubernetesShop(Workload.DEPLOYMENT, 1);
    Release other = Release.other().edited(ClusterCapacityTest::wantsAFifth);
    Release good = Release.good().edited(ClusterCapacityTest::wantsAFifth);
    Release bad = Release.bad(Behaviour.UNREADY).edited(ClusterCapacityTest::wantsAFifth);
    try (KubernetesActivities activities =
        new KubernetesActivities(folder, shop.environment().build())) {
      shop.rollOut(other).rollOut(good).begin(bad, 1).awaitLeft();
      quota("500m");

      Plan there = activities.plan("good");
      Plan more = activities.plan("other");
      missing(1);
      Plan after = activities.plan("other");

      assertThat(of(there, Level.OK, "capacity")).as("its pod has never gone").hasSize(1);
      assertThat(of(more, Level.WARNING, "capacity"))
          .singleElement()
          .asString()
          .contains(
              "quota all leaves 0.1 of requests.cpu: not enough for one more pod of the target (0.2)");
      assertThat(of(after, Level.OK, "capacity")).hasSize(1);
    }
  }

  private static void wantsAFifth(PodSpec spec) {
    spec.getContainers().get(0).setResources(cpu(null, "200m"));
  }

  /** Returns when it is counted. */
  private void quota(String cpu) {
    Resource<ResourceQuota> quota =
        shop.client()
            .resource(
                new ResourceQuotaBuilder()
                    .withNewMetadata()
                    .withName("all")
                    .withNamespace(shop.namespace())
                    .endMetadata()
                    .withNewSpec()
                    .addToHard("requests.cpu", new Quantity(cpu))
                    .endSpec()
                    .build());
    quota.create();
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> quota.get().getStatus().getUsed().containsKey("requests.cpu"));
  }

  /**
   * @param cpu of its one container
   */
  private Release onOwnNode(Release release, String cpu) {
    return release
        .edited(onOwnNode())
        .edited(ClusterCapacityTest::tolerates)
        .edited(spec -> spec.getContainers().get(0).setResources(cpu(null, cpu)));
  }

  private Consumer<PodSpec> onOwnNode() {
    return spec -> {
      spec.getContainers().get(0).setResources(cpu(null, "400m"));
      spec.setAffinity(
          new AffinityBuilder()
              .withNewNodeAffinity()
              .withNewRequiredDuringSchedulingIgnoredDuringExecution()
              .addNewNodeSelectorTerm()
              .addToMatchExpressions(
                  new NodeSelectorRequirementBuilder()
                      .withKey("shop")
                      .withOperator("In")
                      .withValues(shop.suffix(), "elsewhere")
                      .build())
              .endNodeSelectorTerm()
              .endRequiredDuringSchedulingIgnoredDuringExecution()
              .endNodeAffinity()
              .build());
    };
  }

  private static void tolerates(PodSpec spec) {
    spec.setTolerations(
        List.of(new TolerationBuilder().withKey(TAINT).withOperator("Exists").build()));
  }

  /** As an earlier rollback of ours left it. */
  private void wants(int replicas) {
    shop.edit(
        Deployment.class,
        now -> {
          now.getMetadata().getAnnotations().put(OwnAnnotations.STOPPED_BY, "earlier");
          now.getMetadata()
              .getAnnotations()
              .put(OwnAnnotations.REPLICAS, Integer.toString(replicas));
        });
  }

  /** Ready, with one CPU; nobody else's pods get there. */
  private Node own(String name) {
    return new NodeBuilder()
        .withNewMetadata()
        .withName(name)
        .addToLabels("shop", shop.suffix())
        .endMetadata()
        .withNewSpec()
        .addNewTaint()
        .withKey(TAINT)
        .withEffect("NoSchedule")
        .endTaint()
        .endSpec()
        .withStatus(
            new NodeStatusBuilder()
                .addToAllocatable("cpu", new Quantity("1"))
                .addToAllocatable("memory", new Quantity("1Gi"))
                .addToAllocatable("pods", new Quantity("10"))
                .addNewCondition()
                .withType("Ready")
                .withStatus("True")
                .endCondition()
                .build())
        .build();
  }

  /** The server taints a node that is new, and its controller takes that away. */
  private void awaitTaintedOnlyByUs(String node) {
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> shop.client().nodes().withName(node).get().getSpec().getTaints().size() == 1);
  }

  private void autoscaler(int least) {
    shop.client()
        .resource(
            new HorizontalPodAutoscalerBuilder()
                .withNewMetadata()
                .withName("shop")
                .withNamespace(shop.namespace())
                .endMetadata()
                .withNewSpec()
                .withMinReplicas(least)
                .withMaxReplicas(5)
                .withNewScaleTargetRef("apps/v1", "Deployment", KubernetesShop.NAME)
                .endSpec()
                .build())
        .create();
  }
}

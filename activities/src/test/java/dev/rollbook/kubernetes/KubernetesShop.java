package dev.rollbook.kubernetes;

import static org.awaitility.Awaitility.await;

import dev.rollbook.PinnedService;
import dev.rollbook.Version;
import dev.rollbook.kubernetes.KubernetesPin.Workload;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceQuotaBuilder;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.apps.ControllerRevision;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.DaemonSetBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSetBuilder;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.ExecWatch;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.net.HttpURLConnection;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * A namespace of its own on the real cluster, with the workload {@code shopping-service} behind a
 * Service of the same name. What is deployed in it are {@link Release}s.
 */
public final class KubernetesShop implements AutoCloseable {

  public static final String NAME = "shopping-service";

  static final String KUBECONFIG = "ROLLBOOK_TEST_KUBECONFIG";

  /** What somebody else's things are called. */
  static final String FOREIGN = "foreign";

  private static final Map<String, String> LABELS = Map.of("app", NAME);
  private static final String REVISION = "deployment.kubernetes.io/revision";
  private static final String QUOTA = "full";
  private static final int EDITS = 10;
  private static final Duration WITHIN = Duration.ofSeconds(90);
  private static final Duration LOOK_EVERY = Duration.ofMillis(200);

  private final String suffix = UUID.randomUUID().toString().substring(0, 8);
  private final Path kubeconfig = Path.of(System.getenv(KUBECONFIG));
  private final ShopImages images = new ShopImages(kubeconfig);
  private final List<String> ownImages = new ArrayList<>();
  private final KubernetesClient client;
  private final Workload workload;
  private final int replicas;

  /** A Deployment of one pod. */
  public KubernetesShop() {
    this(Workload.DEPLOYMENT, 1);
  }

  /**
   * @param replicas meaningless for a DaemonSet, which has one pod: there is one node
   */
  public KubernetesShop(Workload workload, int replicas) {
    this.workload = workload;
    this.replicas = workload == Workload.DAEMONSET ? 1 : replicas;
    images.make();
    Config config = Config.fromKubeconfig(kubeconfig.toFile());
    config.setClientKeyAlgo("EC"); // RSA is taken for granted otherwise
    client = new KubernetesClientBuilder().withConfig(config).build();
    try {
      open();
    } catch (Throwable e) {
      close(); // nobody else can
      throw e;
    }
  }

  private void open() {
    client
        .resource(
            new NamespaceBuilder().withNewMetadata().withName(namespace()).endMetadata().build())
        .create();
    service(NAME, "http");
    // without it the first pod is refused, and tried again much later
    until(
        () -> client.serviceAccounts().inNamespace(namespace()).withName("default").get() != null);
  }

  /** What every name of this shop ends with. */
  public String suffix() {
    return suffix;
  }

  /** {@code shop-1a2b3c4d} */
  public String namespace() {
    return "shop-" + suffix;
  }

  public Path kubeconfig() {
    return kubeconfig;
  }

  public KubernetesClient client() {
    return client;
  }

  /**
   * One more Service before the same pods.
   *
   * @param targetPort the pods' name for the port that its 8083 leads to; theirs is {@code http}
   */
  public void service(String name, String targetPort) {
    client
        .resource(
            new ServiceBuilder()
                .withNewMetadata()
                .withName(name)
                .withNamespace(namespace())
                .endMetadata()
                .withNewSpec()
                .withSelector(LABELS)
                .addNewPort()
                .withName("web")
                .withPort(ShopTemplate.PORT)
                .withNewTargetPort(targetPort)
                .endPort()
                .endSpec()
                .build())
        .create();
  }

  /** A mutable tag of its own, {@code rollbook.local/shop-1a2b3c4d:latest}, now with those bits. */
  public String tag(String tag) {
    return tag(tag, "latest");
  }

  /**
   * @param as the name's own tag: unlike latest, another one is not pulled anew for each pod
   */
  public String tag(String tag, String as) {
    String name = "rollbook.local/" + namespace() + ":" + as;
    images.tag(tag, name);
    if (!ownImages.contains(name)) {
      ownImages.add(name);
    }
    return name;
  }

  /** The workload's template is the release's; its controller may not have seen it yet. */
  public KubernetesShop deploy(Release release) {
    PodTemplateSpec template = ShopTemplate.of(release);
    if (workload() == null) {
      client.resource(created(template, release)).create();
    } else {
      edit(
          HasMetadata.class,
          now -> {
            now.getMetadata().getAnnotations().put("kubernetes.io/change-cause", cause(release));
            if (now instanceof Deployment deployment) {
              deployment.getSpec().setTemplate(template);
            } else if (now instanceof StatefulSet statefulSet) {
              statefulSet.getSpec().setTemplate(template);
            } else if (now instanceof DaemonSet daemonSet) {
              daemonSet.getSpec().setTemplate(template);
            }
          });
    }
    return this;
  }

  /** As a reconciler that finds its own state changed. */
  void putBack(Release release, String manager) {
    PatchContext asManager =
        new PatchContext.Builder().withPatchType(PatchType.JSON).withFieldManager(manager).build();
    Object change =
        Map.of("op", "replace", "path", "/spec/template", "value", ShopTemplate.of(release));
    client
        .resource(workload())
        .patch(asManager, client.getKubernetesSerialization().asJson(List.of(change)));
  }

  /** Changes the workload as it is now; when its controller wrote in between, once more. */
  public <T extends HasMetadata> void edit(Class<T> kind, Consumer<T> change) {
    edit(client.resource(kind.cast(workload())), change);
  }

  /** As above, anything else. */
  <T extends HasMetadata> void edit(Resource<T> resource, Consumer<T> change) {
    for (int attempt = 1; ; attempt++) {
      T now = resource.get();
      change.accept(now);
      try {
        client.resource(now).update();
        return;
      } catch (KubernetesClientException e) {
        if (e.getCode() != HttpURLConnection.HTTP_CONFLICT || attempt == EDITS) {
          throw e;
        }
      }
    }
  }

  /** As {@code kubectl rollout status}: returns when the release is out. */
  public KubernetesShop rollOut(Release release) {
    deploy(release);
    awaitRollout();
    return this;
  }

  public void awaitRollout() {
    until(
        () ->
            ShopRollout.isComplete(workload()) && pods().size() == ShopRollout.wanted(workload()));
  }

  /** As when a node is drained: returns when others have taken their place. */
  void losePods() {
    List<String> lost = pods().stream().map(pod -> pod.getMetadata().getUid()).toList();
    client.pods().inNamespace(namespace()).withLabels(LABELS).withGracePeriod(0).delete();
    until(
        () ->
            pods().stream().noneMatch(pod -> lost.contains(pod.getMetadata().getUid()))
                && ShopRollout.isComplete(workload())
                && pods().size() == ShopRollout.wanted(workload()));
  }

  /** Returns when the Service sends requests to every pod, which comes after the pods are ready. */
  KubernetesShop awaitServing() {
    until(
        () ->
            serving().containsAll(pods().stream().map(pod -> pod.getMetadata().getUid()).toList()));
    return this;
  }

  /** The UIDs of the pods that are behind the Service. */
  private List<String> serving() {
    return client
        .discovery()
        .v1()
        .endpointSlices()
        .inNamespace(namespace())
        .withLabel("kubernetes.io/service-name", NAME)
        .list()
        .getItems()
        .stream()
        .flatMap(slice -> Stream.ofNullable(slice.getEndpoints()))
        .flatMap(List::stream)
        .filter(endpoint -> endpoint.getTargetRef() != null)
        .filter(endpoint -> Boolean.TRUE.equals(endpoint.getConditions().getReady()))
        .map(endpoint -> endpoint.getTargetRef().getUid())
        .toList();
  }

  /** Returns when the release has its revision, and as many pods; however those do. */
  public KubernetesShop begin(Release release, int pods) {
    deploy(release);
    until(() -> exists(release) && pods(release).size() >= pods);
    return this;
  }

  /** Returns when every pod that was told to go has gone: until then it counts, and holds quota. */
  KubernetesShop awaitLeft() {
    until(
        () ->
            client.pods().inNamespace(namespace()).withLabels(LABELS).list().getItems().stream()
                .allMatch(pod -> pod.getMetadata().getDeletionTimestamp() == null));
    return this;
  }

  /** Returns when a pod of it has said which image it runs. */
  void awaitImage(Release release) {
    until(
        () -> pods(release).stream().map(ServicePod::new).anyMatch(pod -> !pod.images().isEmpty()));
  }

  /** The workload as it is now; null when there is none. */
  public HasMetadata workload() {
    return switch (workload) {
      case DEPLOYMENT -> client.apps().deployments().inNamespace(namespace()).withName(NAME).get();
      case STATEFULSET ->
          client.apps().statefulSets().inNamespace(namespace()).withName(NAME).get();
      case DAEMONSET -> client.apps().daemonSets().inNamespace(namespace()).withName(NAME).get();
    };
  }

  /** The image that the workload's template names now. */
  public String templateImage() {
    return ShopRollout.template(workload()).getSpec().getContainers().get(0).getImage();
  }

  /** The name of the release that the workload's template is of. */
  public String release() {
    return ShopRollout.template(workload())
        .getMetadata()
        .getAnnotations()
        .get(ShopTemplate.RELEASE);
  }

  /** All that are there and not on their way out, by name. */
  public List<Pod> pods() {
    return client.pods().inNamespace(namespace()).withLabels(LABELS).list().getItems().stream()
        .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null)
        .sorted(Comparator.comparing(pod -> pod.getMetadata().getName()))
        .toList();
  }

  public List<Pod> pods(Release release) {
    return pods().stream()
        .filter(
            pod ->
                release.name().equals(pod.getMetadata().getAnnotations().get(ShopTemplate.RELEASE)))
        .toList();
  }

  /** Runs a shell command in the pod's shop and waits for its end. */
  public void exec(Pod pod, String command) {
    try (ExecWatch exec =
        client
            .pods()
            .inNamespace(namespace())
            .withName(pod.getMetadata().getName())
            .inContainer(NAME)
            .redirectingOutput()
            .exec("/bin/sh", "-c", command)) {
      exec.exitCode().get(60, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError("'" + command + "' in " + pod.getMetadata().getName(), e);
    }
  }

  /**
   * Its container ends soon, and is started again. Not while the command runs: its own end would be
   * chance.
   */
  public void restart(Pod pod) {
    exec(pod, "(sleep 1; kill 1) </dev/null >/dev/null 2>&1 &");
  }

  /** It stays, without running, when it is told to go. */
  void keep(Pod pod) {
    finalizers(pod, List.of("shop.example/deregister"));
  }

  /** Takes that back. */
  void letGo(Pod pod) {
    finalizers(pod, List.of());
  }

  private void finalizers(Pod pod, List<String> finalizers) {
    var resource = client.pods().inNamespace(namespace()).withName(pod.getMetadata().getName());
    if (resource.get() != null) {
      edit(resource, now -> now.getMetadata().setFinalizers(finalizers));
    }
  }

  /** A HorizontalPodAutoscaler of the Deployment, of which nobody measures anything. */
  void autoscale(int least, int most) {
    client()
        .resource(
            new HorizontalPodAutoscalerBuilder()
                .withNewMetadata()
                .withName("shop")
                .withNamespace(namespace())
                .endMetadata()
                .withNewSpec()
                .withMinReplicas(least)
                .withMaxReplicas(most)
                .withNewScaleTargetRef("apps/v1", "Deployment", NAME)
                .endSpec()
                .build())
        .create();
  }

  /** Takes the room for new pods; those that are there stay. */
  public void fill() {
    client()
        .resource(
            new ResourceQuotaBuilder()
                .withNewMetadata()
                .withName(QUOTA)
                .withNamespace(namespace())
                .endMetadata()
                .withNewSpec()
                .addToHard("pods", new Quantity("0"))
                .endSpec()
                .build())
        .create();
  }

  /** Gives it back. */
  public void empty() {
    client().resourceQuotas().inNamespace(namespace()).withName(QUOTA).delete();
  }

  /** The running pod does so from now on: UP, UNREADY or DOWN. */
  public void behave(Pod pod, Release.Behaviour behaviour) {
    exec(pod, "echo " + behaviour + " >/tmp/state");
  }

  /** The catalog's words for this shop, to be changed before they are built. */
  public ShopEnvironment environment() {
    return new ShopEnvironment(this, workload);
  }

  /** As planned now, from what the template says to a release that was deployed before. */
  public PinnedService pinned(Release target) {
    HasMetadata now = workload();
    HasMetadata from = revision(release());
    HasMetadata to = revision(target.name());
    return new PinnedService(
            NAME,
            "production",
            "plan-" + suffix,
            version(from),
            version(to),
            null,
            null,
            new KubernetesPin(
                namespace(),
                workload,
                NAME,
                now.getMetadata().getUid(),
                to.getMetadata().getName(),
                hash(to),
                number(to),
                List.of(new KubernetesPin.Image(NAME, target.reference(), null)),
                from.getMetadata().getName(),
                hash(from),
                replicas))
        .underStop(now.getMetadata().getAnnotations().get(OwnAnnotations.STOPPED_BY));
  }

  /** Whether the release is in the workload's history. */
  public boolean exists(Release release) {
    return revisions().stream().anyMatch(each -> release.name().equals(release(each)));
  }

  /** Its ReplicaSet or ControllerRevision. */
  public HasMetadata revision(Release release) {
    return revision(release.name());
  }

  /**
   * A copy of the release's revision that another owner controls: of the same labels, with an image
   * that nobody has, and the highest number.
   */
  void foreignRevision(Release release) {
    var json = client.getKubernetesSerialization();
    HasMetadata copy =
        json.unmarshal(
            json.asJson(revision(release))
                .replace(release.reference(), release.reference() + "-x"));
    copy.getMetadata().setName(FOREIGN);
    copy.getMetadata().setUid(null);
    copy.getMetadata().setResourceVersion(null);
    copy.getMetadata().setOwnerReferences(List.of(otherOwner()));
    if (copy instanceof ControllerRevision controllerRevision) {
      controllerRevision.setRevision(9L);
    } else {
      copy.getMetadata().getAnnotations().put(REVISION, "9");
    }
    client.resource(copy).create();
  }

  /** A pod with the label by which the release's are found, never ready, that another one owns. */
  void foreignPod(Release release) {
    String label =
        workload == Workload.DEPLOYMENT ? "pod-template-hash" : "controller-revision-hash";
    client
        .resource(
            new PodBuilder()
                .withNewMetadata()
                .withName(FOREIGN)
                .withNamespace(namespace())
                .addToLabels(label, hash(revision(release)))
                .withOwnerReferences(otherOwner())
                .endMetadata()
                .withSpec(ShopTemplate.of(Release.bad(Release.Behaviour.UNREADY)).getSpec())
                .build())
        .create();
  }

  /** What is there in any namespace stands for somebody's custom resource. */
  OwnerReference otherOwner() {
    HasMetadata owner =
        client.configMaps().inNamespace(namespace()).withName("kube-root-ca.crt").get();
    return new OwnerReferenceBuilder()
        .withApiVersion("v1")
        .withKind("ConfigMap")
        .withName(owner.getMetadata().getName())
        .withUid(owner.getMetadata().getUid())
        .withController(true)
        .build();
  }

  private HasMetadata revision(String release) {
    return revisions().stream()
        .filter(each -> release.equals(release(each)))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no revision of " + release + " in " + namespace()));
  }

  private List<HasMetadata> revisions() {
    String uid = workload().getMetadata().getUid();
    List<? extends HasMetadata> all =
        workload == Workload.DEPLOYMENT
            ? client.apps().replicaSets().inNamespace(namespace()).list().getItems()
            : client.apps().controllerRevisions().inNamespace(namespace()).list().getItems();
    return all.stream()
        .filter(
            each ->
                each.getMetadata().getOwnerReferences().stream()
                    .anyMatch(owner -> owner.getUid().equals(uid)))
        .map(HasMetadata.class::cast)
        .toList();
  }

  private String release(HasMetadata revision) {
    if (revision instanceof ReplicaSet replicaSet) {
      return replicaSet
          .getSpec()
          .getTemplate()
          .getMetadata()
          .getAnnotations()
          .get(ShopTemplate.RELEASE);
    }
    String data =
        client
            .getKubernetesSerialization()
            .asJson(((ControllerRevision) revision).getData())
            .replaceAll("\\s", "");
    return data.replaceFirst(".*\"" + ShopTemplate.RELEASE + "\":\"([^\"]*)\".*", "$1");
  }

  private static Version version(HasMetadata revision) {
    String uid = revision.getMetadata().getUid();
    String label = "revision " + number(revision);
    return revision instanceof ReplicaSet
        ? Version.replicaSet(uid, label)
        : Version.controllerRevision(uid, label);
  }

  private static long number(HasMetadata revision) {
    return revision instanceof ControllerRevision controllerRevision
        ? controllerRevision.getRevision()
        : Long.parseLong(revision.getMetadata().getAnnotations().get(REVISION));
  }

  /** As the revision's pods are labelled. */
  private String hash(HasMetadata revision) {
    Map<String, String> labels = revision.getMetadata().getLabels();
    return switch (workload) {
      case DEPLOYMENT -> labels.get("pod-template-hash");
      case STATEFULSET -> revision.getMetadata().getName();
      case DAEMONSET -> labels.get("controller-revision-hash");
    };
  }

  private HasMetadata created(PodTemplateSpec template, Release release) {
    ObjectMeta metadata =
        new ObjectMetaBuilder()
            .withName(NAME)
            .withNamespace(namespace())
            .withLabels(LABELS)
            .addToAnnotations("kubernetes.io/change-cause", cause(release))
            .build();
    LabelSelector selector = new LabelSelectorBuilder().withMatchLabels(LABELS).build();
    return switch (workload) {
      case DEPLOYMENT ->
          new DeploymentBuilder()
              .withMetadata(metadata)
              .withNewSpec()
              .withReplicas(replicas)
              .withSelector(selector)
              .withTemplate(template)
              .endSpec()
              .build();
      case STATEFULSET ->
          new StatefulSetBuilder()
              .withMetadata(metadata)
              .withNewSpec()
              .withServiceName(NAME)
              .withReplicas(replicas)
              .withSelector(selector)
              .withTemplate(template)
              .endSpec()
              .build();
      case DAEMONSET ->
          new DaemonSetBuilder()
              .withMetadata(metadata)
              .withNewSpec()
              .withSelector(selector)
              .withTemplate(template)
              .endSpec()
              .build();
    };
  }

  private static String cause(Release release) {
    return "Update to " + release.name();
  }

  private static void until(Callable<Boolean> condition) {
    await().atMost(WITHIN).pollInterval(LOOK_EVERY).until(condition);
  }

  /** Asks for the namespace's end and does not wait for it. */
  @Override
  public void close() {
    try (client) {
      client.namespaces().withName(namespace()).withGracePeriod(0).delete();
      ownImages.forEach(images::remove);
    }
  }
}

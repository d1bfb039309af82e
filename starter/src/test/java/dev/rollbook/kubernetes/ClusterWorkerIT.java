package dev.rollbook.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.Outcome;
import dev.rollbook.RollbackRequest;
import dev.rollbook.Run;
import dev.rollbook.TaskQueues;
import dev.rollbook.WorkflowIds;
import dev.rollbook.crash.TemporalServer;
import dev.rollbook.engine.NeedsTemporal;
import dev.rollbook.kubernetes.Release.Behaviour;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The worker runs where {@code deploy/kubernetes} puts it, with what that grants: in a pod of the
 * image that {@code deploy/image} makes, as its ServiceAccount, with its claim on storage. Java is
 * this machine's, and since no proxy for Services runs on the node, so is its network.
 */
@NeedsTemporal
@NeedsKubernetes
@Timeout(600)
class ClusterWorkerIT {

  private static final Path SHIPPED = Path.of("..", "deploy", "kubernetes");
  private static final Path ROOT = Path.of("..");
  private static final String IMAGE = "rollbook.local/rollbook:1";
  private static final Release GOOD = Release.good();

  @TempDir Path folder;

  @Test
  void a_worker_deployed_as_shipped_rolls_back_in_its_cluster() throws Exception {
    try (KubernetesShop shop = new KubernetesShop();
        TemporalServer temporal = new TemporalServer(folder, List.of("default"))) {
      shop.rollOut(GOOD).rollOut(Release.bad(Behaviour.DOWN));
      makeImage();
      Path state = Files.createDirectory(folder.resolve("state"));
      assertThat(state.toFile().setWritable(true, false)).as("the worker is not root").isTrue();
      PersistentVolume storage = shop.client().resource(storage(shop, state)).create();
      for (String file : List.of("role.yaml", "worker.yaml")) {
        deploy(shop, Files.readString(SHIPPED.resolve(file)), temporal.address());
      }

      Run run;
      try {
        run = run(temporal.client("default"), shop);
      } finally {
        shop.client().resource(storage).delete();
      }

      assertThat(run.outcome()).as(run.reason()).isEqualTo(Outcome.ROLLED_BACK);
      assertThat(shop.release()).isEqualTo(GOOD.name());
      assertThat(shop.pods(GOOD)).hasSize(1);
      assertThat(state.resolve(".rollbook"))
          .as("kept on the claimed storage")
          .isNotEmptyDirectory();
    }
  }

  /** As the README says, but for Java, which it is made without. */
  private void makeImage() throws Exception {
    command(
        "docker",
        "build",
        "--quiet",
        "--build-arg",
        "JAVA=rollbook.local/busybox:1",
        "--tag",
        IMAGE,
        "--file",
        "deploy/image/Dockerfile",
        ".");
    command("bash", "dev/engines/engines", "load", IMAGE);
    command("docker", "rmi", IMAGE);
  }

  private void command(String... words) throws Exception {
    Path said = folder.resolve("command.out");
    ProcessBuilder builder =
        new ProcessBuilder(words)
            .directory(ROOT.toFile())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile());
    builder.environment().put("DOCKER_BUILDKIT", "0");
    Process process = builder.start();
    assertThat(process.waitFor(180, TimeUnit.SECONDS)).as(String.join(" ", words)).isTrue();
    assertThat(process.exitValue()).as(Files.readString(said)).isZero();
  }

  /** What a cluster has that offers storage. */
  private static PersistentVolume storage(KubernetesShop shop, Path folder) {
    return new PersistentVolumeBuilder()
        .withNewMetadata()
        .withName("rollbook-" + shop.suffix())
        .endMetadata()
        .withNewSpec()
        .addToCapacity("storage", new Quantity("1Gi"))
        .withAccessModes("ReadWriteOnce")
        .withPersistentVolumeReclaimPolicy("Retain")
        .withNewClaimRef()
        .withNamespace(shop.namespace())
        .withName("rollbook")
        .endClaimRef()
        .withNewHostPath()
        .withPath(folder.toString())
        .endHostPath()
        .endSpec()
        .build();
  }

  private static Run run(WorkflowClient client, KubernetesShop shop) throws Exception {
    WorkflowStub run =
        client.newUntypedWorkflowStub(
            "Rollback",
            WorkflowOptions.newBuilder()
                .setTaskQueue(TaskQueues.ROLLBOOK)
                .setWorkflowId(WorkflowIds.run(KubernetesShop.NAME, "production"))
                .build());
    run.start(RollbackRequest.of(KubernetesShop.NAME, "production"));
    await()
        .atMost(Duration.ofSeconds(180))
        .pollInterval(Duration.ofSeconds(1))
        .ignoreExceptionsInstanceOf(IndexOutOfBoundsException.class) // there is no pod yet
        .until(() -> worker(shop).getStatus().getPhase().equals("Running"));
    try {
      return run.getResult(200, TimeUnit.SECONDS, Run.class);
    } catch (Exception e) {
      e.addSuppressed(new AssertionError(log(shop)));
      throw e;
    }
  }

  /** Namespaces and placeholders apart, as it is written. */
  private static void deploy(KubernetesShop shop, String shipped, String temporal)
      throws IOException {
    KubernetesClient client = shop.client();
    String here =
        shipped
            .replaceAll("namespace: \\w+", "namespace: " + shop.namespace())
            .replace("temporal-frontend.temporal:7233", temporal)
            .replace("rollbook:VERSION", IMAGE);
    for (HasMetadata each :
        client.load(new ByteArrayInputStream(here.getBytes(StandardCharsets.UTF_8))).items()) {
      switch (each.getKind()) {
        case "Namespace" -> {
          // the shop's own
        }
        case "Deployment" -> client.resource(onThisNode((Deployment) each, client)).create();
        default -> client.resource(each).create();
      }
    }
  }

  private static Deployment onThisNode(Deployment shipped, KubernetesClient client)
      throws IOException {
    PodSpec pod = shipped.getSpec().getTemplate().getSpec();
    Container worker = pod.getContainers().get(0);
    pod.setHostNetwork(true);
    String java = System.getProperty("java.home");
    for (String path : List.of(java, "/etc/java-17-openjdk", "/lib", "/lib64")) {
      if (Files.exists(Path.of(path))) {
        mount(pod, worker, Path.of(path), path);
      }
    }
    worker.getEnv().add(new EnvVar("PATH", java + "/bin:/bin", null));
    URI server = URI.create(client.getMasterUrl().toString());
    worker.getEnv().add(new EnvVar("KUBERNETES_SERVICE_HOST", server.getHost(), null));
    worker
        .getEnv()
        .add(new EnvVar("KUBERNETES_SERVICE_PORT", String.valueOf(server.getPort()), null));
    return shipped;
  }

  /** Read-only. */
  private static void mount(PodSpec pod, Container worker, Path path, String to)
      throws IOException {
    String name = "host-" + pod.getVolumes().size();
    pod.getVolumes()
        .add(
            new VolumeBuilder()
                .withName(name)
                .withNewHostPath()
                .withPath(path.toRealPath().toString())
                .endHostPath()
                .build());
    worker
        .getVolumeMounts()
        .add(new VolumeMountBuilder().withName(name).withMountPath(to).withReadOnly(true).build());
  }

  private static Pod worker(KubernetesShop shop) {
    return shop.client()
        .pods()
        .inNamespace(shop.namespace())
        .withLabel("app", "rollbook")
        .list()
        .getItems()
        .get(0);
  }

  private static String log(KubernetesShop shop) {
    return shop.client().pods().resource(worker(shop)).getLog();
  }
}

package dev.rollbook.cli;

import dev.rollbook.kubernetes.Cluster;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentStatus;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.LocalPortForward;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

/** A namespace of the demo's own, and the service in it. */
final class DemoNamespace {

  /** Known as the demo's by this label: no other namespace is ever removed. */
  private static final Map<String, String> OURS =
      Map.of("app.kubernetes.io/created-by", "rollbook-demo");

  private static final Duration ROLLED_OUT_WITHIN = Duration.ofMinutes(2);
  private static final Duration GONE_WITHIN = Duration.ofMinutes(2);

  private final Cluster cluster;
  private final String name;
  private final String service;

  DemoNamespace(Cluster cluster, String name, String service) {
    this.cluster = cluster;
    this.name = name;
    this.service = service;
  }

  /** With what the pods run, each revision the same. */
  void create(Map<String, String> programs) {
    Namespace namespace =
        new NamespaceBuilder()
            .withNewMetadata()
            .withName(name)
            .withLabels(OURS)
            .endMetadata()
            .build();
    cluster.call("create namespace " + name, client -> client.resource(namespace).create());
    apply(
        new ConfigMapBuilder()
            .withNewMetadata()
            .withName(service)
            .endMetadata()
            .withData(programs)
            .build());
  }

  /** As `kubectl apply` and `kubectl rollout status` do. */
  void rollOut(String manifest) throws IOException, InterruptedException {
    byte[] yaml = manifest.getBytes(StandardCharsets.UTF_8);
    cluster.client().load(new ByteArrayInputStream(yaml)).items().forEach(this::apply);
    if (!isSoon(this::isRolledOut, ROLLED_OUT_WITHIN)) {
      throw new IOException(
          "deployment/%s was not rolled out within %d s%s; is the image for this cluster? Name another with --image"
              .formatted(service, ROLLED_OUT_WITHIN.toSeconds(), waiting()));
    }
  }

  private void apply(HasMetadata wanted) {
    cluster.call(
        "apply " + wanted.getKind(),
        client -> client.resource(wanted).inNamespace(name).serverSideApply());
  }

  private boolean isRolledOut() {
    Deployment deployment = deployment();
    int wanted = deployment.getSpec().getReplicas();
    DeploymentStatus status = deployment.getStatus();
    return status.getObservedGeneration() != null
        && status.getObservedGeneration() >= deployment.getMetadata().getGeneration()
        && is(wanted, status.getUpdatedReplicas())
        && is(wanted, status.getAvailableReplicas())
        && is(wanted, status.getReplicas());
  }

  private static boolean is(int wanted, Integer seen) {
    return seen != null && seen == wanted;
  }

  private Deployment deployment() {
    return cluster.call(
        "get deployment",
        client -> client.apps().deployments().inNamespace(name).withName(service).get());
  }

  private List<Pod> pods() {
    return cluster.call("list pods", client -> client.pods().inNamespace(name).list().getItems());
  }

  /** Why pods do not start, in Kubernetes' words; empty when it does not say. */
  private String waiting() {
    return pods().stream()
        .flatMap(pod -> pod.getStatus().getContainerStatuses().stream())
        .map(ContainerStatus::getState)
        .filter(state -> state.getWaiting() != null)
        .map(
            state -> ": " + state.getWaiting().getReason() + ", " + state.getWaiting().getMessage())
        .distinct()
        .collect(Collectors.joining());
  }

  /** To a pod that stays, which the client would not care for. The caller closes it. */
  LocalPortForward forward(int port, int localPort) {
    Pod pod =
        pods().stream()
            .filter(each -> each.getMetadata().getDeletionTimestamp() == null)
            .findFirst()
            .orElseThrow(() -> new IllegalStateException("there is no pod of " + service));
    return cluster
        .client()
        .pods()
        .resource(pod)
        .portForward(port, InetAddress.getLoopbackAddress(), localPort);
  }

  /**
   * Gone already is success.
   *
   * @throws Refusal when it is not the demo's
   */
  void remove() throws IOException, InterruptedException {
    Namespace there = cluster.find("get namespace " + name, this::namespace).orElse(null);
    if (there == null) {
      return;
    }
    if (!OURS.entrySet().stream()
        .allMatch(
            label ->
                label.getValue().equals(there.getMetadata().getLabels().get(label.getKey())))) {
      throw new Refusal(
          ExitCodes.USAGE,
          "The namespace " + name + " was not made by `rollbook demo`: it is left alone");
    }
    cluster.call("delete namespace " + name, client -> client.resource(there).delete());
    boolean gone =
        isSoon(() -> cluster.find("get namespace " + name, this::namespace).isEmpty(), GONE_WITHIN);
    if (!gone) {
      throw new IOException(
          "the namespace %s is not gone after %d s; Kubernetes goes on removing it"
              .formatted(name, GONE_WITHIN.toSeconds()));
    }
  }

  private Namespace namespace(KubernetesClient client) {
    return client.namespaces().withName(name).get();
  }

  private static boolean isSoon(BooleanSupplier condition, Duration within)
      throws InterruptedException {
    long until = System.nanoTime() + within.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > until) {
        return false;
      }
      TimeUnit.MILLISECONDS.sleep(200);
    }
    return true;
  }
}

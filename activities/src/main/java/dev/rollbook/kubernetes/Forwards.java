package dev.rollbook.kubernetes;

import dev.rollbook.Failures;
import dev.rollbook.PinnedService;
import dev.rollbook.kubernetes.ServiceEndpoints.Serving;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointPort;
import io.temporal.failure.ApplicationFailure;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** Ways to each pod of the target, and to the Service before them, until they are closed. */
final class Forwards implements AutoCloseable {

  private final PinnedService service;
  private final KubernetesEnvironment environment;
  private final Cluster cluster;
  private final List<Forward> all = new ArrayList<>();

  private Forwards(PinnedService service, KubernetesEnvironment environment, Cluster cluster) {
    this.service = service;
    this.environment = environment;
    this.cluster = cluster;
  }

  /**
   * @throws ApplicationFailure NotHealthy when there is nothing to open a way to
   */
  static Forwards open(PinnedService service, KubernetesEnvironment environment, Cluster cluster) {
    Forwards forwards = new Forwards(service, environment, cluster);
    try {
      forwards.openToPods();
      environment.kubernetesService().ifPresent(forwards::openToService);
      return forwards;
    } catch (RuntimeException e) {
      forwards.close();
      throw e;
    }
  }

  List<Forward> all() {
    return List.copyOf(all);
  }

  private void openToPods() {
    List<ServicePod> pods = RevisionPods.ofTarget(cluster, service).staying();
    if (pods.isEmpty()) {
      throw notHealthy("no pod of " + service.kubernetes().revision() + " is there");
    }
    for (ServicePod pod : pods) {
      open(pod.name(), environment.port(), "pod " + pod.name());
    }
  }

  /** To one of the pods that it sends requests to, and the port that it sends them to. */
  private void openToService(String name) {
    String namespace = service.kubernetes().namespace();
    ServiceEndpoints endpoints =
        ServiceEndpoints.find(cluster, namespace, name)
            .orElseThrow(() -> notHealthy("there is no Service " + name + " in " + namespace));
    Serving serving =
        endpoints.serving().stream()
            .filter(each -> !each.pod().isEmpty())
            .findFirst()
            .orElseThrow(() -> notHealthy("the Service " + name + " sends requests to no pod"));
    open(
        serving.name(),
        port(endpoints, serving),
        "Service " + name + " (pod " + serving.name() + ")");
  }

  private void open(String pod, int port, String what) {
    all.add(Forward.open(cluster, service.kubernetes().namespace(), pod, port, what));
  }

  /** Of several ports the one with the pods' number, else the one that leads there. */
  private int port(ServiceEndpoints endpoints, Serving serving) {
    List<ServicePort> ports = endpoints.service().getSpec().getPorts();
    return ports.stream()
        .filter(port -> port.getPort() == environment.port() || ports.size() == 1)
        .findFirst()
        .flatMap(port -> number(serving, port.getName()))
        .or(() -> leadingThere(serving))
        .orElseThrow(
            () ->
                notHealthy(
                    "no port of the Service %s leads to port %d of its pods"
                        .formatted(
                            endpoints.service().getMetadata().getName(), environment.port())));
  }

  private static Optional<Integer> number(Serving serving, String name) {
    return serving.ports().stream()
        .filter(port -> none(port.getName()).equals(none(name)))
        .map(EndpointPort::getPort)
        .filter(Objects::nonNull)
        .findFirst();
  }

  private Optional<Integer> leadingThere(Serving serving) {
    return serving.ports().stream()
        .map(EndpointPort::getPort)
        .filter(number -> Objects.equals(number, environment.port()))
        .findFirst();
  }

  private static String none(String name) {
    return name == null ? "" : name;
  }

  private ApplicationFailure notHealthy(String why) {
    return Failures.hopeless("NotHealthy", service.service() + ": " + why);
  }

  /** Each of them, whatever becomes of the others. */
  @Override
  public void close() {
    for (Forward forward : all) {
      try {
        forward.close();
      } catch (IOException e) {
        // its socket is gone already
      }
    }
  }
}

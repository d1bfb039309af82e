package dev.rollbook.kubernetes;

import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.discovery.v1.Endpoint;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointConditions;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointPort;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Where a Service sends requests to now: all its EndpointSlices together.
 *
 * @param service as the cluster has it
 */
record ServiceEndpoints(Service service, List<EndpointSlice> slices) {

  private static final String OF_SERVICE = "kubernetes.io/service-name";

  /**
   * One that gets requests.
   *
   * @param pod its UID; empty for what is no pod
   * @param name of the pod, else its address
   * @param ports with the Service's names for them
   */
  record Serving(String pod, String name, String address, List<EndpointPort> ports) {}

  /** Empty when there is no such Service. */
  static Optional<ServiceEndpoints> find(Cluster cluster, String namespace, String name) {
    return cluster
        .find(
            "get service/" + name,
            client -> client.services().inNamespace(namespace).withName(name).get())
        .map(service -> new ServiceEndpoints(service, slices(cluster, namespace, name)));
  }

  private static List<EndpointSlice> slices(Cluster cluster, String namespace, String name) {
    return cluster.call(
        "list endpointslices of " + name,
        client ->
            client
                .discovery()
                .v1()
                .endpointSlices()
                .inNamespace(namespace)
                .withLabel(OF_SERVICE, name)
                .list()
                .getItems());
  }

  /** Those on their way out are left out; one whose readiness is unknown counts as ready. */
  List<Serving> serving() {
    return slices.stream()
        .filter(slice -> !ports(slice).isEmpty() || service.getSpec().getPorts().isEmpty())
        .flatMap(ServiceEndpoints::serving)
        .toList();
  }

  /** A slice that has none says null. */
  private static List<EndpointPort> ports(EndpointSlice slice) {
    return slice.getPorts() == null ? List.of() : slice.getPorts();
  }

  private static Stream<Serving> serving(EndpointSlice slice) {
    return Stream.ofNullable(slice.getEndpoints())
        .flatMap(List::stream)
        .filter(endpoint -> serves(endpoint.getConditions()))
        .map(endpoint -> of(endpoint, ports(slice)));
  }

  private static boolean serves(EndpointConditions conditions) {
    return conditions == null
        || !Boolean.FALSE.equals(conditions.getReady())
            && !Boolean.TRUE.equals(conditions.getTerminating());
  }

  private static Serving of(Endpoint endpoint, List<EndpointPort> ports) {
    ObjectReference target = endpoint.getTargetRef();
    boolean isPod = target != null && "Pod".equals(target.getKind()) && target.getUid() != null;
    String address = String.join(", ", endpoint.getAddresses());
    return new Serving(
        isPod ? target.getUid() : "", isPod ? target.getName() : address, address, ports);
  }
}

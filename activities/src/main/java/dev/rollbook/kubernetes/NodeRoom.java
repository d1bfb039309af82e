package dev.rollbook.kubernetes;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.KubernetesResourceList;
import io.fabric8.kubernetes.api.model.ListOptions;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Quantity;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What the nodes have room for.
 *
 * @param nodes of the cluster
 * @param pods of all namespaces
 * @param uncounted resources that room is not looked for
 */
record NodeRoom(List<Node> nodes, List<Pod> pods, Set<String> uncounted) {

  private static final long PAGE = 500;

  /**
   * @throws ClusterFailure.PermissionDenied when nodes, or the pods of all namespaces, may not be
   *     listed
   */
  static NodeRoom of(Cluster cluster) {
    return new NodeRoom(
        cluster.call("list nodes", client -> all(client.nodes()::list)),
        cluster.call(
            "list pods of all namespaces", client -> all(client.pods().inAnyNamespace()::list)),
        Set.of());
  }

  /** Page by page: no answer is so large that the server takes long over it. */
  private static <T extends HasMetadata> List<T> all(
      Function<ListOptions, ? extends KubernetesResourceList<T>> answers) {
    List<T> all = new ArrayList<>();
    String next = null;
    do {
      KubernetesResourceList<T> page =
          answers.apply(new ListOptionsBuilder().withLimit(PAGE).withContinue(next).build());
      all.addAll(page.getItems());
      next = page.getMetadata().getContinue();
    } while (next != null && !next.isEmpty());
    return all;
  }

  /** What such a pod asks for and no node at all names. */
  Set<String> unnamed(PodSpec pod) {
    return PodRequests.resources(pod).stream()
        .filter(resource -> PodRequests.counted(pod, resource).signum() > 0)
        .filter(resource -> nodes.stream().noneMatch(node -> names(node, resource)))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  NodeRoom without(Set<String> resources) {
    return new NodeRoom(nodes, pods, Set.copyOf(resources));
  }

  /**
   * How many such pods there is room for.
   *
   * @param gone pods that will not be there any more
   * @param most how many are counted at most, on each node
   */
  long count(PodSpec pod, List<Pod> gone, int most) {
    List<String> uids = gone.stream().map(NodeRoom::uid).toList();
    List<Pod> staying =
        pods.stream()
            .filter(each -> !uids.contains(uid(each)))
            .filter(each -> !new ServicePod(each).hasEnded())
            .toList();
    NodeFit fit = new NodeFit(pod);
    return nodes.stream()
        .filter(fit::takes)
        .mapToLong(node -> room(node, pod, staying, most))
        .sum();
  }

  private static String uid(Pod pod) {
    return pod.getMetadata().getUid();
  }

  private long room(Node node, PodSpec pod, List<Pod> staying, int most) {
    List<Pod> there =
        staying.stream()
            .filter(each -> node.getMetadata().getName().equals(each.getSpec().getNodeName()))
            .toList();
    long room = most;
    for (String resource : PodRequests.resources(pod)) {
      BigDecimal each = PodRequests.counted(pod, resource);
      if (each.signum() > 0 && !uncounted.contains(resource)) {
        BigDecimal rest =
            there.stream()
                .map(other -> PodRequests.counted(other.getSpec(), resource))
                .reduce(allocatable(node, resource), BigDecimal::subtract);
        room = Math.min(room, Math.max(0, rest.divideToIntegralValue(each).longValue()));
      }
    }
    return room;
  }

  /** What a node does not name it does not have: a GPU, for example. */
  private static BigDecimal allocatable(Node node, String resource) {
    return names(node, resource)
        ? node.getStatus().getAllocatable().get(resource).getNumericalAmount()
        : BigDecimal.ZERO;
  }

  private static boolean names(Node node, String resource) {
    Map<String, Quantity> all = node.getStatus().getAllocatable();
    return all != null && all.containsKey(resource);
  }
}

package dev.rollbook.kubernetes;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Quantity;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;

/** How many pods the nodes have room for, once the workload's present ones are gone. */
final class NodeRoom {

  private final Cluster cluster;
  private final List<Pod> present;
  private final PodSpec pod;
  private final int wanted;

  /**
   * @param present pods of the workload
   * @param pod what there is to be room for
   * @param wanted how many are counted at most, on each node
   */
  NodeRoom(Cluster cluster, List<Pod> present, PodSpec pod, int wanted) {
    this.cluster = cluster;
    this.present = present;
    this.pod = pod;
    this.wanted = wanted;
  }

  /**
   * @throws ClusterFailure.PermissionDenied when nodes, or the pods of all namespaces, may not be
   *     listed
   */
  long count() {
    List<Node> nodes = cluster.call("list nodes", client -> client.nodes().list().getItems());
    List<Pod> others =
        cluster
            .call("list pods of all namespaces", client -> client.pods().inAnyNamespace().list())
            .getItems()
            .stream()
            .filter(each -> present.stream().noneMatch(own -> uid(own).equals(uid(each))))
            .filter(each -> !List.of("Succeeded", "Failed").contains(each.getStatus().getPhase()))
            .toList();
    NodeFit fit = new NodeFit(pod);
    return nodes.stream().filter(fit::takes).mapToLong(node -> room(node, others)).sum();
  }

  private static String uid(Pod pod) {
    return pod.getMetadata().getUid();
  }

  private long room(Node node, List<Pod> others) {
    List<Pod> there =
        others.stream()
            .filter(each -> node.getMetadata().getName().equals(each.getSpec().getNodeName()))
            .toList();
    long room = wanted;
    for (String resource : List.of("cpu", "memory", "pods")) {
      BigDecimal each = PodRequests.counted(pod, resource);
      Map<String, Quantity> all = node.getStatus().getAllocatable();
      Quantity allocatable = all == null ? null : all.get(resource);
      if (each.signum() > 0 && allocatable != null) {
        BigDecimal rest =
            there.stream()
                .map(other -> PodRequests.counted(other.getSpec(), resource))
                .reduce(allocatable.getNumericalAmount(), BigDecimal::subtract);
        room = Math.min(room, Math.max(0, rest.divideToIntegralValue(each).longValue()));
      }
    }
    return room;
  }
}

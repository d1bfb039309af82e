package dev.rollbook.kubernetes;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Quantity;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;

/** What one pod asks for, as the scheduler and quotas count it. */
final class PodRequests {

  private static final String LIMITS = "limits.";
  private static final String REQUESTS = "requests.";

  private PodRequests() {}

  /**
   * @param resource in a quota's words: {@code limits.cpu}, {@code requests.memory}, {@code cpu},
   *     {@code pods}; zero for what is not a pod's
   */
  static BigDecimal counted(PodSpec pod, String resource) {
    if (resource.equals("pods") || resource.equals("count/pods")) {
      return BigDecimal.ONE;
    }
    boolean limits = resource.startsWith(LIMITS);
    String plain =
        limits
            ? resource.substring(LIMITS.length())
            : resource.startsWith(REQUESTS) ? resource.substring(REQUESTS.length()) : resource;
    BigDecimal together = BigDecimal.ZERO;
    for (Container container : pod.getContainers()) {
      together = together.add(of(container, plain, limits));
    }
    return largest(pod.getInitContainers(), plain, limits).max(together);
  }

  /** They run one after the other, before all others. */
  private static BigDecimal largest(List<Container> containers, String resource, boolean limits) {
    return containers.stream()
        .map(container -> of(container, resource, limits))
        .reduce(BigDecimal.ZERO, BigDecimal::max);
  }

  private static BigDecimal of(Container container, String resource, boolean limits) {
    if (container.getResources() == null) {
      return BigDecimal.ZERO;
    }
    Map<String, Quantity> amounts =
        limits ? container.getResources().getLimits() : container.getResources().getRequests();
    Quantity amount = amounts == null ? null : amounts.get(resource);
    return amount == null ? BigDecimal.ZERO : amount.getNumericalAmount();
  }
}

package dev.rollbook.kubernetes;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import java.math.BigDecimal;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** What one pod asks for, as the scheduler and quotas count it; of a template's pods too. */
final class PodRequests {

  private static final String LIMITS = "limits.";
  private static final String REQUESTS = "requests.";
  private static final String SIDECAR = "Always";

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
    BigDecimal own = of(pod.getResources(), plain, limits);
    BigDecimal asked = own.signum() > 0 ? own : ofContainers(pod, plain, limits);
    boolean isLimited = !limits || asked.signum() > 0;
    return isLimited ? asked.add(amount(pod.getOverhead(), plain)) : asked;
  }

  /** What it counts in on a node, {@code pods} too, besides what it has no request of. */
  static Set<String> resources(PodSpec pod) {
    Set<String> resources = new TreeSet<>(Set.of("pods"));
    Stream.concat(
            Stream.of(Optional.ofNullable(pod.getResources())),
            Stream.concat(pod.getInitContainers().stream(), pod.getContainers().stream())
                .map(container -> Optional.ofNullable(container.getResources())))
        .flatMap(Optional::stream)
        .flatMap(asked -> Stream.of(asked.getRequests(), asked.getLimits()))
        .filter(Objects::nonNull)
        .forEach(amounts -> resources.addAll(amounts.keySet()));
    if (pod.getOverhead() != null) {
      resources.addAll(pod.getOverhead().keySet());
    }
    return resources;
  }

  /**
   * Init containers run one after the other, before all others; those that stay (sidecars) beside
   * whatever comes later.
   */
  private static BigDecimal ofContainers(PodSpec pod, String resource, boolean limits) {
    BigDecimal sidecars = BigDecimal.ZERO;
    BigDecimal most = BigDecimal.ZERO;
    for (Container init : pod.getInitContainers()) {
      BigDecimal each = of(init.getResources(), resource, limits);
      most = most.max(sidecars.add(each));
      if (SIDECAR.equals(init.getRestartPolicy())) {
        sidecars = sidecars.add(each);
      }
    }
    return pod.getContainers().stream()
        .map(container -> of(container.getResources(), resource, limits))
        .reduce(sidecars, BigDecimal::add)
        .max(most);
  }

  /** A limit without a request is one too: the API server writes it so, but into pods only. */
  private static BigDecimal of(ResourceRequirements asked, String resource, boolean limits) {
    if (asked == null) {
      return BigDecimal.ZERO;
    }
    boolean isRequested = asked.getRequests() != null && asked.getRequests().containsKey(resource);
    return amount(limits || !isRequested ? asked.getLimits() : asked.getRequests(), resource);
  }

  private static BigDecimal amount(Map<String, Quantity> amounts, String resource) {
    Quantity amount = amounts == null ? null : amounts.get(resource);
    return amount == null ? BigDecimal.ZERO : amount.getNumericalAmount();
  }
}

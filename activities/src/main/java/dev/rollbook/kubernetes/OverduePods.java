package dev.rollbook.kubernetes;

import dev.rollbook.kubernetes.RolloutFault.Origin;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Pods of other revisions that were told to go, and are there long after they should have ended.
 */
final class OverduePods {

  private static final Duration AFTER_GRACE = Duration.ofSeconds(5);

  private static final Duration NOTICED_WITHIN = Duration.ofSeconds(5);

  private final Map<String, Long> ending = new HashMap<>();
  private Long inTime;

  /** The first one. */
  Optional<RolloutFault> find(RolloutPods pods) {
    return pods.others().stream()
        .filter(ServicePod::isEnding)
        .filter(this::isOverdue)
        .findFirst()
        .map(
            pod ->
                new RolloutFault(
                    Origin.ENVIRONMENT,
                    pod.uid() + "/ending",
                    words(pod),
                    List.of(pod.uid()),
                    RolloutFault.HEALS_WITHIN));
  }

  /**
   * Some that are on their way out have time left for it, or were so just now: what they hold comes
   * free, which its accounts notice a little later.
   */
  boolean makeRoom(RolloutPods pods) {
    List<ServicePod> leaving = pods.others().stream().filter(ServicePod::isEnding).toList();
    long now = System.nanoTime();
    if (leaving.stream().filter(this::isOverdue).count() < leaving.size()) {
      inTime = now;
    }
    return inTime != null && now - inTime <= NOTICED_WITHIN.toNanos();
  }

  private boolean isOverdue(ServicePod pod) {
    long since = ending.computeIfAbsent(pod.uid(), uid -> System.nanoTime());
    Long grace = pod.pod().getMetadata().getDeletionGracePeriodSeconds();
    Duration allowed = AFTER_GRACE.plusSeconds(grace == null ? 0 : grace);
    return System.nanoTime() - since > allowed.toNanos();
  }

  private static String words(ServicePod pod) {
    List<String> finalizers = pod.pod().getMetadata().getFinalizers();
    return "pod %s was told to go and does not end: %s"
        .formatted(
            pod.name(),
            finalizers.isEmpty()
                ? "node %s may not answer".formatted(pod.pod().getSpec().getNodeName())
                : "something has to take away its finalizers " + finalizers + " first");
  }
}

package dev.rollbook.kubernetes;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Pods of other revisions that were well while we looked, and then restarted or were not ready any
 * more, though nobody told them to go: what they need is what the target's pods need too.
 */
final class FallenPods {

  /** Restarts when it was first seen to be well, by UID. */
  private final Map<String, Integer> well = new HashMap<>();

  /** Their names. */
  List<String> find(RolloutPods pods) {
    return pods.others().stream()
        .filter(pod -> !pod.isEnding())
        .filter(this::hasFallen)
        .map(ServicePod::name)
        .toList();
  }

  private boolean hasFallen(ServicePod pod) {
    if (pod.isReady()) {
      well.putIfAbsent(pod.uid(), pod.restarts());
    }
    Integer before = well.get(pod.uid());
    return before != null && (!pod.isReady() || pod.restarts() > before);
  }
}

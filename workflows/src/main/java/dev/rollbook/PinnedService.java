package dev.rollbook;

import dev.rollbook.compose.ComposePin;
import dev.rollbook.kubernetes.KubernetesPin;
import dev.rollbook.local.LocalPin;
import java.time.Instant;
import java.util.List;

/**
 * A service with everything that was pinned when the run was planned. Steps act on exactly this,
 * whatever refs, tags, revision and process numbers mean by then.
 *
 * @param planId names the plan for ever: steps of a run started again with the same plan find what
 *     is done already
 * @param from what the service ran when planned
 * @param local what only Section A pins; null elsewhere
 * @param compose what only Section B pins; null elsewhere
 * @param kubernetes what only Section C pins; null elsewhere
 * @param changedAt since when the service runs that; null where nobody knows
 * @param standingStop the plan that had stopped the service when this one was made, and is known to
 *     it; null when none had
 */
public record PinnedService(
    String service,
    String environment,
    String planId,
    Version from,
    Version target,
    LocalPin local,
    ComposePin compose,
    KubernetesPin kubernetes,
    Instant changedAt,
    String standingStop) {

  /** Where nobody asks when it came there. */
  public PinnedService(
      String service,
      String environment,
      String planId,
      Version from,
      Version target,
      LocalPin local,
      ComposePin compose,
      KubernetesPin kubernetes) {
    this(service, environment, planId, from, target, local, compose, kubernetes, null, null);
  }

  /** The same, with the time when what runs was put there. */
  public PinnedService changedAt(Instant at) {
    return new PinnedService(
        service, environment, planId, from, target, local, compose, kubernetes, at, standingStop);
  }

  /** The same, planned while the service was stopped: it may lift this stop, and no later one. */
  public PinnedService underStop(String plan) {
    return new PinnedService(
        service, environment, planId, from, target, local, compose, kubernetes, changedAt, plan);
  }

  /** The same, once a target that had to be built is known as what it became. */
  public PinnedService withTarget(Version built) {
    return new PinnedService(
        service,
        environment,
        planId,
        from,
        built,
        local,
        compose,
        kubernetes,
        changedAt,
        standingStop);
  }

  /** The same service under another plan. */
  public PinnedService withPlan(String id) {
    return new PinnedService(
        service,
        environment,
        id,
        from,
        target,
        local,
        compose,
        kubernetes,
        changedAt,
        standingStop);
  }

  /** The same, once the target's pods have said which images they really run. */
  public PinnedService withImages(List<KubernetesPin.Image> images) {
    return new PinnedService(
        service,
        environment,
        planId,
        from,
        target,
        local,
        compose,
        kubernetes.withImages(images),
        changedAt,
        standingStop);
  }
}

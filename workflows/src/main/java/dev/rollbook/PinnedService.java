package dev.rollbook;

import dev.rollbook.compose.ComposePin;
import dev.rollbook.local.LocalPin;

/**
 * A service with everything that was pinned when the run was planned. Steps act on exactly this,
 * whatever refs, tags and process numbers mean by then.
 *
 * @param planId names the plan for ever: steps of a run started again with the same plan find what
 *     is done already
 * @param from what the service ran when planned
 * @param local what only Section A pins; null elsewhere
 * @param compose what only Section B pins; null elsewhere
 */
public record PinnedService(
    String service,
    String environment,
    String planId,
    Version from,
    Version target,
    LocalPin local,
    ComposePin compose) {

  /** The same, once a target that had to be built is known as what it became. */
  public PinnedService withTarget(Version built) {
    return new PinnedService(service, environment, planId, from, built, local, compose);
  }
}

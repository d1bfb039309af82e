package dev.rollbook;

import java.util.List;

/**
 * A service with everything that was pinned when the run was planned. Steps act on exactly this,
 * whatever refs, tags and process numbers mean by then.
 *
 * @param planId names the plan for ever: steps of a run started again with the same plan find what
 *     is done already
 * @param from what the service ran when planned
 * @param listener the process that listened on the service's port; null when none did
 * @param stash the changed files that the first step puts away; empty for none
 */
public record PinnedService(
    String service,
    String environment,
    String planId,
    Version from,
    Version target,
    ProcessId listener,
    List<String> stash) {

  public PinnedService {
    stash = stash == null ? List.of() : List.copyOf(stash);
  }
}

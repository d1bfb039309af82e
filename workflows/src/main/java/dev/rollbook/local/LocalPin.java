package dev.rollbook.local;

import dev.rollbook.ProcessId;
import java.util.List;

/**
 * What was pinned of a service on this machine.
 *
 * @param listener the process that listened on the service's port; null when none did
 * @param stash the changed files that the first step puts away; empty for none
 */
public record LocalPin(ProcessId listener, List<String> stash) {

  public LocalPin {
    stash = stash == null ? List.of() : List.copyOf(stash);
  }
}

package dev.rollbook.local;

import dev.rollbook.ProcessId;
import java.util.List;

/**
 * What was pinned of a service on this machine.
 *
 * @param listener the process that listened on the service's port; null when none did
 * @param stash the changed files that the first step puts away; empty for none
 * @param belonging what descended from the listener, and the rest of the job it was started by
 */
public record LocalPin(ProcessId listener, List<String> stash, List<ProcessId> belonging) {

  public LocalPin {
    stash = stash == null ? List.of() : List.copyOf(stash);
    belonging = belonging == null ? List.of() : List.copyOf(belonging);
  }

  /** Where nobody looked what belongs to it. */
  public LocalPin(ProcessId listener, List<String> stash) {
    this(listener, stash, List.of());
  }
}

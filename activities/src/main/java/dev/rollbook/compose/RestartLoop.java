package dev.rollbook.compose;

import java.util.HashMap;
import java.util.Map;

/** Tells a container that its restart policy starts over and over from one that starts. */
final class RestartLoop {

  private static final int MOST = 3;

  private final Map<String, Integer> first = new HashMap<>();

  /** The engine counts on through the container's life, so that old restarts alone say nothing. */
  boolean loops(ContainerState state) {
    int before = first.computeIfAbsent(state.id(), id -> state.restarts());
    return state.restarts() - before >= MOST
        || state.restarts() >= MOST && state.status().equals("restarting");
  }
}

package dev.rollbook;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.List;

/**
 * A service's stop that stands, or its last one that was lifted.
 *
 * @param plans those that have ended with the service stopped, the newest last, of earlier stops
 *     too
 * @param before what the section must know to let the service run again; its own words
 * @param lifted null while the stop stands
 */
public record KeptStop(List<String> plans, ObjectNode before, Lifted lifted) {

  /** Whose word lifted it. */
  public record Lifted(String id, String by, String why, Instant at) {}

  public KeptStop {
    plans = List.copyOf(plans);
  }

  public boolean stands() {
    return lifted == null;
  }
}

package dev.rollbook;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A service's stop that stands, or its last one that was lifted.
 *
 * @param plans those that have ended with the service stopped, the newest last, of earlier stops
 *     too
 * @param before what the section must know to let the service run again; its own words
 * @param lifted null while the stop stands
 * @param underWay the service is being stopped, and may run yet
 */
public record KeptStop(List<String> plans, ObjectNode before, Lifted lifted, boolean underWay) {

  /** Whose word lifted it. */
  public record Lifted(String id, String by, String why, Instant at) {}

  public KeptStop {
    plans = List.copyOf(plans);
  }

  public boolean stands() {
    return lifted == null;
  }

  /** The plan that made this stop; the last of several. */
  public String madeBy() {
    return plans.get(plans.size() - 1);
  }

  KeptStop done() {
    return new KeptStop(plans, before, lifted, false);
  }

  /** What a plan that is made now knows of. */
  public static String madeBy(Optional<KeptStop> standing) {
    return standing.map(KeptStop::madeBy).orElse(null);
  }
}

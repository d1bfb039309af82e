package dev.rollbook.decision;

import java.time.Instant;

/**
 * Keeps alerts from rolling a service back, whatever they say.
 *
 * @param service null: every one
 * @param at set by the guard
 */
public record Freeze(String service, String by, String why, Instant at) {

  public boolean concerns(String one) {
    return service == null || service.equals(one);
  }

  public String describe() {
    return (service == null ? "every service" : service)
        + " is frozen by "
        + by
        + " since "
        + at
        + ": "
        + why;
  }
}

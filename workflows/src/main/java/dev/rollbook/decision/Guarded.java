package dev.rollbook.decision;

import java.time.Instant;

/**
 * What keeps alerts from rolling a service back, besides a freeze.
 *
 * @param coolDownUntil null: there is no cool-down
 * @param withinAnHour how often alerts have rolled it back
 * @param tooMany whether alerts have rolled back so much, here or in all, that people must decide
 */
public record Guarded(Instant coolDownUntil, long withinAnHour, boolean tooMany) {

  /** Null where nothing does. */
  public static Guarded of(
      Memory memory, String service, String environment, GuardLimits limits, Instant now) {
    Instant until = memory.coolDown(service, environment, limits, now).orElse(null);
    long lately =
        memory.withinAnHour(now).stream().filter(each -> each.isOf(service, environment)).count();
    boolean tooMany = memory.isTooMuch(service, environment, limits, now);
    return until == null && lately == 0 && !tooMany ? null : new Guarded(until, lately, tooMany);
  }

  /** {@code cool-down until …; rolled back by alerts twice within an hour}. */
  public String describe() {
    String lately = "rolled back by alerts " + withinAnHour + " times within an hour";
    return (coolDownUntil == null ? "" : "cool-down until " + coolDownUntil + "; ")
        + lately
        + (tooMany ? "; that is too much here or in all: the next alert calls people" : "");
  }
}

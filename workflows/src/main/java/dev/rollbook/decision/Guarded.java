package dev.rollbook.decision;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What keeps alerts from rolling a service back, besides a freeze.
 *
 * @param coolDownUntil null: there is no cool-down
 * @param withinAnHour how often alerts have rolled it back
 * @param notAgain versions that no alert rolls back again, or back to, and until when
 * @param tooMany whether alerts have rolled back so much, here or in all, that people must decide
 */
public record Guarded(
    Instant coolDownUntil, long withinAnHour, boolean tooMany, List<NotAgain> notAgain) {

  /**
   * @param version its id
   */
  public record NotAgain(String version, Instant until) {}

  public Guarded {
    notAgain = notAgain == null ? List.of() : List.copyOf(notAgain);
  }

  /** Null where nothing does. */
  public static Guarded of(
      Memory memory, String service, String environment, GuardLimits limits, Instant now) {
    Instant until = memory.coolDown(service, environment, limits, now).orElse(null);
    long lately =
        memory.withinAnHour(now).stream().filter(each -> each.isOf(service, environment)).count();
    boolean tooMany = memory.isTooMuch(service, environment, limits, now);
    List<NotAgain> notAgain = notAgain(memory.at(now), service, environment);
    return until == null && lately == 0 && !tooMany && notAgain.isEmpty()
        ? null
        : new Guarded(until, lately, tooMany, notAgain);
  }

  private static List<NotAgain> notAgain(Memory memory, String service, String environment) {
    Map<String, Instant> newest = new LinkedHashMap<>();
    memory.rolled().stream()
        .filter(each -> each.isOf(service, environment))
        .forEach(each -> newest.merge(each.from(), memory.keptUntil(each), Guarded::later));
    return newest.entrySet().stream()
        .map(each -> new NotAgain(each.getKey(), each.getValue()))
        .toList();
  }

  private static Instant later(Instant one, Instant other) {
    return one.isAfter(other) ? one : other;
  }

  /** {@code cool-down until …; rolled back by alerts twice within an hour}. */
  public String describe() {
    String lately = "rolled back by alerts " + withinAnHour + " times within an hour";
    String versions =
        notAgain.stream()
            .map(each -> "; alerts do not touch " + each.version() + " again until " + each.until())
            .collect(Collectors.joining());
    return (coolDownUntil == null ? "" : "cool-down until " + coolDownUntil + "; ")
        + lately
        + (tooMany ? "; that is too much here or in all: the next alert calls people" : "")
        + versions;
  }
}

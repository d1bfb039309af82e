package dev.rollbook.decision;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What a guard remembers, for a day: it stays small. */
public record Memory(List<Rolled> rolled, List<Freeze> frozen, List<Known> known) {

  public static final Memory EMPTY = new Memory(null, null, null);

  private static final Duration KEPT = Duration.ofDays(1);
  private static final Duration HOUR = Duration.ofHours(1);

  /** A name each, at most 80 characters: what the guard tells stays within what Temporal takes. */
  private static final int MOST_KNOWN = 20_000;

  private static final String TOLD = "told ";

  /**
   * A rollback for an alert, or by hand.
   *
   * @param run the execution
   * @param from the version's id
   * @param at set by the guard
   */
  public record Rolled(
      String run, String service, String environment, String from, Instant at, boolean byHand) {

    Rolled at(Instant now) {
      return new Rolled(run, service, environment, from, now, byHand);
    }

    boolean isOf(Asked asked) {
      return isOf(asked.service(), asked.environment());
    }

    boolean isOf(String one, String where) {
      return service.equals(one) && environment.equals(where);
    }
  }

  /**
   * Alerts that a run has decided on, or a notice has told people of.
   *
   * @param alert null but in histories from when each had an entry of its own
   * @param run the execution
   */
  public record Known(String alert, String run, Instant at, List<String> alerts) {

    public Known {
      alerts = alerts != null ? List.copyOf(alerts) : alert == null ? List.of() : List.of(alert);
      alert = null;
    }
  }

  public Memory {
    rolled = rolled == null ? List.of() : List.copyOf(rolled);
    frozen = frozen == null ? List.of() : List.copyOf(frozen);
    known = known == null ? List.of() : List.copyOf(known);
  }

  /** Until when no alert rolls it back again; empty when one may. */
  public Optional<Instant> coolDown(
      String service, String environment, GuardLimits limits, Instant now) {
    return rolled.stream()
        .filter(each -> each.isOf(service, environment))
        .map(each -> each.at().plus(limits.coolDown()))
        .filter(until -> until.isAfter(now))
        .max(Comparator.naturalOrder());
  }

  /** What alerts have rolled back within the last hour; what people have does not count. */
  public List<Rolled> withinAnHour(Instant now) {
    return rolled.stream()
        .filter(each -> !each.byHand() && each.at().plus(HOUR).isAfter(now))
        .toList();
  }

  /** Whether alerts have rolled back so much within an hour that people must decide. */
  public boolean isTooMuch(String service, String environment, GuardLimits limits, Instant now) {
    List<Rolled> lately = withinAnHour(now);
    return lately.size() >= limits.perHour()
        || lately.stream().filter(each -> each.isOf(service, environment)).count()
            >= limits.perServiceAndHour();
  }

  /** Names what people are told of; says nothing of what was decided. */
  static String told(String alert) {
    return TOLD + alert;
  }

  /** What people were told of. */
  public Set<String> told() {
    return toldBy(run -> true);
  }

  Set<String> toldBy(Predicate<String> run) {
    return known.stream()
        .filter(each -> run.test(each.run()))
        .flatMap(each -> each.alerts().stream())
        .filter(each -> each.startsWith(TOLD))
        .collect(Collectors.toSet());
  }

  /** Until when no alert rolls this version back again, or back to it. */
  Instant keptUntil(Rolled one) {
    return one.at().plus(KEPT);
  }

  /** Without what is a day old; of very many alerts the newest. */
  Memory at(Instant now) {
    Instant oldest = now.minus(KEPT);
    List<Known> young = new ArrayList<>(known);
    young.removeIf(each -> !each.at().isAfter(oldest));
    int count = young.stream().mapToInt(each -> each.alerts().size()).sum();
    while (count > MOST_KNOWN) {
      count -= young.remove(0).alerts().size();
    }
    return new Memory(
        rolled.stream().filter(each -> each.at().isAfter(oldest)).toList(), frozen, young);
  }

  Memory with(Rolled one) {
    return new Memory(Stream.concat(rolled.stream(), Stream.of(one)).toList(), frozen, known);
  }

  Memory with(Asked decided, Instant now) {
    if (decided.alerts().isEmpty()) {
      return this;
    }
    Known more = new Known(null, decided.run(), now, decided.alerts());
    return new Memory(rolled, frozen, Stream.concat(known.stream(), Stream.of(more)).toList());
  }

  Memory with(Freeze one) {
    return new Memory(rolled, Stream.concat(frozen.stream(), Stream.of(one)).toList(), known);
  }

  Memory withoutFreeze(String service) {
    return new Memory(
        rolled,
        frozen.stream()
            .filter(
                each -> service == null ? each.service() != null : !service.equals(each.service()))
            .toList(),
        known);
  }
}

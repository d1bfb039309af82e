package dev.rollbook.decision;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What a guard remembers, for a day: it stays small. */
public record Memory(List<Rolled> rolled, List<Freeze> frozen, List<Known> known) {

  public static final Memory EMPTY = new Memory(null, null, null);

  private static final Duration KEPT = Duration.ofDays(1);
  private static final Duration HOUR = Duration.ofHours(1);
  private static final int MOST_KNOWN = 2_000;

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

  /** An alert that a run has decided on. */
  public record Known(String alert, String run, Instant at) {}

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

  /** Whether the alert was decided on, as it stands now. */
  public boolean knows(Alert alert) {
    return known.stream().anyMatch(each -> each.alert().equals(alert.key()));
  }

  Memory at(Instant now) {
    Instant oldest = now.minus(KEPT);
    return new Memory(
        rolled.stream().filter(each -> each.at().isAfter(oldest)).toList(),
        frozen,
        known.stream()
            .filter(each -> each.at().isAfter(oldest))
            .skip(Math.max(0, known.size() - MOST_KNOWN))
            .toList());
  }

  Memory with(Rolled one) {
    return new Memory(Stream.concat(rolled.stream(), Stream.of(one)).toList(), frozen, known);
  }

  Memory with(Asked decided, Instant now) {
    Stream<Known> more =
        decided.alerts().stream().map(alert -> new Known(alert, decided.run(), now));
    return new Memory(rolled, frozen, Stream.concat(known.stream(), more).toList());
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

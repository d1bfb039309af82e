package dev.rollbook.decision;

import dev.rollbook.Severity;
import dev.rollbook.decision.Alert.State;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** What has come in for one run: the newest word on each fingerprint counts. */
final class Alerts {

  static final String KNOWN = "it is known already";

  /** A run's record stays small, however many alerts it takes. */
  private static final int MOST_SHOWN = 20;

  /** As many as one message brings; the guard remembers twice as many. */
  private static final int MOST_KEYS = 10_000;

  /** Newest by its own start, not by when it came. */
  private record Newest(Instant startsAt, State state, String key) {}

  private final Map<String, Newest> newest = new LinkedHashMap<>();

  /** The first of each severity: later ones put nothing off. */
  private final Map<Severity, Alert> fired = new EnumMap<>(Severity.class);

  private final List<Alert> shown = new ArrayList<>();
  private int count;

  /**
   * A copy is not counted: who was not answered in time has sent it again.
   *
   * @return why it says nothing new; empty when it counts
   */
  Optional<String> add(Alert alert) {
    Optional<String> stale = stale(alert, newest.get(alert.fingerprint()));
    if (stale.isPresent() && stale.get().equals(KNOWN)) {
      return stale;
    }
    count++;
    if (shown.size() < MOST_SHOWN) {
      shown.add(alert);
    }
    if (stale.isEmpty()) {
      newest.put(alert.fingerprint(), new Newest(alert.startsAt(), alert.state(), alert.key()));
      if (alert.state() == State.FIRING) {
        fired.putIfAbsent(alert.severity(), alert);
      }
    }
    return stale;
  }

  private static Optional<String> stale(Alert alert, Newest known) {
    if (alert.state() == State.RESOLVED) {
      if (known == null) {
        return Optional.of("it never fired for this run");
      }
      return alert.startsAt().isBefore(known.startsAt())
          ? Optional.of("what is resolved has fired again since")
          : Optional.empty();
    }
    if (known == null || alert.startsAt().isAfter(known.startsAt())) {
      return Optional.empty();
    }
    if (!alert.knowsItsStart() && known.state() == State.RESOLVED) {
      return Optional.empty(); // rather once too often than not at all
    }
    return Optional.of(known.state() == State.RESOLVED ? "it has been resolved since" : KNOWN);
  }

  /** The worst that has fired; what is less bad by now was as bad. */
  Optional<Alert> worst() {
    return fired.values().stream().findFirst();
  }

  /** Something has come in, and nothing fires. */
  boolean areResolved() {
    return count > 0 && newest.values().stream().allMatch(each -> each.state() == State.RESOLVED);
  }

  /** The newest start of what fires; empty when one of them does not say when it began. */
  Optional<Instant> newestStart() {
    boolean allSayIt =
        newest.values().stream().noneMatch(each -> each.startsAt().equals(Alert.NOBODY_KNOWS));
    return newest.values().stream()
        .filter(each -> allSayIt && each.state() == State.FIRING)
        .map(Newest::startsAt)
        .max(Comparator.naturalOrder());
  }

  /** By when people must have decided; empty when nothing has fired. */
  Optional<Instant> deadline(DecisionPolicy policy) {
    return fired.values().stream()
        .flatMap(alert -> deadline(policy, alert.severity(), alert.receivedAt()))
        .min(Comparator.naturalOrder());
  }

  static Stream<Instant> deadline(DecisionPolicy policy, Severity severity, Instant receivedAt) {
    return severity == Severity.LOW
        ? Stream.empty()
        : Stream.of(receivedAt.truncatedTo(ChronoUnit.MILLIS).plus(policy.of(severity).within()));
  }

  /** What fires: an alert that starts anew is another one. */
  List<String> keys() {
    return newest.values().stream().limit(MOST_KEYS).map(Newest::key).toList();
  }

  List<Alert> shown() {
    return shown;
  }

  int count() {
    return count;
  }
}

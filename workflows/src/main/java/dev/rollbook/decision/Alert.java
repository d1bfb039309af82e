package dev.rollbook.decision;

import dev.rollbook.Requests;
import dev.rollbook.Severity;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.UUID;

/**
 * What a monitoring system says of a service, in the catalog's words. Sent more than once, it has
 * the same fingerprint, state and start.
 *
 * @param fingerprint names the alert for ever
 * @param startsAt by the sender's clock; orders what is said of one fingerprint; {@link
 *     #NOBODY_KNOWS} where it is not said
 * @param endsAt by the sender's clock; null while it fires
 * @param receivedAt by our clock: what deadlines count from
 */
public record Alert(
    String fingerprint,
    State state,
    String service,
    String environment,
    Severity severity,
    Instant startsAt,
    Instant endsAt,
    Instant receivedAt,
    String name,
    String summary,
    String runbookUrl,
    String generatorUrl) {

  public enum State {
    FIRING,
    RESOLVED
  }

  /** When an alert began whose sender does not say so. */
  public static final Instant NOBODY_KNOWS = Instant.EPOCH;

  private static final int LONGEST_KEY = 80;

  /**
   * Names the alert and its start: one that starts anew is another one. Where nobody knows its
   * start, what comes within an hour is one.
   */
  public String key() {
    Instant start = knowsItsStart() ? startsAt : receivedAt.truncatedTo(ChronoUnit.HOURS);
    String key = fingerprint + "@" + start;
    return key.length() <= LONGEST_KEY
        ? key
        : UUID.nameUUIDFromBytes(key.getBytes(StandardCharsets.UTF_8)).toString();
  }

  public boolean knowsItsStart() {
    return !startsAt.equals(NOBODY_KNOWS);
  }

  /** {@code since 2026-11-23T05:00:00Z}. */
  public String since() {
    return knowsItsStart() ? "since " + startsAt : "since nobody knows when";
  }

  /** {@code HighLatency: p99 over 5 s}. */
  public String words() {
    String what = Requests.isBlank(name) ? "an alert" : name;
    return Requests.isBlank(summary) ? what : what + ": " + summary;
  }

  /** One line: severity, name, state, since when, when it came. */
  public String describe() {
    return "%s %s %s, %s, received %s"
        .formatted(
            severity == null ? "unknown" : severity.name().toLowerCase(Locale.ROOT),
            state,
            words(),
            since(),
            receivedAt);
  }
}

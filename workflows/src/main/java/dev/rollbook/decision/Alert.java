package dev.rollbook.decision;

import dev.rollbook.Requests;
import dev.rollbook.Severity;
import java.time.Instant;
import java.util.Locale;

/**
 * What a monitoring system says of a service, in the catalog's words. Sent more than once, it has
 * the same fingerprint, state and start.
 *
 * @param fingerprint names the alert for ever
 * @param startsAt by the sender's clock; orders what is said of one fingerprint
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

  /** Names the alert and its start: one that starts anew is another one. */
  public String key() {
    return fingerprint + "@" + startsAt;
  }

  /** {@code HighLatency: p99 over 5 s}. */
  public String words() {
    String what = Requests.isBlank(name) ? "an alert" : name;
    return Requests.isBlank(summary) ? what : what + ": " + summary;
  }

  /** One line: severity, name, state, since when, when it came. */
  public String describe() {
    return "%s %s %s, since %s, received %s"
        .formatted(
            severity == null ? "unknown" : severity.name().toLowerCase(Locale.ROOT),
            state,
            words(),
            startsAt,
            receivedAt);
  }
}

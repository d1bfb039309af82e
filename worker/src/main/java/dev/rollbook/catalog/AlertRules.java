package dev.rollbook.catalog;

import dev.rollbook.Severity;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What the labels of an alert mean here, and which services alerts may roll back.
 *
 * @param environment of alerts that name none
 * @param severities what words for severities mean, in lower case
 * @param allow the services; those of no alert section are none
 * @param watchdogWithin how long the alert that fires always may stay out; empty: nobody has said
 *     that there is one
 */
public record AlertRules(
    Labels labels,
    Optional<String> environment,
    Map<String, Severity> severities,
    Set<String> allow,
    Optional<Duration> watchdogWithin) {

  /** Where an alert says what it is about. */
  public record Labels(String service, String environment, String severity) {

    public static final Labels USUAL = new Labels("service", "environment", "severity");
  }

  public AlertRules {
    severities = Map.copyOf(severities);
    allow = Set.copyOf(allow);
  }

  /** Empty for a word that nobody has given a meaning. */
  public Optional<Severity> severity(String written) {
    return Optional.ofNullable(severities.get(folded(written)));
  }

  static String folded(String word) {
    return word.strip().toLowerCase(Locale.ROOT);
  }
}

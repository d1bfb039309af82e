package dev.rollbook.decision;

import dev.rollbook.PlainText;
import dev.rollbook.Severity;
import dev.rollbook.catalog.AlertRules;
import dev.rollbook.catalog.Catalog;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;

/** From what an alert says to the catalog's service, environment and severity. */
public final class AlertMapping {

  private static final int LONGEST_NAME = 200;
  private static final int LONGEST_SUMMARY = 1000;
  private static final int LONGEST_URL = 2000;

  /** Clocks that differ by less are as good as one. */
  private static final Duration SKEW = Duration.ofMinutes(1);

  private final AlertRules rules;
  private final Map<String, SortedSet<String>> environments = new TreeMap<>();

  public AlertMapping(Catalog catalog) {
    this.rules = catalog.alerts();
    catalog.services().forEach(name -> environments.put(name, catalog.environments(name)));
  }

  MappedAlert map(AlertMessage.Entry entry, Instant receivedAt) {
    Map<String, String> labels = entry.labels();
    Optional<String> service = label(labels, rules.labels().service());
    Optional<String> environment =
        label(labels, rules.labels().environment()).or(rules::environment);
    Optional<String> written = label(labels, rules.labels().severity());
    Optional<Severity> severity = written.flatMap(rules::severity);
    Alert alert =
        new Alert(
            cut(entry.fingerprint(), LONGEST_NAME),
            entry.isFiring() ? Alert.State.FIRING : Alert.State.RESOLVED,
            service.map(name -> cut(name, LONGEST_NAME)).orElse(null),
            environment.map(name -> cut(name, LONGEST_NAME)).orElse(null),
            severity.orElse(null),
            AlertMessage.Entry.instant(entry.startsAt()).orElse(Alert.NOBODY_KNOWS),
            entry.isFiring() ? null : AlertMessage.Entry.instant(entry.endsAt()).orElse(null),
            receivedAt,
            cut(labels.get("alertname"), LONGEST_NAME),
            cut(entry.annotations().get("summary"), LONGEST_SUMMARY),
            link(entry.annotations().get("runbook_url")),
            link(entry.generatorURL()));
    return new MappedAlert(
        alert,
        nameless(entry).or(() -> unknown(service, environment)).or(() -> unmeasured(written)),
        notes(alert, entry));
  }

  private static Optional<String> label(Map<String, String> labels, String name) {
    return Optional.ofNullable(labels.get(name)).filter(value -> !value.isBlank());
  }

  private static Optional<String> nameless(AlertMessage.Entry entry) {
    if (entry.fingerprint() == null || entry.fingerprint().isBlank()) {
      return Optional.of("it has no fingerprint, so it cannot be told from others");
    }
    return label(entry.labels(), "alertname").isPresent()
        ? Optional.empty()
        : Optional.of("it has no name (label 'alertname')");
  }

  private Optional<String> unknown(Optional<String> service, Optional<String> environment) {
    if (service.isEmpty()) {
      return Optional.of("it names no service (label '" + rules.labels().service() + "')");
    }
    SortedSet<String> places = environments.get(service.get());
    if (places == null) {
      return Optional.of("the catalog has no service " + quoted(service.get()));
    }
    if (!rules.allow().contains(service.get())) {
      return Optional.of(
          "no alert may roll " + service.get() + " back (alerts.allow of the catalog)");
    }
    if (environment.isEmpty()) {
      return Optional.of("it names no environment (label '" + rules.labels().environment() + "')");
    }
    return places.contains(environment.get())
        ? Optional.empty()
        : Optional.of(service.get() + " has no environment " + quoted(environment.get()));
  }

  private Optional<String> unmeasured(Optional<String> severity) {
    if (severity.isEmpty()) {
      return Optional.of("it has no severity (label '" + rules.labels().severity() + "')");
    }
    return rules.severity(severity.get()).isPresent()
        ? Optional.empty()
        : Optional.of(
            "nobody has said what severity "
                + quoted(severity.get())
                + " means (alerts.severities of the catalog)");
  }

  private static List<String> notes(Alert alert, AlertMessage.Entry entry) {
    List<String> notes = new ArrayList<>();
    if (AlertMessage.Entry.instant(entry.startsAt()).isEmpty()) {
      notes.add("it says not when it began; within an hour it is taken for one");
    }
    if (alert.startsAt().isAfter(alert.receivedAt().plus(SKEW))) {
      notes.add("it begins later than now, by its sender's clock");
    }
    if (alert.endsAt() != null && alert.endsAt().isBefore(alert.startsAt())) {
      notes.add("it ended before it began");
    }
    return notes;
  }

  private static String quoted(String text) {
    return "'" + cut(text, LONGEST_NAME) + "'";
  }

  /** On one line, without what steers terminals, and not longer than people read. */
  private static String cut(String text, int longest) {
    if (text == null) {
      return null;
    }
    String plain = PlainText.of(text).replaceAll("\\s*\\n\\s*", " ").strip();
    return plain.codePointCount(0, plain.length()) <= longest
        ? plain
        : plain.substring(0, plain.offsetByCodePoints(0, longest - 1)) + "…";
  }

  /** What is no link is left out: a browser would run some of it. */
  private static String link(String written) {
    return written != null && written.matches("https?://[^\\s\\p{Cntrl}\"<>]+")
        ? cut(written, LONGEST_URL)
        : null;
  }
}

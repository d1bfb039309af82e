package dev.rollbook.catalog;

import dev.rollbook.Severity;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Reads which alerts may roll a service back. */
final class AlertFields {

  private final Problems problems;
  private final Fields fields;

  AlertFields(Problems problems) {
    this.problems = problems;
    this.fields = new Fields(problems);
  }

  AlertRules read(Value root) {
    Value at = root.part("alerts");
    Value labels = at.part("labels");
    return new AlertRules(
        new AlertRules.Labels(
            fields.text(labels, "service").orElse(AlertRules.Labels.USUAL.service()),
            fields.text(labels, "environment").orElse(AlertRules.Labels.USUAL.environment()),
            fields.text(labels, "severity").orElse(AlertRules.Labels.USUAL.severity())),
        environment(at, root.part("services")),
        severities(at.part("severities")),
        allowed(at.part("allow"), root.part("services").members().keySet()),
        fields.duration(at, "watchdogWithin"));
  }

  private Optional<String> environment(Value at, Value services) {
    Set<String> known = new TreeSet<>();
    services
        .members()
        .values()
        .forEach(service -> known.addAll(service.part("environments").members().keySet()));
    Optional<String> environment = fields.text(at, "environment");
    environment
        .filter(name -> !known.contains(name))
        .ifPresent(
            name ->
                problems.addFirst(
                    at.part("environment").place(),
                    at.part("environment").where(),
                    "no service has this environment. " + Names.hint(name, known, "There are: ")));
    return environment;
  }

  private static Map<String, Severity> severities(Value at) {
    Map<String, Severity> severities = new HashMap<>();
    for (Severity severity : Severity.values()) {
      severities.put(severity.name().toLowerCase(Locale.ROOT), severity);
    }
    at.members()
        .forEach(
            (word, meant) ->
                Fields.choice(Severity.class, meant.text())
                    .ifPresent(severity -> severities.put(AlertRules.folded(word), severity)));
    return severities;
  }

  private Set<String> allowed(Value at, Set<String> known) {
    Set<String> allowed = new HashSet<>();
    for (Value item : at.items()) {
      if (item.isScalar() && !known.contains(item.text())) {
        problems.addFirst(
            item.place(),
            item.where(),
            "no such service. " + Names.hint(item.text(), known, "There are: "));
      } else {
        allowed.add(item.text());
      }
    }
    return allowed;
  }
}

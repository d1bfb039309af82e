package dev.rollbook.cli;

import dev.rollbook.PlainText;
import dev.rollbook.Run;
import dev.rollbook.catalog.Catalog;
import dev.rollbook.escalation.Escalation;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** {@code rollbook status} and {@code list}. */
final class Asking {

  private final RollbookCommand rollbook;
  private final Terminal terminal;
  private final RunText text;

  Asking(RollbookCommand rollbook) {
    this.rollbook = rollbook;
    this.terminal = new Terminal(rollbook.json());
    this.text = new RunText(terminal);
  }

  /** A service of the catalog with its newest run, as {@code list -o json} prints it. */
  private record Listed(String service, String environment, Run run) {

    static Listed of(Found found) {
      return new Listed(found.service(), found.environment(), found.standing().run());
    }
  }

  private record Found(String service, String environment, Standing standing) {}

  int status(String service, String environment) throws IOException {
    Catalog catalog = CatalogOption.read(rollbook.catalog);
    if (service != null) {
      CatalogOption.requireService(catalog, service, environment);
    }
    List<Standing> all =
        found(catalog).stream()
            .filter(one -> service == null || one.service().equals(service))
            .filter(one -> environment == null || one.environment().equals(environment))
            .map(Found::standing)
            .filter(
                standing ->
                    standing.run() != null
                        || standing.escalation() != null
                        || standing.frozen() != null)
            .toList();
    if (rollbook.json()) {
      boolean single = service != null && environment != null && all.size() == 1;
      terminal.result(RunJson.of(single ? all.get(0) : all));
    } else if (all.isEmpty()) {
      terminal.result("No run yet.");
    } else {
      all.forEach(this::show);
    }
    return ExitCodes.OK;
  }

  int list() throws IOException {
    List<Listed> all =
        found(CatalogOption.read(rollbook.catalog)).stream().map(Listed::of).toList();
    if (rollbook.json()) {
      terminal.result(RunJson.of(all));
      return ExitCodes.OK;
    }
    all.forEach(
        one ->
            terminal.result(
                one.run() == null
                    ? one.service() + " in " + one.environment() + ": no run yet"
                    : text.result(one.run()).lines().findFirst().orElse("")));
    return ExitCodes.OK;
  }

  private List<Found> found(Catalog catalog) throws IOException {
    List<Found> all = new ArrayList<>();
    NewestRuns newest = NewestRuns.open(catalog, terminal);
    try (newest) {
      for (String service : catalog.services()) {
        for (String environment : catalog.environments(service)) {
          Run run = newest.of(service, environment).orElse(null);
          Escalation escalation = newest.escalation(service, environment).orElse(null);
          Standing standing =
              new Standing(
                  run,
                  escalation,
                  newest.guard().freeze(service).orElse(null),
                  newest.guard().guarded(service, environment).orElse(null));
          all.add(new Found(service, environment, standing));
        }
      }
    }
    return all;
  }

  private void show(Standing standing) {
    if (standing.frozen() != null) {
      terminal.result(
          terminal.yellow("FROZEN") + " for alerts: " + PlainText.of(standing.frozen().describe()));
    }
    if (standing.guard() != null) {
      terminal.result(terminal.yellow("GUARDED") + " from alerts: " + standing.guard().describe());
    }
    if (standing.run() != null) {
      show(standing.run());
    }
    if (standing.escalation() != null) {
      terminal.result(new EscalationText(terminal).of(standing.escalation()));
    }
  }

  private void show(Run run) {
    terminal.result(text.result(run));
    if (run.decision() != null) {
      terminal.result(text.decision(run));
    }
    String findings = text.findings(run.findings());
    if (!findings.isEmpty()) {
      terminal.result(findings);
    }
    run.steps().forEach(step -> terminal.result("  " + text.step(step)));
    if (run.asks() != null) {
      terminal.result(text.question(run));
    }
  }
}

package dev.rollbook.cli;

import dev.rollbook.Run;
import dev.rollbook.catalog.Catalog;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

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
  private record Listed(String service, String environment, Run run) {}

  int status(String service, String environment) throws IOException {
    Catalog catalog = CatalogOption.read(rollbook.catalog);
    if (service != null) {
      CatalogOption.requireService(catalog, service, environment);
    }
    List<Run> runs =
        listed(catalog).stream()
            .filter(one -> service == null || one.service().equals(service))
            .filter(one -> environment == null || one.environment().equals(environment))
            .map(Listed::run)
            .filter(run -> run != null)
            .toList();
    if (rollbook.json()) {
      boolean single = service != null && environment != null && runs.size() == 1;
      terminal.result(RunJson.of(single ? runs.get(0) : runs));
    } else if (runs.isEmpty()) {
      terminal.result("No run yet.");
    } else {
      runs.forEach(this::show);
    }
    return ExitCodes.OK;
  }

  int list() throws IOException {
    List<Listed> all = listed(CatalogOption.read(rollbook.catalog));
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

  private List<Listed> listed(Catalog catalog) throws IOException {
    List<Listed> all = new ArrayList<>();
    NewestRuns newest = NewestRuns.open(catalog, terminal);
    try (newest) {
      for (String service : catalog.services()) {
        for (String environment : catalog.environments(service)) {
          Optional<Run> run = newest.of(service, environment);
          all.add(new Listed(service, environment, run.orElse(null)));
        }
      }
    }
    return all;
  }

  private void show(Run run) {
    terminal.result(text.result(run));
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

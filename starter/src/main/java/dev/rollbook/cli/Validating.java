package dev.rollbook.cli;

import dev.rollbook.catalog.Catalog;
import dev.rollbook.catalog.InvalidCatalog;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** {@code rollbook validate}. */
final class Validating {

  private final boolean json;
  private final Terminal terminal;

  Validating(boolean json) {
    this.json = json;
    this.terminal = new Terminal(json);
  }

  /** What {@code -o json} prints. */
  private record Verdict(
      String file, boolean valid, List<String> services, List<InvalidCatalog.Problem> problems) {}

  int validate(Path file) {
    try {
      Catalog catalog = Catalog.read(CatalogOption.find(file), System.getenv());
      List<String> services = List.copyOf(catalog.services());
      terminal.result(
          json
              ? RunJson.of(new Verdict(catalog.file().toString(), true, services, List.of()))
              : catalog.file() + " is valid: " + described(catalog));
      return ExitCodes.OK;
    } catch (InvalidCatalog e) {
      if (json) {
        terminal.result(
            RunJson.of(new Verdict(e.file().toString(), false, List.of(), e.problems())));
        return ExitCodes.USAGE;
      }
      throw new Refusal(ExitCodes.USAGE, CatalogOption.problems(e));
    }
  }

  private static String described(Catalog catalog) {
    return String.join(
        ", ",
        catalog.services().stream()
            .map(service -> Map.entry(service, catalog.environments(service)))
            .map(entry -> entry.getKey() + " in " + String.join(" and ", entry.getValue()))
            .toList());
  }
}

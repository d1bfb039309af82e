package dev.rollbook.catalog;

import dev.rollbook.TaskQueues;
import java.nio.file.Path;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Reads a service's environments, each by its kind. */
final class Homes {

  private final Fields fields;
  private final LocalFields locals;
  private final ComposeFields composes;

  Homes(Path folder, Map<String, String> environment, Problems problems) {
    this.fields = new Fields(problems);
    this.locals = new LocalFields(folder, environment, problems);
    this.composes = new ComposeFields(folder, environment, problems);
  }

  /** Those of a known kind; of another one, the schema has said so. */
  SortedMap<String, Home> of(String service, Value at) {
    SortedMap<String, Home> homes = new TreeMap<>();
    at.part("environments")
        .members()
        .forEach(
            (name, home) -> {
              String where = service + " in " + name;
              String queue = fields.text(home, "workers").orElse(TaskQueues.ROLLBOOK);
              switch (fields.text(home, "kind").orElse("")) {
                case "local" -> homes.put(name, Home.of(where, queue, locals.read(home)));
                case "compose" ->
                    homes.put(name, Home.of(where, queue, composes.read(service, home)));
                default -> {}
              }
            });
    return homes;
  }
}

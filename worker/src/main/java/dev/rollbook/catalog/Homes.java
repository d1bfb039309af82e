package dev.rollbook.catalog;

import dev.rollbook.CatalogEntry;
import dev.rollbook.TaskQueues;
import dev.rollbook.decision.ServiceMetrics;
import dev.rollbook.escalation.NoticeBoard;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** Reads a service's environments, each by its kind. */
final class Homes {

  private final Fields fields;
  private final LocalFields locals;
  private final ComposeFields composes;
  private final KubernetesFields kubernetes;
  private final EscalationFields escalations;
  private final DecisionFields decisions;
  private final MetricsFields metrics;
  private final List<NoticeBoard> boards;

  Homes(
      Path folder,
      Map<String, String> environment,
      Problems problems,
      EscalationFields escalations,
      DecisionFields decisions,
      MetricsFields metrics,
      List<NoticeBoard> boards) {
    this.fields = new Fields(problems);
    this.locals = new LocalFields(folder, environment, problems);
    this.composes = new ComposeFields(folder, environment, problems);
    this.kubernetes = new KubernetesFields(folder, environment, problems);
    this.escalations = escalations;
    this.decisions = decisions;
    this.metrics = metrics;
    this.boards = boards;
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
              Home.Failing failing = failing(service, name, home);
              switch (fields.text(home, "kind").orElse("")) {
                case "local" -> homes.put(name, Home.of(where, queue, locals.read(home), failing));
                case "compose" ->
                    homes.put(name, Home.of(where, queue, composes.read(service, home), failing));
                case "kubernetes" ->
                    homes.put(name, Home.of(where, queue, kubernetes.read(service, home), failing));
                default -> {}
              }
            });
    return homes;
  }

  private Home.Failing failing(String service, String name, Value home) {
    Optional<ServiceMetrics> asked = metrics.read(service, name, home);
    return new Home.Failing(
        fields.choice(home, "onFailure", CatalogEntry.OnFailure.STOP),
        escalations.read(home),
        boards.stream().anyMatch(board -> board.concerns(name)),
        decisions.read(home, asked.isPresent()),
        asked);
  }
}

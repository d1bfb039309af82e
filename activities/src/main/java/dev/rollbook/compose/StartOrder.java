package dev.rollbook.compose;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Services, each after all that it depends on; else in the order they are given in. */
final class StartOrder {

  private final Map<String, ? extends Collection<String>> dependencies;

  /**
   * @param dependencies of each service, by name; those not among the keys are ignored
   */
  StartOrder(Map<String, ? extends Collection<String>> dependencies) {
    this.dependencies = dependencies;
  }

  List<String> services() {
    Set<String> ordered = new LinkedHashSet<>();
    dependencies.keySet().forEach(service -> add(service, ordered, new LinkedHashSet<>()));
    return new ArrayList<>(ordered);
  }

  /** Compose refuses circles; one in labels must not hold us up for ever. */
  private void add(String service, Set<String> ordered, Set<String> dependents) {
    if (!dependencies.containsKey(service)
        || ordered.contains(service)
        || !dependents.add(service)) {
      return;
    }
    dependencies.get(service).forEach(needed -> add(needed, ordered, dependents));
    ordered.add(service);
  }
}

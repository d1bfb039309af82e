package dev.rollbook.local;

import dev.rollbook.Secret;
import java.util.Map;

/**
 * The environment of what we start: the worker's own, without what configures Rollbook and its
 * access to Temporal or comes from a git hook, and with the catalog's variables.
 */
final class ServiceVariables {

  private ServiceVariables() {}

  static void apply(Map<String, String> environment, Map<String, Secret> variables) {
    environment.keySet().removeIf(n -> n.startsWith("TEMPORAL_") || n.startsWith("ROLLBOOK_"));
    Git.forgetHook(environment);
    variables.forEach((name, value) -> environment.put(name, value.reveal()));
  }
}

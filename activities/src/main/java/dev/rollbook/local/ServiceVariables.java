package dev.rollbook.local;

import dev.rollbook.Secret;
import java.util.Map;

/**
 * The environment of what we start: the worker's own, without what configures Rollbook and its
 * access to Temporal or comes from a git hook, and with the catalog's variables.
 */
public final class ServiceVariables {

  private ServiceVariables() {}

  static void apply(Map<String, String> environment, Map<String, Secret> variables) {
    forgetOurs(environment);
    variables.forEach((name, value) -> environment.put(name, value.reveal()));
  }

  /** Changes what it is given: nothing of Rollbook's own is left in it. */
  public static void forgetOurs(Map<String, String> environment) {
    environment.keySet().removeIf(n -> n.startsWith("TEMPORAL_") || n.startsWith("ROLLBOOK_"));
    Git.forgetHook(environment);
  }
}

package dev.rollbook.compose;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Compose as the catalog wants it called: with the environment's engine and variables. */
public final class ComposeCommands {

  private final DockerEngines engines;

  public ComposeCommands(DockerEngines engines) {
    this.engines = engines;
  }

  /** All that are on the PATH, the one to use first; empty when there is none. */
  public List<ComposeCommand> installed(ComposeEnvironment environment, Runnable whileWaiting) {
    Map<String, String> variables = new HashMap<>();
    environment.variables().forEach((name, value) -> variables.put(name, value.reveal()));
    variables.put("DOCKER_HOST", engines.host(environment).toString());
    return ComposeCommand.installed(variables, whileWaiting);
  }
}

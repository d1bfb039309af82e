package dev.rollbook.compose;

import dev.rollbook.Secret;
import dev.rollbook.compose.ComposeCommand.Generation;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Compose as the catalog wants it called: with the environment's engine and variables. */
public final class ComposeCommands {

  private final DockerEngines engines;

  public ComposeCommands(DockerEngines engines) {
    this.engines = engines;
  }

  /** All that are on the PATH, the one to use first; empty when there is none. */
  public List<ComposeCommand> installed(ComposeEnvironment environment, Runnable whileWaiting) {
    return ComposeCommand.installed(revealed(environment, engines.host(environment)), whileWaiting);
  }

  /** The one to use for these containers; empty when there is none at all. */
  Optional<ComposeCommand> of(
      List<ServiceContainer> containers, ComposeEnvironment environment, Runnable whileWaiting) {
    return of(containers, revealed(environment, engines.host(environment)), whileWaiting);
  }

  /** As the other, for the pinned service's containers as they are now. */
  Optional<ComposeCommand> of(
      ComposePin pin, ComposeEnvironment environment, Runnable whileWaiting) {
    try (DockerEngine engine = engines.open(environment, whileWaiting)) {
      return of(ServiceContainer.of(engine, pin), environment, whileWaiting);
    }
  }

  /** That of the generation which made the containers, else any. */
  static Optional<ComposeCommand> of(
      List<ServiceContainer> containers, Map<String, String> variables, Runnable whileWaiting) {
    boolean v1 =
        containers.stream().anyMatch(each -> each.label("version").orElse("").startsWith("1."));
    return ComposeCommand.preferred(v1 ? Generation.V1 : Generation.V2, variables, whileWaiting);
  }

  /** What Compose, and whatever builds an image, gets beside the worker's own variables. */
  static Map<String, Secret> variables(ComposeEnvironment environment, URI engine) {
    Map<String, Secret> variables = new HashMap<>(environment.variables());
    variables.put("DOCKER_HOST", new Secret(engine.toString(), Map.of()));
    return variables;
  }

  static Map<String, String> revealed(ComposeEnvironment environment, URI engine) {
    Map<String, String> revealed = new HashMap<>();
    variables(environment, engine).forEach((name, value) -> revealed.put(name, value.reveal()));
    return revealed;
  }
}

package dev.rollbook.compose;

import dev.rollbook.compose.EngineFailure.UnsuitableEngine;
import java.net.URI;
import java.util.Map;
import java.util.Set;

/**
 * Which Docker Engine: the environment's own, else the worker's DOCKER_HOST, else the usual one.
 */
public final class DockerEngines {

  private static final URI USUAL = URI.create("unix:///var/run/docker.sock");
  private static final Set<String> SCHEMES = Set.of("unix", "tcp");

  private final Map<String, String> variables;

  public DockerEngines() {
    this(System.getenv());
  }

  /**
   * @param variables the worker's environment
   */
  DockerEngines(Map<String, String> variables) {
    this.variables = Map.copyOf(variables);
  }

  /** The caller closes it. See {@link DockerEngine#open}. */
  public DockerEngine open(ComposeEnvironment environment, Runnable whileWaiting) {
    return DockerEngine.open(host(environment), whileWaiting);
  }

  /**
   * @throws UnsuitableEngine for an address that is neither a socket nor host and port
   */
  URI host(ComposeEnvironment environment) {
    return environment.engine().map(DockerEngines::usable).orElseGet(this::workers);
  }

  private URI workers() {
    String host = variables.getOrDefault("DOCKER_HOST", "");
    try {
      return host.isBlank() ? USUAL : usable(URI.create(host.strip()));
    } catch (IllegalArgumentException e) {
      throw new UnsuitableEngine(
          "DOCKER_HOST of the worker is no address; unix:///path or tcp://host:port is wanted", e);
    }
  }

  private static URI usable(URI host) {
    boolean complete =
        "unix".equals(host.getScheme()) ? host.getPath() != null : host.getPort() > 0;
    if (!SCHEMES.contains(String.valueOf(host.getScheme())) || !complete) {
      throw new UnsuitableEngine(
          "The engine's address "
              + host
              + " cannot be used: unix:///path or tcp://host:port is wanted; an engine elsewhere is best reached by a worker beside it",
          null);
    }
    return host;
  }
}

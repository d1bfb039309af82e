package dev.rollbook.local;

import dev.rollbook.Secret;
import dev.rollbook.verification.HealthCheck;
import dev.rollbook.verification.HttpCheck;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Where and how one service lives on this machine, as the catalog says.
 *
 * @param repository the git work tree, absolute
 * @param previousTag a tag that deployments move to the version before
 * @param port the service's own TCP port
 * @param stopGrace from asking the process to end to killing it
 * @param start runs as long as the service does; its time limit is that of the start line
 * @param startLine what the service prints once it has started
 * @param log where the service wrote before Rollbook started it; for evidence only
 * @param variables added to the environment of the build and of the service
 * @param freeDiskBytes what must be free before a build
 */
public record LocalEnvironment(
    Path repository,
    Optional<String> previousTag,
    int port,
    Duration stopGrace,
    Command build,
    Command start,
    Pattern startLine,
    Optional<Path> log,
    Map<String, Secret> variables,
    long freeDiskBytes,
    HealthCheck health,
    List<HttpCheck> checks) {

  public LocalEnvironment {
    variables = Map.copyOf(variables);
    checks = List.copyOf(checks);
  }

  LocalEnvironment withStart(Command other) {
    return new LocalEnvironment(
        repository,
        previousTag,
        port,
        stopGrace,
        build,
        other,
        startLine,
        log,
        variables,
        freeDiskBytes,
        health,
        checks);
  }
}

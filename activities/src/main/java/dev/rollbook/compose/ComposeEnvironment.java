package dev.rollbook.compose;

import dev.rollbook.Secret;
import dev.rollbook.local.Command;
import dev.rollbook.verification.HealthCheck;
import dev.rollbook.verification.HttpCheck;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Where and how one service lives in a Compose project, as the catalog says.
 *
 * @param engine the Docker Engine, {@code unix:///var/run/docker.sock} or {@code tcp://host:2375};
 *     else DOCKER_HOST of the worker, else the default socket
 * @param project the Compose project's name; needed only when several have the service
 * @param composeService the service's name in the compose files
 * @param pin how the good image is written down
 * @param previousTag a tag of the service's repository that deployments move to the version before
 * @param rebuild option 2; empty when images cannot be built here
 * @param stopGrace from asking to killing; else the service's own
 * @param startWithin until the start line must be in the log
 * @param errorLines what must not be in the log of a good start
 * @param variables added to the environment of Compose and of the build
 * @param approvalWithin how long people are asked before the whole stack is restarted; zero: never
 */
public record ComposeEnvironment(
    Optional<URI> engine,
    Optional<String> project,
    String composeService,
    ComposePin.Pin pin,
    Optional<String> previousTag,
    Optional<Rebuild> rebuild,
    Optional<Duration> stopGrace,
    Duration startWithin,
    Pattern startLine,
    List<Pattern> errorLines,
    Map<String, Secret> variables,
    HealthCheck health,
    List<HttpCheck> checks,
    List<Dependency> dependencies,
    Duration approvalWithin) {

  /**
   * Option 2: building the image from an older commit.
   *
   * @param repository the git work tree, absolute
   * @param command builds the image
   * @param image the reference that the command gives to what it built
   */
  public record Rebuild(Path repository, Command command, String image) {}

  /**
   * What the service needs: exactly one of the three.
   *
   * @param url must answer as expected
   * @param tcp {@code host:port}, as seen from inside the service's network
   * @param service of the same project: its containers must run, healthy where they say so
   * @param database whether it is a matter of the DBA when it is down
   */
  public record Dependency(
      String name,
      Optional<HttpCheck> url,
      Optional<String> tcp,
      Optional<String> service,
      boolean database) {

    /** As the catalog says; of an address of its own it cannot be told. */
    boolean isOn(String composeService) {
      return service.filter(composeService::equals).isPresent()
          || tcp.filter(address -> address.startsWith(composeService + ":")).isPresent();
    }
  }

  public ComposeEnvironment {
    errorLines = List.copyOf(errorLines);
    variables = Map.copyOf(variables);
    checks = List.copyOf(checks);
    dependencies = List.copyOf(dependencies);
  }
}

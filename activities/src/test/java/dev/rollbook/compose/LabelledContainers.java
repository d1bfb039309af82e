package dev.rollbook.compose;

import dev.rollbook.PinnedService;
import dev.rollbook.Redaction;
import dev.rollbook.Secret;
import dev.rollbook.Version;
import dev.rollbook.verification.HealthCheck;
import dev.rollbook.verification.HttpHealth;
import dev.rollbook.verification.ServiceChecks;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** Real containers with Compose's labels, each with a script of its own instead of a service. */
final class LabelledContainers implements AutoCloseable {

  static final String SERVICE = "shop";
  static final String IMAGE = "rollbook.local/busybox:1";

  final String project = "health" + UUID.randomUUID().toString().substring(0, 8);
  final List<String> beats = new CopyOnWriteArrayList<>();
  URI engine =
      URI.create(System.getenv().getOrDefault("DOCKER_HOST", "unix:///var/run/docker.sock"));
  URI health = URI.create("http://127.0.0.1:9/");
  Duration startWithin = Duration.ofSeconds(60);
  Duration healthyWithin = Duration.ofSeconds(60);
  List<Pattern> errorLines = List.of();
  List<ComposeEnvironment.Dependency> dependencies = List.of();
  Optional<ComposeEnvironment.Rebuild> rebuild = Optional.empty();
  Map<String, Secret> variables = Map.of();
  Redaction redaction = Redaction.NONE;
  Runnable onBeat = () -> {};
  private int number;

  /** One more container of the service, with {@code docker run}'s options before the script. */
  String run(String script, String... options) throws IOException {
    return runAs(SERVICE, ++number, script, options);
  }

  String runAs(String service, int number, String script, String... options) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                "run",
                "--detach",
                "--init",
                "--name",
                name(service, number),
                "--label",
                "com.docker.compose.project=" + project,
                "--label",
                "com.docker.compose.service=" + service,
                "--label",
                "com.docker.compose.container-number=" + number,
                "--label",
                "com.docker.compose.oneoff=False"));
    command.addAll(List.of(options));
    command.addAll(List.of(IMAGE, "sh", "-c", script));
    return docker(command.toArray(String[]::new));
  }

  String name(String service, int number) {
    return project + "-" + service + "-" + number;
  }

  String network() throws IOException {
    docker("network", "create", project);
    return project;
  }

  static String docker(String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("docker"));
    command.addAll(Arrays.asList(arguments));
    Path said = Files.createTempFile("docker", ".out");
    Process docker =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(said.toFile()).start();
    try {
      if (!docker.waitFor(2, TimeUnit.MINUTES) || docker.exitValue() != 0) {
        throw new IOException(String.join(" ", command) + ": " + Files.readString(said));
      }
      return Files.readString(said, StandardCharsets.UTF_8).strip();
    } catch (InterruptedException e) {
      throw new IOException(e);
    } finally {
      docker.destroyForcibly();
      Files.delete(said);
    }
  }

  /** For a script that waits for the file. */
  static void touch(String container, String file) {
    try {
      docker("exec", container, "touch", file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  ComposeEnvironment environment() {
    return new ComposeEnvironment(
        Optional.of(engine),
        Optional.of(project),
        SERVICE,
        ComposePin.Pin.LEAVE,
        Optional.empty(),
        rebuild,
        Optional.empty(),
        startWithin,
        Pattern.compile("Started .* in .* seconds"),
        errorLines,
        variables,
        healthCheck(),
        List.of(),
        dependencies,
        Duration.ZERO);
  }

  private HealthCheck healthCheck() {
    return new HealthCheck(
        health, 1, Duration.ofMillis(100), healthyWithin, Duration.ofSeconds(5), Map.of());
  }

  /** To the image that all of these containers run. */
  PinnedService pinned() {
    try {
      return pinned(
          Version.image(docker("image", "inspect", "-f", "{{.Id}}", IMAGE), "shop:previous"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  PinnedService pinned(Version target) {
    return new PinnedService(
        SERVICE,
        "staging",
        "plan-1",
        Version.image("sha256:" + "b".repeat(64), "shop:latest"),
        target,
        null,
        new ComposePin(
            project,
            SERVICE,
            "/",
            List.of(),
            List.of(),
            rollbackTag(),
            ComposePin.Pin.LEAVE,
            null,
            null),
        null);
  }

  String rollbackTag() {
    return "rollback/" + project + ":20261123-0517";
  }

  void beat(String progress) {
    beats.add(progress);
    onBeat.run();
  }

  ContainerHealth containerHealth() {
    HttpHealth http =
        new HttpHealth(
            (service, place) -> new ServiceChecks(healthCheck(), List.of()),
            redaction,
            () -> this::beat,
            () -> 1);
    return new ContainerHealth(
        (service, place) -> environment(),
        new DockerEngines(),
        http,
        redaction,
        () -> this::beat,
        () -> 1);
  }

  @Override
  public void close() throws IOException {
    for (String id :
        docker("ps", "-aq", "--filter", "label=com.docker.compose.project=" + project)
            .lines()
            .toList()) {
      docker("rm", "--force", "--volumes", id);
    }
    for (String id :
        docker("network", "ls", "-q", "--filter", "name=" + project).lines().toList()) {
      docker("network", "rm", id);
    }
    for (String name :
        docker(
                "images",
                "--format",
                "{{.Repository}}:{{.Tag}}",
                "--filter",
                "reference=*" + project)
            .lines()
            .toList()) {
      docker("rmi", "--force", name);
    }
    for (String name :
        docker(
                "images",
                "--format",
                "{{.Repository}}:{{.Tag}}",
                "--filter",
                "reference=rollback/" + project)
            .lines()
            .toList()) {
      docker("rmi", "--force", name);
    }
  }
}

package dev.rollbook.compose;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rollbook.FreePort;
import dev.rollbook.PinnedService;
import dev.rollbook.Secret;
import dev.rollbook.Version;
import dev.rollbook.verification.HealthCheck;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;

/**
 * A Compose project of its own on the real engine: a folder with a compose file, a service {@code
 * shop}, and images v1 and v2 that are healthy and v3 that is not. {@code previous} is v2, {@code
 * latest} is v3.
 */
public final class ComposeShop implements AutoCloseable {

  static final String SERVICE = "shop";
  public static final URI ENGINE =
      URI.create(System.getenv().getOrDefault("DOCKER_HOST", "unix:///var/run/docker.sock"));

  private static final String SERVE =
      """
      #!/bin/sh
      trap 'echo Stopping; exit 0' TERM
      mkdir -p /www/actuator /www/api/v1
      if [ "$APP_HEALTH" = UP ]; then
        echo '{"status":"UP"}' >/www/actuator/health
        echo '[{"id":1,"name":"tea"}]' >/www/api/v1/products
      else
        echo "ERROR OutOfMemoryError in ShopApplication $APP_VERSION" >&2
        echo '{"status":"DOWN"}' >/www/actuator/health
      fi
      httpd -p 8083 -h /www
      echo "Started ShopApplication in 0.1 seconds"
      while :; do sleep 3600 & wait $!; done
      """;

  private final String suffix = UUID.randomUUID().toString().substring(0, 8);
  private final URI host;
  private final Path folder;
  private final int port;
  private DockerEngine engine;

  /**
   * @param folder empty; the project lies in it
   */
  public ComposeShop(Path folder) {
    this(folder, ENGINE);
  }

  /**
   * @param host an engine that has the base image
   */
  ComposeShop(Path folder, URI host) {
    this.host = host;
    this.folder = folder;
    this.port = FreePort.any();
    engine();
    write("docker-compose.yml", composeFile());
    write("image/serve.sh", SERVE);
    build("v1", "UP");
    build("v2", "UP");
    build("v3", "DOWN");
    docker("tag", image("v2"), image("previous"));
    docker("tag", image("v3"), image("latest"));
  }

  /** What every name of this shop ends with. */
  public String suffix() {
    return suffix;
  }

  public String project() {
    return "shop" + suffix;
  }

  public String repository() {
    return "shop-" + suffix;
  }

  /** {@code shop-1a2b3c4d:v1} */
  public String image(String tag) {
    return repository() + ":" + tag;
  }

  /** {@code sha256:…} */
  public String imageId(String tag) {
    return engine().inspectImage(image(tag)).path("Id").asText();
  }

  URI host() {
    return host;
  }

  public int port() {
    return port;
  }

  public Path folder() {
    return folder;
  }

  Path file() {
    return folder.resolve("docker-compose.yml");
  }

  /** What the compose file says at first; it runs {@code latest}, which is bad. */
  String composeFile() {
    return """
        version: "3.8"
        services:
          shop:
            image: %s
            # the gateway asks here
            ports:
              - "127.0.0.1:%d:8083"
            restart: unless-stopped
        """
        .formatted(image("latest"), port);
  }

  public Path write(String name, String text) {
    try {
      Path file = folder.resolve(name);
      Files.createDirectories(file.getParent());
      return Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Builds one more image of the shop, of which no other shop shares a layer: the engine would
   * remove it under a build that uses it.
   *
   * @param more further lines of its Dockerfile
   */
  public String build(String tag, String health, String... more) {
    write(
        "image/Dockerfile",
        """
        FROM rollbook.local/busybox:1
        LABEL version=%s shop=%s
        ENV APP_VERSION=%s APP_HEALTH=%s
        COPY serve.sh /serve.sh
        %s
        %s
        """
            .formatted(
                tag,
                suffix,
                tag,
                health,
                String.join("\n", more),
                Arrays.stream(more).anyMatch(line -> line.startsWith("CMD "))
                    ? ""
                    : "CMD [\"/bin/sh\",\"/serve.sh\"]"));
    // the engine looks for a layer among all shops', and fails when one is removed meanwhile
    docker(
        "build", "--no-cache", "--quiet", "--tag", image(tag), folder.resolve("image").toString());
    return imageId(tag);
  }

  /** {@code up -d} with the compose file as it is. */
  ComposeShop up(ComposeCli cli, String... more) {
    List<String> arguments = new ArrayList<>(List.of("up", "-d"));
    arguments.addAll(List.of(more));
    compose(cli, arguments.toArray(String[]::new));
    return this;
  }

  /** Returns when the only container has said that it serves. */
  ComposeShop awaitStarted() {
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> docker("logs", container()).contains("Started ShopApplication"));
    return this;
  }

  /** Compose in the project's folder; answers with all it said. */
  public String compose(ComposeCli cli, String... arguments) {
    List<String> command = new ArrayList<>(List.of(cli.program(), "-p", project()));
    command.addAll(List.of(arguments));
    return run(command);
  }

  public String docker(String... arguments) {
    List<String> command = new ArrayList<>(List.of("docker"));
    command.addAll(List.of(arguments));
    return run(command);
  }

  /** One connection for the test's own questions. */
  DockerEngine engine() {
    if (engine == null) {
      engine = DockerEngine.open(host, () -> {});
    }
    return engine;
  }

  /** The ids of the service's containers, by number, whether they run or not. */
  List<String> containers() {
    return containersOf(SERVICE);
  }

  List<String> containersOf(String service) {
    JsonNode all =
        engine()
            .get(
                "/containers/json?all=1&filters="
                    + DockerEngine.encoded(
                        "{\"label\":[\"com.docker.compose.project=%s\",\"com.docker.compose.service=%s\",\"com.docker.compose.oneoff=False\"]}"
                            .formatted(project(), service)));
    return StreamSupport.stream(all.spliterator(), false)
        .sorted(Comparator.comparingInt(ComposeShop::number))
        .map(each -> each.path("Id").asText())
        .toList();
  }

  private static int number(JsonNode container) {
    return container.path("Labels").path("com.docker.compose.container-number").asInt();
  }

  /** As a recreate leaves it that was cut off: one more of number 1, created and not started. */
  void leftOver() {
    JsonNode first = engine().inspectContainer(containers().get(0));
    List<String> create =
        new ArrayList<>(
            List.of(
                "create", "--name", "0123456789ab_" + first.path("Name").asText().substring(1)));
    first
        .at("/Config/Labels")
        .properties()
        .forEach(
            label ->
                create.addAll(
                    List.of("--label", label.getKey() + "=" + label.getValue().asText())));
    create.add(image("v1"));
    docker(create.toArray(String[]::new));
  }

  /** Of each container, all of which run the image. */
  List<Integer> numbersOf(String image) {
    return containers().stream()
        .map(id -> new ServiceContainer(engine().inspectContainer(id)))
        .peek(
            each -> {
              if (!each.image().equals(image) || !each.isRunning()) {
                throw new AssertionError(each.describe() + " runs " + each.image());
              }
            })
        .map(ServiceContainer::number)
        .toList();
  }

  /** The only one. */
  String container() {
    List<String> containers = containers();
    if (containers.size() != 1) {
      throw new AssertionError("one container of the shop expected: " + containers);
    }
    return containers.get(0);
  }

  JsonNode inspect() {
    return engine().inspectContainer(container());
  }

  /** The ID of the image that the only container really runs. */
  public String runningImage() {
    return inspect().path("Image").asText();
  }

  Environment environment() {
    return new Environment();
  }

  /** The catalog's words for this shop, to be changed before they are built. */
  final class Environment {
    private Optional<URI> engineUri = Optional.of(host);
    private Optional<String> project = Optional.of(ComposeShop.this.project());
    private String composeService = SERVICE;
    private ComposePin.Pin pin = ComposePin.Pin.EDIT;
    private Optional<String> previousTag = Optional.empty();
    private Optional<ComposeEnvironment.Rebuild> rebuild = Optional.empty();
    private Optional<Duration> stopGrace = Optional.empty();
    private Duration startWithin = Duration.ofSeconds(60);
    private Map<String, Secret> variables = Map.of();
    private List<Pattern> errorLines = List.of();
    private List<ComposeEnvironment.Dependency> dependencies = List.of();

    Environment engine(URI uri) {
      engineUri = Optional.ofNullable(uri);
      return this;
    }

    Environment project(String name) {
      project = Optional.of(name);
      return this;
    }

    /** For a service of a name that no other project on the engine has. */
    Environment anyProject() {
      project = Optional.empty();
      return this;
    }

    Environment service(String name) {
      composeService = name;
      return this;
    }

    /** Where Compose is looked for. */
    Environment path(String path) {
      variables = Map.of("PATH", new Secret(path, Map.of()));
      return this;
    }

    Environment variables(Map<String, Secret> all) {
      variables = all;
      return this;
    }

    Environment pin(ComposePin.Pin how) {
      pin = how;
      return this;
    }

    Environment previousTag(String tag) {
      previousTag = Optional.of(tag);
      return this;
    }

    Environment rebuild(ComposeEnvironment.Rebuild how) {
      rebuild = Optional.of(how);
      return this;
    }

    Environment stopGrace(Duration grace) {
      stopGrace = Optional.of(grace);
      return this;
    }

    Environment startWithin(Duration within) {
      startWithin = within;
      return this;
    }

    Environment errorLines(String... patterns) {
      errorLines = Arrays.stream(patterns).map(Pattern::compile).toList();
      return this;
    }

    Environment dependencies(ComposeEnvironment.Dependency... all) {
      dependencies = List.of(all);
      return this;
    }

    ComposeEnvironment build() {
      return new ComposeEnvironment(
          engineUri,
          project,
          composeService,
          pin,
          previousTag,
          rebuild,
          stopGrace,
          startWithin,
          Pattern.compile("Started \\w+ in [0-9.]+ seconds"),
          errorLines,
          variables,
          new HealthCheck(
              URI.create("http://127.0.0.1:" + port + "/actuator/health"),
              1,
              Duration.ofMillis(100),
              Duration.ofSeconds(60),
              Duration.ofSeconds(10),
              Map.of()),
          List.of(),
          dependencies,
          Duration.ZERO);
    }
  }

  /** As planned now, to the image of the tag, to be written down in the compose file. */
  PinnedService pinned(String tag) {
    return pinned(tag, ComposePin.Pin.EDIT);
  }

  PinnedService pinned(String tag, ComposePin.Pin pin) {
    List<ComposePin.Container> containers = new ArrayList<>();
    for (String id : containers()) {
      JsonNode container = engine().inspectContainer(id);
      containers.add(
          new ComposePin.Container(
              id,
              container
                  .path("Config")
                  .path("Labels")
                  .path("com.docker.compose.container-number")
                  .asInt(),
              container.path("Image").asText()));
    }
    String from = containers.isEmpty() ? imageId("latest") : containers.get(0).image();
    String target = imageId(tag);
    return new PinnedService(
        SERVICE,
        "staging",
        "plan-" + suffix,
        Version.image(from, image("latest")),
        Version.image(target, image(tag)),
        null,
        new ComposePin(
            project(),
            SERVICE,
            folder.toString(),
            List.of(file().toString()),
            containers,
            rollbackTag(target),
            pin,
            null,
            null),
        null);
  }

  /** {@code rollback/shop-1a2b3c4d:20261123-0517-def456abc123}: no other test has it. */
  private String rollbackTag(String imageId) {
    return "rollback/" + repository() + ":20261123-0517-" + imageId.substring(7, 19);
  }

  private String run(List<String> command) {
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true);
      builder.environment().put("DOCKER_BUILDKIT", "0");
      builder.environment().put("DOCKER_HOST", host.toString());
      Path out = Files.createTempFile("compose-shop", ".out");
      try {
        Process process = builder.redirectOutput(out.toFile()).start();
        process.getOutputStream().close();
        if (!process.waitFor(2, TimeUnit.MINUTES)) {
          process.destroyForcibly();
          throw new AssertionError(command + " did not end");
        }
        String said = Files.readString(out, StandardCharsets.UTF_8);
        if (process.exitValue() != 0) {
          throw new AssertionError(command + " exited " + process.exitValue() + ": " + said);
        }
        return said.strip();
      } finally {
        Files.deleteIfExists(out);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(command + " was interrupted", e);
    }
  }

  /** Removes what is named after this shop: containers, networks, volumes, images. */
  @Override
  public void close() {
    try {
      ids("ps", "-aq", "--no-trunc", "--filter", "label=com.docker.compose.project=" + project())
          .forEach(id -> docker("rm", "--force", "--volumes", id));
      ids("ps", "-aq", "--no-trunc", "--filter", "name=" + suffix)
          .forEach(id -> docker("rm", "--force", "--volumes", id));
      ids("network", "ls", "-q", "--filter", "name=" + suffix)
          .forEach(id -> docker("network", "rm", id));
      ids("volume", "ls", "-q", "--filter", "name=" + suffix)
          .forEach(id -> docker("volume", "rm", id));
      ids("images", "--format", "{{.Repository}}:{{.Tag}}").stream()
          .filter(name -> name.contains(suffix))
          .forEach(name -> docker("rmi", "--force", name));
      ids("images", "--format", "{{.Repository}}:{{.Tag}}", "--filter", "label=shop=" + suffix)
          .stream()
          .filter(name -> !name.contains("<none>"))
          .forEach(name -> docker("rmi", "--force", name));
      // one whose last tag was moved away has no name left
      ids("images", "-q", "--no-trunc", "--filter", "label=shop=" + suffix)
          .forEach(id -> docker("rmi", "--force", id));
    } finally {
      engine.close();
    }
  }

  private List<String> ids(String... question) {
    return docker(question).lines().filter(line -> !line.isBlank()).distinct().toList();
  }
}

package dev.rollbook.compose;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rollbook.RollbackRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * A real Compose project with the bad image deployed, its catalog beside it. Every call of Compose
 * is counted, and what shall be hit in its middle can be made slow.
 */
public final class CountedShop implements AutoCloseable {

  public static final String ENVIRONMENT = "staging";
  public static final String RUN_ID = "rollback:staging:shop";

  private static final String SERVE =
      """
      #!/bin/sh
      trap 'echo Stopping; sleep "${TERM_SECONDS:-0}"; exit 0' TERM
      mkdir -p /www/actuator
      echo '{"status":"DOWN"}' >/www/actuator/health
      [ "$APP_HEALTH" = UP ] || echo "ERROR OutOfMemoryError in ShopApplication $APP_VERSION" >&2
      httpd -p 8083 -h /www
      sleep "${START_SECONDS:-0}" & wait $!
      echo "Started ShopApplication in 0.1 seconds"
      sleep "${UP_SECONDS:-0}" & wait $!
      if [ "$APP_HEALTH" = UP ]; then
        echo '{"status":"UP"}' >/www/actuator/health
        echo 'shop_orders_total 1' >/www/metrics
      fi
      while :; do sleep 3600 & wait $!; done
      """;

  private static final String CLI =
      """
      #!/bin/sh
      case " $* " in
        *" up "*) what=up ;;
        *" config "*) what=config ;;
        *) exec %1$s "$@" ;;
      esac
      echo "$what" >>%2$s/compose.log
      [ ! -e %2$s/$what-seconds ] || /bin/sleep "$(/bin/cat %2$s/$what-seconds)"
      exec %1$s "$@"
      """;

  /** By which means containers are replaced; with the last one Compose's files are gone. */
  public enum Means {
    V1,
    V2,
    API
  }

  /** What takes its time. */
  public enum Slow {
    NOTHING,
    COMPOSE_CONFIG,
    COMPOSE_UP,
    STOP,
    START,
    HEALTH,
    BUILD
  }

  private final Path folder;
  private final Means means;
  private final ComposeShop shop;
  private final int containers;
  private volatile String before;
  private final List<String> deployed;
  private final boolean builds;
  private final String healthWithin;
  private final String rebuild;

  /**
   * @param folder empty; the catalog lies in it, and what Rollbook keeps
   */
  public CountedShop(Path folder, Means means, Slow slow) throws Exception {
    this(folder, means, slow, "UP", 1);
  }

  /** Of several containers behind a gateway, which has the port. */
  public static CountedShop scaled(Path folder, Means means, int containers) throws Exception {
    return new CountedShop(folder, means, Slow.NOTHING, "UP", containers);
  }

  /** The target is no better than what is deployed, and takes its time to stop. */
  public static CountedShop failing(Path folder, Means means) throws Exception {
    return new CountedShop(folder, means, Slow.NOTHING, "DOWN", 1);
  }

  private CountedShop(Path folder, Means means, Slow slow, String target, int containers)
      throws Exception {
    this.folder = Files.createDirectories(folder).toRealPath();
    this.means = means;
    this.builds = slow == Slow.BUILD;
    this.containers = containers;
    // where it is known to be in vain, nobody waits long
    this.healthWithin = target.equals("UP") ? "20s" : "4s";
    this.shop = new ComposeShop(Files.createDirectories(this.folder.resolve("project")));
    try {
      shop.write("image/serve.sh", SERVE);
      shop.build(
          "v2",
          target,
          "ENV START_SECONDS=" + when(slow, Slow.START),
          "ENV UP_SECONDS=" + when(slow, Slow.HEALTH),
          "ENV TERM_SECONDS=" + (target.equals("UP") ? 0 : 3));
      shop.build("v3", "DOWN", "ENV TERM_SECONDS=" + when(slow, Slow.STOP));
      shop.docker("tag", shop.image("v2"), shop.image("previous"));
      shop.docker("tag", shop.image("v3"), shop.image("latest"));
      this.before = containers > 1 ? behindGateway() : shop.composeFile();
      shop.write("docker-compose.yml", before);
      shop.up(means == Means.V1 ? ComposeCli.V1 : ComposeCli.V2, "--scale", "shop=" + containers);
      this.deployed = shop.containers();
      if (means == Means.API) {
        Files.delete(shop.file());
      }
      Files.createDirectories(bin());
      if (means != Means.API) {
        script(
            "docker-compose",
            CLI.formatted(ComposeCli.valueOf(means.name()).program(), this.folder));
      }
      if (slow == Slow.COMPOSE_CONFIG) {
        Files.writeString(this.folder.resolve("config-seconds"), "2");
      }
      if (slow == Slow.COMPOSE_UP) {
        Files.writeString(this.folder.resolve("up-seconds"), "60");
      }
      this.rebuild = builds ? rebuild() : "";
      writeCatalog("");
    } catch (Exception | Error e) {
      shop.close();
      throw e;
    }
  }

  private String behindGateway() {
    return shop.composeFile().replaceFirst("(?s)    # the gateway.*?:8083\"\n", "")
        + "  gateway:\n    image: %s\n    ports: [\"127.0.0.1:%d:8083\"]\n"
            .formatted(shop.image("v1"), shop.port());
  }

  private static int when(Slow slow, Slow here) {
    return slow == here ? 3 : 0;
  }

  /** Where {@code rollbook} is called. */
  public Path folder() {
    return folder;
  }

  private Path bin() {
    return folder.resolve("bin");
  }

  /** For {@code rollbook}: the counted Compose comes before the others. */
  public String path() {
    return bin() + ":" + System.getenv("PATH");
  }

  public Means means() {
    return means;
  }

  /** To the good image: the one tagged so, or one that is built of its commit. */
  public RollbackRequest request() {
    RollbackRequest any = RollbackRequest.of(ComposeShop.SERVICE, ENVIRONMENT);
    return builds
        ? new RollbackRequest(
            any.service(),
            any.environment(),
            "v2",
            null,
            null,
            null,
            null,
            null,
            false,
            false,
            true,
            null,
            false)
        : any;
  }

  /** The image that a rollback ends with. */
  public String target() {
    return imageId(builds ? "built" : "v2");
  }

  public String project() {
    return shop.project();
  }

  /** Of 127.0.0.1; only a release that is up has {@code /metrics} there. */
  public int port() {
    return shop.port();
  }

  public String docker(String... arguments) {
    return shop.docker(arguments);
  }

  /** The ids of the bad containers, by number. */
  public List<String> deployed() {
    return List.copyOf(deployed);
  }

  public String imageId(String tag) {
    return shop.imageId(tag);
  }

  public List<String> containers() {
    return shop.containers();
  }

  public JsonNode inspect() {
    return shop.inspect();
  }

  public JsonNode inspect(String container) {
    return shop.engine().inspectContainer(container);
  }

  public boolean isUp() {
    return shop.containers().stream()
        .map(id -> new ServiceContainer(shop.engine().inspectContainer(id)))
        .anyMatch(ServiceContainer::isUp);
  }

  /** Of every container of the project, of whatever service, the gateway left out. */
  public List<String> names() {
    return shop.docker(
            "ps",
            "-a",
            "--format",
            "{{.Names}}",
            "--filter",
            "label=com.docker.compose.project=" + project())
        .lines()
        .filter(name -> !name.contains("gateway"))
        .toList();
  }

  /** {@code up}, {@code config}, {@code build}: one for each time it was called. */
  public List<String> calls(String what) throws IOException {
    Path log = folder.resolve("compose.log");
    return Files.exists(log)
        ? Files.readAllLines(log).stream().filter(what::equals).toList()
        : List.of();
  }

  /** Somebody who changes nothing of what runs: Rollbook asks Compose anew what the files mean. */
  public void addAComment() {
    before += "# the shop of the quick start\n";
    shop.write("docker-compose.yml", before);
  }

  /** As it was before anything was rolled back. */
  public List<String> linesBefore() {
    return before.lines().toList();
  }

  public List<String> lines() throws IOException {
    return Files.readAllLines(shop.file());
  }

  /** From now on nothing is slow that was so by {@link Slow#COMPOSE_UP}. */
  public void composeIsQuick() throws IOException {
    Files.deleteIfExists(folder.resolve("up-seconds"));
  }

  /** Rollbook asks the engine there, from its next start on. */
  public CountedShop through(EngineProxy proxy) throws IOException {
    writeCatalog("        engine: \"" + proxy.uri() + "\"");
    return this;
  }

  /** The catalog's words for it; what it builds from lies there then. */
  private String rebuild() throws Exception {
    Path repository = Files.createDirectories(folder.resolve("repository"));
    Path build = folder.resolve("build.sh");
    Files.writeString(
        build,
        """
        #!/bin/sh
        set -e
        echo build >>%s/compose.log
        sleep 3
        DOCKER_BUILDKIT=0 docker build --no-cache --quiet --tag %s .
        """
            .formatted(folder, shop.image("built")));
    Files.setPosixFilePermissions(build, PosixFilePermissions.fromString("rwxr-xr-x"));
    release(repository, "v2", "UP");
    release(repository, "v3", "DOWN");
    return "        rebuild: {repository: repository, command: [%s], within: 60s, image: \"%s\"}%n"
        .formatted(build, shop.image("built"));
  }

  private void writeCatalog(String engine) throws IOException {
    Files.writeString(
        folder.resolve("rollbook.yaml"),
        """
        version: 1
        services:
          shop:
            environments:
              staging:
                kind: compose
                project: %s
                port: %d
                previousTag: previous
                start: {within: 40s}
                health: {inARow: 2, every: 200ms, within: %s}
        %s
        %s
        """
            .formatted(shop.project(), shop.port(), healthWithin, rebuild, engine));
  }

  private void release(Path repository, String version, String health) throws Exception {
    Files.writeString(repository.resolve("serve.sh"), SERVE);
    Files.writeString(
        repository.resolve("Dockerfile"),
        """
        FROM rollbook.local/busybox:1
        LABEL shop=%s
        ENV APP_VERSION=built-%s APP_HEALTH=%s
        COPY serve.sh /serve.sh
        CMD ["/bin/sh","/serve.sh"]
        """
            .formatted(shop.suffix(), version, health));
    String git = "git -c user.name=T -c user.email=t@localhost -c commit.gpgsign=false";
    Process commit =
        new ProcessBuilder(
                "sh",
                "-ec",
                "[ -e .git ] || git init -q -b main; git add --all; "
                    + git
                    + " commit -q -m "
                    + version
                    + "; git tag "
                    + version)
            .directory(repository.toFile())
            .inheritIO()
            .start();
    if (commit.waitFor() != 0) {
      throw new IOException("git commit of " + version + " failed");
    }
  }

  private void script(String name, String text) throws IOException {
    Files.setPosixFilePermissions(
        Files.writeString(bin().resolve(name), text), PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** Processes of Compose, or what stands before it, that this shop's runs have started. */
  public List<ProcessHandle> composes() {
    return processes(project()::equals);
  }

  /** The engine that {@code rollbook run} starts, and its keeper. */
  public List<ProcessHandle> engines() {
    return processes(word -> word.contains(folder.resolve(".rollbook").toString()));
  }

  private static List<ProcessHandle> processes(Predicate<String> argument) {
    return ProcessHandle.allProcesses()
        .filter(
            process ->
                process
                    .info()
                    .arguments()
                    .map(Stream::of)
                    .orElse(Stream.empty())
                    .anyMatch(argument))
        .toList();
  }

  @Override
  public void close() {
    composes().forEach(ProcessHandle::destroyForcibly);
    engines().forEach(ProcessHandle::destroyForcibly);
    shop.close();
  }
}

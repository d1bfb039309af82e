package dev.rollbook.shop;

import dev.rollbook.FreePort;
import dev.rollbook.local.MachineProcesses;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A real service in a real git repository, with everything counted: checkouts (a post-checkout
 * hook), builds (the build script) and starts (the service itself) each append a line to a file.
 */
public final class LocalShop implements AutoCloseable {

  public static final String SERVICE = "shop";
  public static final String ENVIRONMENT = "local";
  public static final String RUN_ID = "rollback:local:shop";

  private static final long GIT_SECONDS = 60;
  private static final String JAVA =
      Path.of(System.getProperty("java.home"), "bin/java").toString();

  private final Path folder;
  private final Path repository;
  private final int port;

  /**
   * @param folder empty, of the test's own
   */
  public LocalShop(Path folder) throws IOException, InterruptedException {
    this.folder = folder.toRealPath();
    this.repository = this.folder.resolve("repository");
    this.port = FreePort.any();
    compileService();
    Files.createDirectories(repository);
    git("init", "--quiet", "--initial-branch=main");
    Files.writeString(repository.resolve(".gitignore"), "build/\n");
    script(
        "build.sh",
        "echo \"build $(git rev-parse HEAD)\" >> '%s'; echo building; sleep \"$(cat '%s' 2>/dev/null || echo 0)\"; while [ -e '%s' ]; do sleep 0.1; done; [ ! -e '%s' ] || exit 3; mkdir -p build; cp release.properties build/"
            .formatted(
                file("builds.log"),
                file("build-seconds"),
                file("build-waits"),
                file("build-fails")));
    Path hook = repository.resolve(".git/hooks/post-checkout");
    Files.createDirectories(hook.getParent());
    Files.writeString(
        hook,
        "#!/bin/sh\necho \"checkout $1 $2\" >> '%s'\nsleep \"$(cat '%s' 2>/dev/null || echo 0)\"\n"
            .formatted(file("checkouts.log"), file("checkout-seconds")));
    hook.toFile().setExecutable(true);
  }

  /** Commits and tags a release; properties as {@code Shop} reads them. */
  public LocalShop release(String version, Map<String, String> properties)
      throws IOException, InterruptedException {
    StringBuilder text = new StringBuilder("version=" + version + "\n");
    properties.forEach((key, value) -> text.append(key).append("=").append(value).append("\n"));
    Files.writeString(repository.resolve("release.properties"), text);
    git("add", "--all");
    git("commit", "--quiet", "-m", "Release " + version);
    git("tag", version);
    return this;
  }

  /** v1 and v2 healthy, v3 not. */
  public LocalShop threeReleases() throws IOException, InterruptedException {
    return release("v1", Map.of()).release("v2", Map.of()).release("v3", Map.of("health", "DOWN"));
  }

  /** What serves on the service's port. */
  public Optional<ProcessHandle> listener() {
    return new MachineProcesses()
        .listeners(port).stream()
            .flatMap(listener -> listener.process().stream())
            .flatMap(process -> ProcessHandle.of(process.pid()).stream())
            .findFirst();
  }

  /** Starts what is checked out, as a person would, and waits until it answers. */
  public Process deploy() throws IOException, InterruptedException {
    Process service =
        new ProcessBuilder(startCommand())
            .directory(repository.toFile())
            .redirectErrorStream(true)
            .redirectOutput(file("deployed.log").toFile())
            .start();
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
    while (!Files.readString(file("deployed.log")).contains("Started")) {
      if (System.nanoTime() > until || !service.isAlive()) {
        throw new IOException("not started: " + Files.readString(file("deployed.log")));
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
    // what the test itself started is not what it counts
    Files.deleteIfExists(file("starts.log"));
    Files.deleteIfExists(file("checkouts.log"));
    return service;
  }

  public Path writeCatalog() throws IOException {
    return writeCatalog("");
  }

  /** In which a release that comes up has the time that a busy machine needs. */
  public Path writePatientCatalog() throws IOException {
    return writePatient(writeCatalog());
  }

  /** The catalog that is written, with that time. */
  Path writePatient(Path catalog) throws IOException {
    return Files.writeString(
        catalog,
        Files.readString(catalog)
            .replace("every: 200ms, within: 10s", "every: 200ms, within: 60s"));
  }

  /**
   * @param more further lines of the environment, indented by 8
   */
  public Path writeCatalog(String more) throws IOException {
    return writeCatalog(file("rollbook.yaml"), "repository", more);
  }

  /**
   * @param path of the repository, as the catalog says it
   */
  public Path writeCatalog(Path catalog, String path, String more) throws IOException {
    String start =
        String.join(", ", startCommand().stream().map(word -> "'" + word + "'").toList());
    return Files.writeString(
        catalog,
        """
        version: 1
        services:
          shop:
            environments:
              local:
                kind: local
                repository: %4$s
                port: %1$d
                freeDisk: 1MB
                stop: {grace: 2s}
                build: {command: [./build.sh], within: 60s}
                start: {command: [%2$s], within: 30s}
                health: {url: "http://127.0.0.1:%1$d/actuator/health", inARow: 2, every: 200ms, within: 10s}
        %3$s
        """
            .formatted(port, start, more, path));
  }

  public List<String> startCommand() {
    return List.of(
        JAVA,
        "-Xshare:auto",
        "-XX:TieredStopAtLevel=1",
        "-cp",
        file("classes").toString(),
        "Shop",
        String.valueOf(port),
        file("starts.log").toString());
  }

  /** The build, by the catalog that is written, has not ended when somebody ends the run. */
  public void buildOutlastsTheRun() throws IOException {
    Path catalog = file("rollbook.yaml");
    Files.writeString(
        catalog,
        Files.readString(catalog).replace("build.sh], within: 60s", "build.sh], within: 5m"));
    buildTakes(300);
  }

  public void buildTakes(int seconds) throws IOException {
    Files.writeString(file("build-seconds"), String.valueOf(seconds));
  }

  /** It does not end before {@link #buildGoesOn()}. */
  public void buildWaits() throws IOException {
    Files.writeString(file("build-waits"), "");
  }

  public void buildGoesOn() throws IOException {
    Files.delete(file("build-waits"));
  }

  public void checkoutTakes(int seconds) throws IOException {
    Files.writeString(file("checkout-seconds"), String.valueOf(seconds));
  }

  public void buildFails() throws IOException {
    Files.writeString(file("build-fails"), "");
  }

  public List<String> checkouts() throws IOException {
    return lines("checkouts.log");
  }

  public List<String> builds() throws IOException {
    return lines("builds.log");
  }

  public List<String> starts() throws IOException {
    return lines("starts.log");
  }

  public String sha(String ref) throws IOException, InterruptedException {
    return git("rev-parse", ref + "^{commit}").strip();
  }

  public Path file(String name) {
    return folder.resolve(name);
  }

  public Path folder() {
    return folder;
  }

  public Path repository() {
    return repository;
  }

  public int port() {
    return port;
  }

  public String git(String... arguments) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                "git",
                "-c",
                "user.name=Test",
                "-c",
                "user.email=test@localhost",
                "-c",
                "commit.gpgsign=false"));
    command.addAll(List.of(arguments));
    Path said = Files.createTempFile("shop-git", ".out");
    try {
      Process git =
          new ProcessBuilder(command)
              .directory(repository.toFile())
              .redirectErrorStream(true)
              .redirectOutput(said.toFile())
              .start();
      if (!git.waitFor(GIT_SECONDS, TimeUnit.SECONDS) || git.exitValue() != 0) {
        git.destroyForcibly();
        throw new IOException("git " + String.join(" ", arguments) + ": " + Files.readString(said));
      }
      return Files.readString(said);
    } finally {
      Files.delete(said);
    }
  }

  /** Ends everything that has the shop's folder in its command line. */
  @Override
  public void close() {
    ProcessHandle.allProcesses()
        .filter(process -> process.pid() != ProcessHandle.current().pid())
        .filter(
            process ->
                process
                    .info()
                    .arguments()
                    .map(Stream::of)
                    .orElse(Stream.empty())
                    .anyMatch(argument -> argument.contains(folder.toString())))
        .forEach(ProcessHandle::destroyForcibly);
  }

  private void script(String name, String text) throws IOException {
    Path script = Files.writeString(repository.resolve(name), "#!/bin/sh\nset -e\n" + text + "\n");
    script.toFile().setExecutable(true);
  }

  private void compileService() throws IOException, InterruptedException {
    Path compiled = compiledOnce();
    Files.createDirectories(file("classes"));
    try (Stream<Path> classes = Files.list(compiled)) {
      for (Path one : classes.toList()) {
        Files.copy(one, file("classes").resolve(one.getFileName()));
      }
    }
  }

  private static synchronized Path compiledOnce() throws IOException, InterruptedException {
    Path classes = Path.of("target", "shop-" + ProcessHandle.current().pid());
    if (Files.exists(classes.resolve("Shop.class"))) {
      return classes;
    }
    Files.createDirectories(classes);
    Path source = classes.resolve("Shop.java");
    try (InputStream in = LocalShop.class.getResourceAsStream("Shop.java")) {
      Files.copy(in, source, StandardCopyOption.REPLACE_EXISTING);
    }
    Process javac =
        new ProcessBuilder(
                JAVA.replaceFirst("java$", "javac"), "-d", classes.toString(), source.toString())
            .inheritIO()
            .start();
    if (!javac.waitFor(180, TimeUnit.SECONDS) || javac.exitValue() != 0) {
      throw new IOException("javac failed");
    }
    return classes;
  }

  private List<String> lines(String name) throws IOException {
    return Files.exists(file(name)) ? Files.readAllLines(file(name)) : List.of();
  }
}

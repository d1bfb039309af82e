package dev.rollbook.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.rollbook.FreePort;
import dev.rollbook.Heartbeat;
import dev.rollbook.PinnedService;
import dev.rollbook.ProcessId;
import dev.rollbook.Redaction;
import dev.rollbook.Secret;
import dev.rollbook.Version;
import dev.rollbook.aftermath.HealthyVersionsFile;
import dev.rollbook.verification.HealthCheck;
import dev.rollbook.verification.HttpHealth;
import dev.rollbook.verification.ServiceChecks;
import io.temporal.failure.ApplicationFailure;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** A service of a test's own: a real git repository, a real port, real processes. */
final class Shop implements AutoCloseable {

  static final String JAVA = Path.of(System.getProperty("java.home"), "bin/java").toString();
  private static final String CLASSES =
      Path.of(
              URI.create(
                  ShopService.class.getProtectionDomain().getCodeSource().getLocation().toString()))
          .toString();

  final Path folder;
  final Path repository;
  final Path state;
  final int port;
  final MachineProcesses machine = new MachineProcesses();
  final List<String> beats = new CopyOnWriteArrayList<>();
  final HealthyVersionsFile versions;
  List<String> build = List.of("./build.sh");
  List<String> start;
  Duration within = Duration.ofSeconds(30);
  Duration grace = Duration.ofSeconds(15);
  Map<String, Secret> variables = Map.of();
  Optional<Path> log = Optional.empty();
  Redaction redaction = Redaction.NONE;
  Heartbeat heartbeat = beats::add;
  private final List<Process> started = new ArrayList<>();

  Shop(Path folder) throws IOException {
    this.folder = folder.toRealPath();
    this.repository = Files.createDirectories(this.folder.resolve("repository"));
    this.state = this.folder.resolve("state");
    this.versions = new HealthyVersionsFile(state, Clock.systemUTC(), () -> 1);
    this.port = FreePort.any();
    this.start = service("-");
    git("init", "--quiet", "--initial-branch=main");
    git("config", "user.name", "Test");
    git("config", "user.email", "test@localhost");
    git("config", "commit.gpgsign", "false");
  }

  /** v1, v2 and v3, each with a file of its own words and a build that counts. */
  Shop threeReleases() throws IOException {
    write(".gitignore", "built\n");
    script("build.sh", "echo build >>'" + folder.resolve("builds") + "'; echo built >built");
    for (String version : List.of("v1", "v2", "v3")) {
      write("release.txt", version + "\n");
      commit(version);
      git("tag", version);
    }
    return this;
  }

  Path write(String name, String text) throws IOException {
    Path file = repository.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, text);
  }

  String text(String name) throws IOException {
    return Files.readString(repository.resolve(name));
  }

  /**
   * Written by a process of its own: a file that this one writes is open, for a moment, in whatever
   * another test starts then, and what is open for writing cannot be run.
   */
  void script(String name, String text) throws IOException {
    Path program = repository.resolve(name);
    Process install =
        new ProcessBuilder("install", "-D", "-m", "755", "/dev/stdin", program.toString()).start();
    try (OutputStream to = install.getOutputStream()) {
      to.write(("#!/bin/sh\n" + text + "\n").getBytes(StandardCharsets.UTF_8));
    }
    assertThat(install.onExit().join().exitValue()).isZero();
  }

  /** The post-checkout hook. */
  void hook(String text) throws IOException {
    script(".git/hooks/post-checkout", text);
  }

  /** The commit of the newest stashed changes. */
  String stash() throws IOException {
    return git("rev-parse", "stash@{0}");
  }

  /**
   * v2 has a file that takes until {@code go} to check out; {@code smudging} says that it began. v3
   * has renamed another.
   */
  void slowFilter() throws IOException {
    git("checkout", "--quiet", "main");
    write(".gitattributes", "*.slow filter=slow\n");
    write("large.slow", "v2");
    write("zz-after", "v2");
    write("a-only-in-v2", "v2");
    write("old-name", "the same in both\n");
    commit("slow v2");
    git("tag", "--force", "v2");
    write("large.slow", "v3");
    write("zz-after", "v3");
    Files.delete(repository.resolve("a-only-in-v2"));
    git("mv", "old-name", "new-name");
    commit("slow v3");
    git("tag", "--force", "v3");
    Path filter =
        Files.writeString(
            folder.resolve("slow.sh"),
            "#!/bin/sh\ntouch '%1$s/smudging'\nwhile [ ! -e '%1$s/go' ]; do sleep 0.05; done\ncat\n"
                .formatted(folder),
            StandardCharsets.UTF_8);
    filter.toFile().setExecutable(true);
    git("config", "filter.slow.smudge", filter.toString());
  }

  /** A submodule that takes long to move, from its v3 back to its v2. */
  PinnedService slowLibrary() throws IOException {
    slowFilter();
    Path library = folder.resolve("library");
    git("config", "protocol.file.allow", "always");
    gitIn(folder, "clone", "--quiet", repository.toString(), library.toString());
    git("submodule", "--quiet", "add", library.toString(), "library");
    Path inside = repository.resolve("library");
    gitIn(inside, "checkout", "--quiet", "v2");
    commit("library at v2");
    git("tag", "--force", "old");
    gitIn(inside, "checkout", "--quiet", "v3");
    commit("library at v3");
    gitIn(inside, "config", "filter.slow.smudge", git("config", "filter.slow.smudge").strip());
    return pinned("HEAD", "old");
  }

  String commit(String subject) throws IOException {
    git("add", "--all");
    git("commit", "--quiet", "-m", subject);
    return git("rev-parse", "HEAD");
  }

  String sha(String ref) throws IOException {
    return git("rev-parse", ref + "^{commit}");
  }

  String git(String... arguments) throws IOException {
    return gitIn(repository, arguments);
  }

  String gitIn(Path where, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("git", "-c", "protocol.file.allow=always"));
    command.addAll(List.of(arguments));
    Path said = Files.createTempFile(folder, "git", ".out");
    Process git =
        new ProcessBuilder(command)
            .directory(where.toFile())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile())
            .start();
    try {
      if (!git.waitFor(60, TimeUnit.SECONDS) || git.exitValue() != 0) {
        throw new IOException("git " + String.join(" ", arguments) + ": " + Files.readString(said));
      }
      return Files.readString(said).stripTrailing();
    } catch (InterruptedException e) {
      throw new IOException(e);
    } finally {
      git.destroyForcibly();
      Files.delete(said);
    }
  }

  Git git() {
    return new Git(repository, heartbeat);
  }

  /**
   * @param bind an address, or "-" for all
   */
  List<String> service(String bind, String... more) {
    List<String> command =
        new ArrayList<>(
            List.of(
                JAVA,
                "-Xshare:auto",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx32m",
                "-cp",
                CLASSES,
                ShopService.class.getName(),
                String.valueOf(port),
                folder.resolve("starts").toString(),
                bind));
    command.addAll(List.of(more));
    return command;
  }

  /** Starts it as a person would, and waits until it listens. */
  ProcessId deploy(String... more) throws IOException {
    return listening(run(service("-", more)));
  }

  ProcessId listening(Process service) {
    await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () ->
                machine.listeners(port).stream()
                    .flatMap(listener -> listener.process().stream())
                    .anyMatch(owner -> isWithin(service, owner)));
    return machine.listeners(port).stream()
        .flatMap(listener -> listener.process().stream())
        .filter(owner -> isWithin(service, owner))
        .findAny()
        .orElseThrow();
  }

  private static boolean isWithin(Process root, ProcessId process) {
    return root.pid() == process.pid()
        || root.descendants().anyMatch(each -> each.pid() == process.pid());
  }

  Process run(List<String> command) throws IOException {
    Process process =
        new ProcessBuilder(command)
            .directory(repository.toFile())
            .redirectErrorStream(true)
            .redirectOutput(Files.createTempFile(folder, "run", ".out").toFile())
            .start();
    started.add(process);
    return process;
  }

  Process run(String... command) throws IOException {
    return run(List.of(command));
  }

  long count(String name) throws IOException {
    Path file = folder.resolve(name);
    return Files.exists(file) ? Files.readAllLines(file).size() : 0;
  }

  LocalEnvironment environment() {
    return new LocalEnvironment(
        repository,
        Optional.empty(),
        port,
        grace,
        new Command(build, repository, within),
        new Command(start, repository, within),
        Pattern.compile("Started .* in .* seconds"),
        log,
        variables,
        1,
        health(),
        List.of());
  }

  private HealthCheck health() {
    return new HealthCheck(
        URI.create("http://127.0.0.1:" + port + "/"),
        1,
        Duration.ofMillis(100),
        Duration.ofSeconds(10),
        Duration.ofSeconds(5),
        Map.of());
  }

  HttpHealth httpHealth() {
    return new HttpHealth(
        (s, e) -> new ServiceChecks(environment().health(), environment().checks()),
        redaction,
        () -> heartbeat,
        () -> 1);
  }

  PinnedService pinned(String from, String target) throws IOException {
    return pinned(from, target, null, List.of());
  }

  PinnedService pinned(String from, String target, ProcessId listener, List<String> stash)
      throws IOException {
    return new PinnedService(
        "shop",
        "local",
        "plan-1",
        Version.commit(sha(from), from),
        Version.commit(sha(target), target),
        new LocalPin(
            listener,
            stash,
            listener == null ? List.of() : PinnedTree.belongingTo(listener, machine)),
        null,
        null);
  }

  PlanFolder plan() throws IOException {
    return new PlanFolder(state, pinned("HEAD", "HEAD"), machine);
  }

  Checkout checkout(PinnedService service) throws IOException {
    return new Checkout(service, repository, git(), plan(), machine, heartbeat);
  }

  CheckoutBack checkoutBack(PinnedService service) throws IOException {
    return new CheckoutBack(service, repository, git(), plan(), machine, heartbeat);
  }

  Stopping stopping(PinnedService service) throws IOException {
    return new Stopping(service, environment(), plan(), machine, heartbeat);
  }

  Build building() throws IOException {
    return new Build(
        pinned("HEAD", "HEAD"),
        environment().build(),
        variables,
        plan(),
        machine,
        redaction,
        heartbeat);
  }

  Start starting() throws IOException {
    return new Start(pinned("HEAD", "HEAD"), environment(), plan(), machine, redaction, heartbeat);
  }

  static AbstractThrowableAssert<?, ? extends Throwable> failsAs(
      String type, ThrowingCallable call) {
    return assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            ApplicationFailure.class,
            failure -> {
              assertThat(failure.getType()).isEqualTo(type);
              assertThat(failure.isNonRetryable()).isTrue();
            });
  }

  /** Ends everything whose working directory lies in the shop. */
  @Override
  public void close() {
    started.forEach(Process::destroyForcibly);
    await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () -> {
              List<ProcessId> left = machine.runningIn(folder, List.of());
              left.forEach(
                  id -> ProcessHandle.of(id.pid()).ifPresent(ProcessHandle::destroyForcibly));
              return left.isEmpty();
            });
  }
}

package dev.rollbook.local;

import dev.rollbook.PlanFiles;
import dev.rollbook.Secret;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;

/**
 * A command that outlives Rollbook and is started once, whoever asks how often: the folder is its
 * identity. Its claim ({@code pid}), its output and its exit code are files there, so that a worker
 * that comes back after a crash goes on watching instead of starting a second one.
 */
public final class DetachedJob {

  /** Every process of the job inherits this variable; its value is the job's folder. */
  static final String COOKIE = "ROLLBOOK_JOB";

  private static final String DETACH = script("detach.sh");
  private static final String JOB = script("job.sh");
  private static final Duration DETACHED_WITHIN = Duration.ofSeconds(10);

  private final Path folder;
  private final MachineProcesses machine;

  public DetachedJob(Path folder, MachineProcesses machine) {
    this.folder = folder.toAbsolutePath().normalize();
    this.machine = machine;
  }

  enum State {
    NOT_STARTED,
    RUNNING,
    ENDED,
    /** It was killed: neither running nor ended by itself. */
    LOST
  }

  /** Starts the command unless this job was started before. */
  public void startOnce(Command command, Map<String, Secret> variables) throws IOException {
    if (state() != State.NOT_STARTED) {
      return;
    }
    Files.createDirectories(folder);
    List<String> line = new ArrayList<>(List.of("sh", "-c", DETACH, "rollbook", JOB, "rollbook"));
    line.add(folder.toString());
    line.addAll(command.argv());
    ProcessBuilder builder = new ProcessBuilder(line).directory(command.directory().toFile());
    ServiceVariables.apply(builder.environment(), variables);
    builder.environment().put(COOKIE, folder.toString());
    builder.redirectErrorStream(true).redirectOutput(folder.resolve("start.log").toFile());
    Process detaching = builder.start();
    detaching.getOutputStream().close();
    awaitClaim(detaching);
  }

  State state() {
    if (exitCode().isPresent()) {
      return State.ENDED;
    }
    if (!Files.exists(folder.resolve("pid"))) {
      return State.NOT_STARTED;
    }
    if (isAlive()) {
      return State.RUNNING;
    }
    // it may have ended between the two looks
    return exitCode().isPresent() ? State.ENDED : State.LOST;
  }

  /** Also when that was put aside. */
  boolean wasEverStarted() {
    return Files.exists(folder.resolve("pid")) || Files.exists(aside(1));
  }

  public OptionalInt exitCode() {
    try {
      return OptionalInt.of(Integer.parseInt(Files.readString(folder.resolve("exit")).strip()));
    } catch (NoSuchFileException e) {
      return OptionalInt.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Puts a job that was lost or failed aside, so that it can be started again. What it left running
   * is killed first: nobody would find it under the old name any more.
   */
  void putAside() throws IOException {
    new Ending(machine, progress -> {}).kill(this::processes);
    for (int n = 1; ; n++) {
      if (!Files.exists(aside(n))) {
        Files.move(folder, aside(n));
        return;
      }
    }
  }

  private Path aside(int n) {
    return folder.resolveSibling(folder.getFileName() + "." + n);
  }

  /** When it was started; now, if it was not. */
  Instant startedAt() {
    try {
      return Files.getLastModifiedTime(folder.resolve("pid")).toInstant();
    } catch (NoSuchFileException e) {
      return Instant.now();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public List<ProcessHandle> processes() {
    if (!Files.exists(folder)) {
      return List.of();
    }
    // before the claim nothing tells how old its first process is
    Instant since = Files.exists(folder.resolve("pid")) ? startedAt() : Instant.MIN;
    return machine.carrying(COOKIE, folder.toString(), since);
  }

  boolean owns(long pid) {
    return machine.variableOf(pid, COOKIE).filter(folder.toString()::equals).isPresent();
  }

  public Path output() {
    return folder.resolve("output.log");
  }

  Path folder() {
    return folder;
  }

  private boolean isAlive() {
    Optional<Long> leader = leader();
    return leader.isPresent()
        ? leader.filter(pid -> machine.find(pid).isPresent()).filter(this::owns).isPresent()
        : startedAt().plus(DETACHED_WITHIN).isAfter(Instant.now());
  }

  /**
   * Empty in the instant between the claim's creation and its first byte; for ever after a power
   * cut there.
   */
  private Optional<Long> leader() {
    try {
      String pid = Files.readString(folder.resolve("pid")).strip();
      return pid.isEmpty() ? Optional.empty() : Optional.of(Long.parseLong(pid));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void awaitClaim(Process detaching) throws IOException {
    long until = System.nanoTime() + DETACHED_WITHIN.toNanos();
    while (!Files.exists(folder.resolve("pid"))) {
      if (!detaching.isAlive()) {
        // it was told so too, and does not begin
        new PlanFiles(folder.getParent()).refuseIfFenced();
      }
      if (System.nanoTime() > until) {
        detaching.destroyForcibly();
        throw new IOException(
            "The job in "
                + folder
                + " did not start within "
                + DETACHED_WITHIN.toSeconds()
                + " s: "
                + Files.readString(folder.resolve("start.log")).strip());
      }
      Pause.of(Duration.ofMillis(10));
    }
    try {
      detaching.waitFor(DETACHED_WITHIN.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static String script(String name) {
    try (InputStream in = DetachedJob.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

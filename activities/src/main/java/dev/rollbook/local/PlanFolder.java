package dev.rollbook.local;

import dev.rollbook.Failures;
import dev.rollbook.Payloads;
import dev.rollbook.PinnedService;
import dev.rollbook.StepReport;
import dev.rollbook.Version;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The jobs of one plan on disk: {@code <state>/jobs/<environment>/<service>/<plan id>/}. A run that
 * is started again with the same plan finds its jobs here.
 */
public final class PlanFolder {

  private final Path folder;
  private final MachineProcesses machine;

  public PlanFolder(Path state, PinnedService service, MachineProcesses machine) {
    this.folder =
        state
            .resolve("jobs")
            .resolve(service.environment())
            .resolve(service.service())
            .resolve(service.planId());
    this.machine = machine;
  }

  /**
   * @param name the step's work: {@code checkout}, {@code build}, {@code start}
   */
  DetachedJob job(String name) {
    return new DetachedJob(folder.resolve(name), machine);
  }

  /** Says what the start job runs, for whoever finds its process later. */
  void keepVersion(Version version) throws IOException {
    Files.createDirectories(folder);
    Payloads.mapper().writeValue(folder.resolve("version.json").toFile(), version);
  }

  /** A list of files for git, as it reads it with {@code --pathspec-file-nul}. */
  Path keepNames(String name, List<String> files) throws IOException {
    Files.createDirectories(folder);
    return Files.writeString(folder.resolve(name), String.join("\0", files)).toAbsolutePath();
  }

  /** A word that was kept under this name; empty when none was. */
  public Optional<String> kept(String name) throws IOException {
    try {
      return Optional.of(Files.readString(folder.resolve(name)));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /** Keeps what an attempt after a crash must know: all of it or nothing. */
  public void keep(String name, String word) throws IOException {
    Files.createDirectories(folder);
    Path part = Files.writeString(folder.resolve(name + ".part"), word);
    Files.move(part, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
  }

  /** The version that a process was started from by us; empty when it is not ours. */
  static Optional<Version> versionOf(long pid, MachineProcesses machine) throws IOException {
    Optional<Path> job = machine.variableOf(pid, DetachedJob.COOKIE).map(Path::of);
    if (job.isEmpty() || job.get().getParent() == null) {
      return Optional.empty();
    }
    try {
      byte[] version = Files.readAllBytes(job.get().resolveSibling("version.json"));
      return Optional.of(Payloads.mapper().readValue(version, Version.class));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /** What was seen before the first change: later nobody can see it any more. */
  Optional<StepReport> evidence() throws IOException {
    try {
      byte[] kept = Files.readAllBytes(folder.resolve("evidence.json"));
      return Optional.of(Payloads.mapper().readValue(kept, StepReport.class));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  void keepEvidence(StepReport evidence) throws IOException {
    Files.createDirectories(folder);
    Path part = folder.resolve("evidence.part");
    Files.write(part, Payloads.mapper().writeValueAsBytes(evidence));
    Files.move(part, folder.resolve("evidence.json"), StandardCopyOption.ATOMIC_MOVE);
  }

  /** What had started the service that this plan stops. */
  Optional<Supervisor> supervisor() throws IOException {
    try {
      byte[] kept = Files.readAllBytes(supervisorFile());
      return Optional.of(Payloads.mapper().readValue(kept, Supervisor.class));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  void keepSupervisor(Supervisor supervisor) throws IOException {
    Files.createDirectories(folder);
    Path part = folder.resolve("supervisor.part");
    Files.write(part, Payloads.mapper().writeValueAsBytes(supervisor));
    Files.move(part, supervisorFile(), StandardCopyOption.ATOMIC_MOVE);
  }

  Instant supervisorKeptAt() throws IOException {
    return Files.getLastModifiedTime(supervisorFile()).toInstant();
  }

  private Path supervisorFile() {
    return folder.resolve("supervisor.json");
  }

  /** Nothing of this plan may be started any more: a late attempt must not undo the stop. */
  void fence() throws IOException {
    Files.createDirectories(folder);
    Files.writeString(folder.resolve("stopped"), "the run was stopped\n");
  }

  public void refuseIfFenced() {
    refuseIfFenced(folder);
  }

  static void refuseIfFenced(Path folder) {
    if (Files.exists(folder.resolve("stopped"))) {
      throw Failures.hopeless(
          "Stopped", "This run was stopped; nothing of it is started again. Start a new run.");
    }
  }
}

package dev.rollbook.local;

import dev.rollbook.Payloads;
import dev.rollbook.PinnedService;
import dev.rollbook.PlanFiles;
import dev.rollbook.ProcessId;
import dev.rollbook.StepReport;
import dev.rollbook.Version;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The jobs of one plan on disk: {@code <state>/jobs/<environment>/<service>/<plan id>/}. A run that
 * is started again with the same plan finds its jobs here.
 */
public final class PlanFolder {

  private static final String EVIDENCE = "evidence.json";
  private static final String SUPERVISOR = "supervisor.json";
  private static final String PROCESSES = "processes.json";

  private final PlanFiles files;
  private final MachineProcesses machine;

  public PlanFolder(Path state, PinnedService service, MachineProcesses machine) {
    this.files = PlanFiles.of(state, service);
    this.machine = machine;
  }

  /**
   * @param name the step's work: {@code checkout}, {@code build}, {@code start}
   */
  DetachedJob job(String name) {
    return new DetachedJob(files.file(name), machine);
  }

  /** One in a folder within: a stop of the plan does not reach it. */
  DetachedJob job(String folder, String name) {
    return new DetachedJob(files.in(folder).file(name), machine);
  }

  /** Says what the start job runs, for whoever finds its process later. */
  void keepVersion(Version version) throws IOException {
    files.write("version.json", Payloads.mapper().writeValueAsBytes(version));
  }

  /** A list of files for git, as it reads it with {@code --pathspec-file-nul}. */
  Path keepNames(String name, List<String> names) throws IOException {
    return files.write(name, String.join("\0", names));
  }

  /** A word that was kept under this name; empty when none was. */
  public Optional<String> kept(String name) throws IOException {
    return files.read(name).map(bytes -> new String(bytes, StandardCharsets.UTF_8));
  }

  /** Keeps what an attempt after a crash must know: all of it or nothing. */
  public void keep(String name, String word) throws IOException {
    files.write(name, word);
  }

  /** The version that a process was started from by us; empty when it is not ours. */
  static Optional<Version> versionOf(long pid, MachineProcesses machine) throws IOException {
    Optional<Path> job = machine.variableOf(pid, DetachedJob.COOKIE).map(Path::of);
    if (job.isEmpty() || job.get().getParent() == null) {
      return Optional.empty();
    }
    Optional<byte[]> version = new PlanFiles(job.get().getParent()).read("version.json");
    return version.isEmpty()
        ? Optional.empty()
        : Optional.of(Payloads.mapper().readValue(version.get(), Version.class));
  }

  /** What was seen before the first change: later nobody can see it any more. */
  Optional<StepReport> evidence() throws IOException {
    return read(EVIDENCE, StepReport.class);
  }

  void keepEvidence(StepReport evidence) throws IOException {
    files.write(EVIDENCE, Payloads.mapper().writeValueAsBytes(evidence));
  }

  /** What had started the service that this plan stops. */
  Optional<Supervisor> supervisor() throws IOException {
    return read(SUPERVISOR, Supervisor.class);
  }

  void keepSupervisor(Supervisor supervisor) throws IOException {
    files.write(SUPERVISOR, Payloads.mapper().writeValueAsBytes(supervisor));
  }

  Instant supervisorKeptAt() throws IOException {
    return Files.getLastModifiedTime(files.file(SUPERVISOR)).toInstant();
  }

  /** What was seen of the service that this plan stops; empty before anything of it was ended. */
  List<ProcessId> processes() throws IOException {
    return read(PROCESSES, ProcessId[].class).map(List::of).orElse(List.of());
  }

  void keepProcesses(List<ProcessId> processes) throws IOException {
    files.write(PROCESSES, Payloads.mapper().writeValueAsBytes(processes));
  }

  private <T> Optional<T> read(String name, Class<T> type) throws IOException {
    Optional<byte[]> kept = files.read(name);
    return kept.isEmpty()
        ? Optional.empty()
        : Optional.of(Payloads.mapper().readValue(kept.get(), type));
  }

  /** Nothing of this plan may be started any more: a late attempt must not undo the stop. */
  void fence() throws IOException {
    files.fence();
  }

  public void refuseIfFenced() {
    files.refuseIfFenced();
  }
}

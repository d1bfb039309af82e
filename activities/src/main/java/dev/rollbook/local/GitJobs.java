package dev.rollbook.local;

import dev.rollbook.Evidence;
import dev.rollbook.Failures;
import dev.rollbook.Heartbeat;
import dev.rollbook.PinnedService;
import dev.rollbook.Redaction;
import dev.rollbook.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** What git changes in the work tree for one plan: jobs that survive a crash of the worker. */
final class GitJobs {

  static final String CHECKOUT = "checkout";
  static final String SUBMODULES = "submodules";

  /** In what git says when another git is at work, or one has crashed. */
  static final String LOCKED = ".lock': File exists";

  private static final String BACK = "back";

  private static final Duration WITHIN = Duration.ofMinutes(10);
  private static final int LINES = 50;
  private static final List<String> NAMES = List.of("unstage", "stash", CHECKOUT, SUBMODULES);
  private static final List<String> NAMES_BACK = List.of("index", CHECKOUT, SUBMODULES);
  private static final List<String> LOCKS = List.of("index.lock", "HEAD.lock");
  private static final Map<String, Secret> UNATTENDED =
      Map.of(
          "GIT_TERMINAL_PROMPT", new Secret("0", Map.of()),
          "GIT_LITERAL_PATHSPECS", new Secret("1", Map.of()),
          "LC_ALL", new Secret("C", Map.of()));

  private final PinnedService service;
  private final Path workTree;
  private final Git git;
  private final PlanFolder plan;
  private final MachineProcesses machine;
  private final Heartbeat heartbeat;

  GitJobs(
      PinnedService service,
      Path workTree,
      Git git,
      PlanFolder plan,
      MachineProcesses machine,
      Heartbeat heartbeat) {
    this.service = service;
    this.workTree = workTree;
    this.git = git;
    this.plan = plan;
    this.machine = machine;
    this.heartbeat = heartbeat;
  }

  DetachedJob named(String name) {
    return plan.job(name);
  }

  /** Of what is taken back: it may begin although the plan was stopped. */
  DetachedJob back(String name) {
    return plan.job(BACK, name);
  }

  /**
   * Runs the command unless it was run.
   *
   * @throws io.temporal.failure.ApplicationFailure of this type, when git refuses
   */
  void run(DetachedJob job, List<String> command, String failure) throws IOException {
    if (job.state() == DetachedJob.State.LOST) {
      releaseOwnLocks();
      job.putAside();
    }
    Command line = new Command(command, workTree, WITHIN);
    job.startOnce(line, UNATTENDED);
    awaitEnd(job);
    if (job.exitCode().orElse(-1) != 0) {
      String said = Evidence.lastLines(job.output(), LINES);
      job.putAside();
      String message =
          "%s: %s failed: %s; the work tree is at %s%s"
              .formatted(service.service(), line.describe(), said.strip(), git.head(), stashed());
      if (said.contains(LOCKED)) {
        // it may go away, and we never delete it
        throw new IOException(message);
      }
      throw Failures.hopeless(failure, message);
    }
  }

  /** As above; what git says does not matter, but what it leaves behind. */
  void tryToRun(DetachedJob job, List<String> command, Duration within) throws IOException {
    job.startOnce(new Command(command, workTree, within), UNATTENDED);
    if (!new JobWatch(job, "git", Redaction.NONE, heartbeat).ends(within)) {
      new Ending(machine, heartbeat).kill(job::processes);
    }
  }

  void awaitEnd(DetachedJob job) throws IOException {
    if (!new JobWatch(job, "git", Redaction.NONE, heartbeat).ends(WITHIN)) {
      new Ending(machine, heartbeat).kill(job::processes);
      throw Failures.hopeless(
          "CheckoutFailed",
          "%s: git did not end within %d min: %s%s"
              .formatted(service.service(), WITHIN.toMinutes(), output(job), stashed()));
    }
  }

  /** What it said last; empty when it was not run. */
  static String output(DetachedJob job) throws IOException {
    return Files.exists(job.output()) ? Evidence.lastLines(job.output(), LINES) : "";
  }

  /** Nothing of this plan goes on in the work tree. */
  void kill() {
    new Ending(machine, progress -> {})
        .kill(() -> all().map(DetachedJob::processes).flatMap(List::stream).toList());
  }

  /**
   * Git's locks that a killed job of ours has left: nobody else will ever remove them. One that is
   * older, or may be that of a git at work here now, is not ours.
   */
  void releaseOwnLocks() throws IOException {
    Optional<Instant> since =
        all()
            .filter(job -> job.state() == DetachedJob.State.LOST)
            .map(DetachedJob::startedAt)
            .min(Comparator.naturalOrder());
    if (since.isEmpty() || machine.programsIn(workTree.toRealPath()).contains("git")) {
      return;
    }
    deleteLocks(git, since.get());
    for (Git submodule : new Submodules(git, heartbeat).each()) {
      deleteLocks(submodule, since.get());
    }
  }

  private static void deleteLocks(Git repository, Instant since) throws IOException {
    Path folder = Path.of(repository.read("rev-parse", "--absolute-git-dir"));
    for (String name : LOCKS) {
      Path lock = folder.resolve(name);
      if (Files.exists(lock) && !Files.getLastModifiedTime(lock).toInstant().isBefore(since)) {
        Files.delete(lock);
      }
    }
  }

  /** A job that puts back is run by every attempt anew: what is left to do is looked at before. */
  void putEarlierBackAside() throws IOException {
    for (String name : NAMES_BACK) {
      if (back(name).state() != DetachedJob.State.NOT_STARTED) {
        back(name).putAside();
      }
    }
  }

  private Stream<DetachedJob> all() {
    return Stream.concat(NAMES.stream().map(this::named), NAMES_BACK.stream().map(this::back));
  }

  private String stashed() throws IOException {
    return new StashedChanges(service, git).asAddition();
  }
}

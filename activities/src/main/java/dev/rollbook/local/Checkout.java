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
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Moves a work tree to the pinned commit, once, as a job that survives a crash of the worker. */
public final class Checkout {

  private static final Duration WITHIN = Duration.ofMinutes(10);
  private static final int LINES = 50;
  private static final List<String> JOBS = List.of("unstage", "stash", "checkout", "submodules");
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

  public Checkout(
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

  /**
   * @return false when the work tree was at the target before this plan did anything
   */
  public boolean toTarget() throws IOException {
    plan.refuseIfFenced();
    DetachedJob job = plan.job("checkout");
    awaitEnd(job);
    boolean ours = job.state() != DetachedJob.State.NOT_STARTED;
    String head = git.head();
    if (!head.equals(service.target().id())) {
      refuseNewerDeploy(head);
      stashOnce();
      runAgainIfCutOff(job);
      ours = true;
    }
    updateSubmodules();
    return ours;
  }

  /** After an abort: nothing of the checkout goes on. */
  public void giveUp() {
    new Ending(machine, progress -> {})
        .kill(
            () ->
                JOBS.stream()
                    .map(plan::job)
                    .map(DetachedJob::processes)
                    .flatMap(List::stream)
                    .toList());
  }

  /** How to get the stashed changes back; empty when nothing was stashed. */
  Optional<String> stashed() throws IOException {
    return git.lines("stash", "list", "--format=%H %gs").stream()
        .filter(entry -> entry.endsWith(stashName()))
        .map(entry -> entry.substring(0, entry.indexOf(' ')))
        .map(sha -> "your changes are stashed; put them back with 'git stash apply " + sha + "'")
        .findFirst();
  }

  /** What git said; empty when it was not needed. */
  public String output() throws IOException {
    Path output = plan.job("checkout").output();
    return Files.exists(output) ? Evidence.lastLines(output, LINES) : "";
  }

  private void refuseNewerDeploy(String head) {
    if (!head.equals(service.from().id())) {
      throw Failures.hopeless(
          "NewerDeploy",
          "%s: the work tree is at %s by now, neither at %s, where it was when the run was planned, nor at the target: somebody deployed meanwhile. Nothing was changed; look who, then plan again."
              .formatted(service.service(), head, service.from().describe()));
    }
  }

  private void runAgainIfCutOff(DetachedJob job) throws IOException {
    List<String> command =
        new ArrayList<>(List.of("git", "-c", "advice.detachedHead=false", "checkout"));
    if (job.state() == DetachedJob.State.LOST) {
      new Ending(machine, heartbeat).kill(job::processes);
      releaseOwnLocks(job);
      if (onlyHalfDone()) {
        command.add("--force");
      }
    }
    command.add(service.target().id());
    run(job, command, "CheckoutFailed");
  }

  /**
   * Git's locks were left by our own job, which was killed: nobody else will ever remove them. One
   * that is older, or may be that of a git at work here now, is not ours.
   */
  private void releaseOwnLocks(DetachedJob job) throws IOException {
    if (machine.programsIn(workTree.toRealPath()).contains("git")) {
      return;
    }
    for (String name : LOCKS) {
      Path lock = workTree.resolve(git.read("rev-parse", "--git-path", name));
      if (Files.exists(lock)
          && !Files.getLastModifiedTime(lock).toInstant().isBefore(job.startedAt())) {
        Files.delete(lock);
      }
    }
  }

  /** The tree was clean when planned: what differs now, within the same files, is our own half. */
  private boolean onlyHalfDone() throws IOException {
    Set<String> moved =
        new HashSet<>(
            git.fields("diff", "--name-only", "-z", service.from().id(), service.target().id()));
    return moved.containsAll(WorkTree.changedFiles(git));
  }

  private void stashOnce() throws IOException {
    if (stash().isEmpty() || stashed().isPresent()) {
      return;
    }
    unstageRemovals();
    // --all, since a file in the way may be an ignored one; the list in a file, since names may be
    // many, and in characters that this machine's locale does not know
    run(
        plan.job("stash"),
        List.of(
            "git",
            "stash",
            "push",
            "--all",
            "-m",
            stashName(),
            "--pathspec-from-file=" + plan.keepNames("stashed-files", stash()),
            "--pathspec-file-nul"),
        "StashFailed");
  }

  /** Git stashes a removed file only while the index still knows it. */
  private void unstageRemovals() throws IOException {
    List<String> removed = WorkTree.removedFiles(git).stream().filter(stash()::contains).toList();
    if (!removed.isEmpty()) {
      run(
          plan.job("unstage"),
          List.of(
              "git",
              "reset",
              "--quiet",
              "--pathspec-from-file=" + plan.keepNames("unstaged-files", removed),
              "--pathspec-file-nul"),
          "StashFailed");
    }
  }

  /** Only Section A may put changes away. */
  private List<String> stash() {
    return service.local() == null ? List.of() : service.local().stash();
  }

  private String stashName() {
    return "rollbook " + service.planId();
  }

  private void updateSubmodules() throws IOException {
    if (Files.exists(workTree.resolve(".gitmodules"))) {
      run(
          plan.job("submodules"),
          List.of("git", "submodule", "update", "--init", "--recursive"),
          "CheckoutFailed");
    }
  }

  private void run(DetachedJob job, List<String> command, String failure) throws IOException {
    Command git = new Command(command, workTree, WITHIN);
    if (job.state() == DetachedJob.State.LOST) {
      job.putAside();
    }
    job.startOnce(git, UNATTENDED);
    awaitEnd(job);
    if (job.exitCode().orElse(-1) != 0) {
      String said = Evidence.lastLines(job.output(), LINES);
      job.putAside();
      String message =
          "%s: %s failed: %s; the work tree is at %s"
              .formatted(service.service(), git.describe(), said.strip(), this.git.head());
      if (said.contains(".lock': File exists")) {
        // another git is at work, or one crashed: it may go away, and we never delete it
        throw new IOException(message);
      }
      throw Failures.hopeless(failure, message);
    }
  }

  private void awaitEnd(DetachedJob job) throws IOException {
    if (!new JobWatch(job, "git", Redaction.NONE, heartbeat).ends(WITHIN)) {
      new Ending(machine, heartbeat).kill(job::processes);
      throw Failures.hopeless(
          "CheckoutFailed",
          "%s: git did not end within %d min: %s"
              .formatted(service.service(), WITHIN.toMinutes(), output()));
    }
  }
}

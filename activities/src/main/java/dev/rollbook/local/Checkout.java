package dev.rollbook.local;

import dev.rollbook.Failures;
import dev.rollbook.Heartbeat;
import dev.rollbook.PinnedService;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Moves a work tree to the pinned commit, once, as a job that survives a crash of the worker. */
public final class Checkout {

  static final String FAILURE = "CheckoutFailed";
  private static final String FOUND_CLEAN = "found-clean";

  private final PinnedService service;
  private final Path workTree;
  private final Git git;
  private final PlanFolder plan;
  private final GitJobs jobs;
  private final HalfCheckout half;
  private final Submodules submodules;

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
    this.jobs = new GitJobs(service, workTree, git, plan, machine, heartbeat);
    this.half = new HalfCheckout(git, service.from().id(), service.target().id());
    this.submodules = new Submodules(git, heartbeat);
  }

  /**
   * @return false when the work tree was at the target before this plan did anything
   */
  public boolean toTarget() throws IOException {
    plan.refuseIfFenced();
    DetachedJob job = jobs.named(GitJobs.CHECKOUT);
    jobs.awaitEnd(job);
    boolean ours = job.state() != DetachedJob.State.NOT_STARTED;
    String head = git.head();
    boolean isThere = head.equals(service.target().id());
    if (!isThere) {
      refuseNewerDeploy(head);
      makeClean(job);
      runAgainIfCutOff(job);
    } else if (!job.wasEverStarted() && plan.kept(FOUND_CLEAN).isEmpty()) {
      makeClean(job);
      plan.keep(FOUND_CLEAN, head); // from here on a build may have changed something
    }
    updateSubmodules();
    return ours || !isThere || stashed().isPresent();
  }

  /** After an abort: nothing of the checkout goes on. */
  public void giveUp() {
    jobs.kill();
  }

  /** How to get the stashed changes back; empty when nothing was stashed. */
  Optional<String> stashed() throws IOException {
    return new StashedChanges(service, git).how();
  }

  /** What git said; empty when it was not needed. */
  public String output() throws IOException {
    return GitJobs.output(jobs.named(GitJobs.CHECKOUT));
  }

  private void refuseNewerDeploy(String head) {
    if (!head.equals(service.from().id())) {
      throw Failures.hopeless(
          "NewerDeploy",
          "%s: the work tree is at %s by now, neither at %s, where it was when the run was planned, nor at the target: somebody deployed meanwhile. Nothing was changed; look who, then plan again."
              .formatted(service.service(), head, service.from().describe()));
    }
  }

  private void makeClean(DetachedJob job) throws IOException {
    refuseChanges(job);
    new Stashing(service, git, jobs, plan).once();
  }

  /**
   * The tree was clean when planned, but for what is to be stashed. Git would carry along what
   * somebody has edited since, wherever both commits have the same, and it would be built in.
   */
  private void refuseChanges(DetachedJob job) throws IOException {
    List<String> changes = changes(job);
    if (!changes.isEmpty()) {
      throw failed(
          "%d file(s) in %s are not committed, and would be lost or built in: %s. Commit or stash them"
              .formatted(changes.size(), workTree, WorkTree.listed(changes)));
    }
  }

  private List<String> changes(DetachedJob job) throws IOException {
    try {
      List<String> changes =
          new ArrayList<>(
              job.wasEverStarted()
                  ? half.othersFiles(job.state() == DetachedJob.State.LOST)
                  : new WorkTree(git, workTree).inTheWay(service.target().id()));
      List<String> toStash = service.local() == null ? List.of() : service.local().stash();
      if (!toStash.isEmpty() && stashed().isEmpty()) {
        changes.removeAll(toStash);
      }
      return changes;
    } catch (Git.GitFailed e) {
      throw failed("git cannot tell what is not committed: " + e.getMessage());
    }
  }

  private RuntimeException failed(String why) throws IOException {
    return Failures.hopeless(
        FAILURE,
        "%s: %s; the work tree is at %s%s"
            .formatted(
                service.service(), why, git.head(), new StashedChanges(service, git).asAddition()));
  }

  private void runAgainIfCutOff(DetachedJob job) throws IOException {
    List<String> command =
        new ArrayList<>(List.of("git", "-c", "advice.detachedHead=false", "checkout"));
    if (job.state() == DetachedJob.State.LOST) {
      jobs.kill();
      if (half.othersFiles(true).isEmpty()) {
        command.add("--force");
      }
    }
    command.add(service.target().id());
    jobs.run(job, command, FAILURE);
  }

  private void updateSubmodules() throws IOException {
    if (Files.exists(workTree.resolve(".gitmodules"))) {
      DetachedJob job = jobs.named(GitJobs.SUBMODULES);
      List<String> command =
          new ArrayList<>(List.of("git", "submodule", "update", "--init", "--recursive"));
      if (job.state() == DetachedJob.State.LOST) {
        jobs.kill();
        if (submodules.haveOnlyOurHalf()) {
          command.add("--force");
        }
      }
      jobs.run(job, command, FAILURE);
    }
  }
}

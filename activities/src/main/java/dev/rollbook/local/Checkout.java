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
    if (!head.equals(service.target().id())) {
      refuseNewerDeploy(head);
      new Stashing(service, git, jobs, plan).once();
      runAgainIfCutOff(job);
      ours = true;
    }
    updateSubmodules();
    return ours;
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

package dev.rollbook.local;

import dev.rollbook.Failures;
import dev.rollbook.Heartbeat;
import dev.rollbook.PinnedService;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Takes a checkout back that was cut off or has failed: the work tree is again where it was when
 * planned. Run twice is once; what somebody else has done meanwhile is left as it is.
 */
final class CheckoutBack {

  /** The hook may be what the checkout failed by; HEAD is moved before it runs. */
  private static final Duration WITHIN = Duration.ofMinutes(2);

  private static final String FAILURE = "PutBackFailed";
  private static final String BRANCHES = "refs/heads/";

  private final PinnedService service;
  private final Path workTree;
  private final Git git;
  private final PlanFolder plan;
  private final GitJobs jobs;
  private final HalfCheckout half;
  private final Submodules submodules;

  CheckoutBack(
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
   * What was done.
   *
   * @param moved false when there was nothing to put back
   */
  record Back(boolean moved, String words) {}

  Back toWhereItWas() throws IOException {
    plan.fence(); // a late attempt of the checkout must not begin after this
    DetachedJob checkout = jobs.named(GitJobs.CHECKOUT);
    jobs.kill();
    boolean killed = checkout.state() == DetachedJob.State.LOST;
    jobs.releaseOwnLocks();
    jobs.putEarlierBackAside();
    String head = git.head();
    if (!checkout.wasEverStarted() || head.equals(service.from().id()) && !undoHalf(killed)) {
      return told(false, "the work tree was not moved");
    }
    if (head.equals(service.target().id())) {
      leaveTarget();
    } else if (!head.equals(service.from().id())) {
      return told(false, "the work tree is at " + head + " by now, and is left so");
    }
    return told(true, "HEAD is back at " + where());
  }

  /**
   * The index says first that all of the target's files are git's, so that those which only the
   * target has are taken away too.
   *
   * @return false when no half is ours: git had refused
   */
  private boolean undoHalf(boolean killed) throws IOException {
    List<String> others = half.othersFiles(killed);
    if (!killed && others.size() == WorkTree.changedFiles(git).size()) {
      return false;
    }
    if (!others.isEmpty()) {
      throw failed("changed meanwhile, and not by us: " + String.join(", ", others));
    }
    jobs.run(
        jobs.back("index"), List.of("git", "read-tree", "--reset", service.target().id()), FAILURE);
    checkOut(List.of("--force"));
    return true;
  }

  private void leaveTarget() throws IOException {
    boolean cutOff = jobs.named(GitJobs.SUBMODULES).state() == DetachedJob.State.LOST;
    boolean ours = cutOff && submodules.haveOnlyOurHalf();
    if (ours) {
      jobs.run(jobs.back("index"), Submodules.INDEX_AS_WANTED, FAILURE);
    }
    checkOut(
        branch().map(name -> List.of(name, "--")).orElse(List.of("--detach", service.from().id())));
    if (Files.exists(workTree.resolve(".gitmodules"))) {
      List<String> command = new ArrayList<>(List.of("git", "submodule", "update", "--recursive"));
      if (ours) {
        command.add("--force");
      }
      jobs.run(jobs.back(GitJobs.SUBMODULES), command, FAILURE);
    }
  }

  private void checkOut(List<String> what) throws IOException {
    DetachedJob job = jobs.back(GitJobs.CHECKOUT);
    List<String> command =
        new ArrayList<>(List.of("git", "-c", "advice.detachedHead=false", "checkout"));
    command.addAll(what);
    jobs.tryToRun(job, command, WITHIN);
    if (!git.head().equals(service.from().id())) {
      String said = GitJobs.output(job).strip();
      if (said.contains(GitJobs.LOCKED)) {
        throw new IOException(said);
      }
      throw failed(said);
    }
  }

  /** The branch that the checkout has left; empty when HEAD was detached, or the branch went on. */
  private Optional<String> branch() throws IOException {
    Optional<String> left =
        git.tryRead("rev-parse", "--symbolic-full-name", "@{-1}")
            .filter(ref -> ref.startsWith(BRANCHES));
    return left.isPresent()
            && git.commit(left.get()).filter(service.from().id()::equals).isPresent()
        ? left.map(ref -> ref.substring(BRANCHES.length()))
        : Optional.empty();
  }

  private String where() throws IOException {
    String on = git.tryRead("symbolic-ref", "--quiet", "--short", "HEAD").orElse("");
    List<String> changed = WorkTree.changedFiles(git);
    return (on.isEmpty() ? "" : on + ", ")
        + git.read("log", "-1", "--format=%h %s")
        + (changed.isEmpty() ? "" : "; changed there: " + String.join(", ", changed));
  }

  private Back told(boolean moved, String words) throws IOException {
    return new Back(moved, words + stashed());
  }

  private RuntimeException failed(String why) throws IOException {
    return Failures.hopeless(
        FAILURE,
        "%s: the work tree could not be put back to %s: %s; it is at %s%s"
            .formatted(service.service(), service.from().describe(), why, git.head(), stashed()));
  }

  private String stashed() throws IOException {
    return new StashedChanges(service, git).asAddition();
  }
}

package dev.rollbook.local;

import dev.rollbook.PinnedService;
import java.io.IOException;
import java.util.List;

/** Puts exactly the changes away that were pinned, once. */
final class Stashing {

  private static final String FAILURE = "StashFailed";

  private final PinnedService service;
  private final Git git;
  private final GitJobs jobs;
  private final PlanFolder plan;
  private final StashedChanges changes;

  Stashing(PinnedService service, Git git, GitJobs jobs, PlanFolder plan) {
    this.service = service;
    this.git = git;
    this.jobs = jobs;
    this.plan = plan;
    this.changes = new StashedChanges(service, git);
  }

  void once() throws IOException {
    if (files().isEmpty() || changes.how().isPresent()) {
      return;
    }
    unstageRemovals();
    // --all, since a file in the way may be an ignored one; the list in a file, since names may be
    // many, and in characters that this machine's locale does not know
    jobs.run(
        jobs.named("stash"),
        List.of(
            "git",
            "stash",
            "push",
            "--all",
            "-m",
            changes.name(),
            "--pathspec-from-file=" + plan.keepNames("stashed-files", files()),
            "--pathspec-file-nul"),
        FAILURE);
  }

  /** Git stashes a removed file only while the index still knows it. */
  private void unstageRemovals() throws IOException {
    List<String> removed = WorkTree.removedFiles(git).stream().filter(files()::contains).toList();
    if (!removed.isEmpty()) {
      jobs.run(
          jobs.named("unstage"),
          List.of(
              "git",
              "reset",
              "--quiet",
              "--pathspec-from-file=" + plan.keepNames("unstaged-files", removed),
              "--pathspec-file-nul"),
          FAILURE);
    }
  }

  /** Only Section A may put changes away. */
  private List<String> files() {
    return service.local() == null ? List.of() : service.local().stash();
  }
}

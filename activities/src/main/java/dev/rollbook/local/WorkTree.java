package dev.rollbook.local;

import dev.rollbook.Finding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Is the work tree in a state that a checkout may leave behind? */
final class WorkTree {

  private static final List<String> OPERATIONS =
      List.of(
          "MERGE_HEAD",
          "CHERRY_PICK_HEAD",
          "REVERT_HEAD",
          "BISECT_LOG",
          "rebase-merge",
          "rebase-apply");
  private static final String LOCK = "index.lock";
  private static final int LISTED = 20;

  private final Git git;
  private final Path folder;

  WorkTree(Git git, Path folder) {
    this.git = git;
    this.folder = folder;
  }

  /** Files that differ from HEAD or the index, without untracked ones. */
  static List<String> changedFiles(Git git) throws IOException {
    List<String> files = new ArrayList<>();
    List<String> fields =
        git.fields("status", "--porcelain=v1", "-z", "--untracked-files=no", "--no-renames");
    fields.forEach(field -> files.add(field.substring(3)));
    return files;
  }

  /** Files that are gone from the index, whether or not they lie in the folder still. */
  static List<String> removedFiles(Git git) throws IOException {
    return git.fields("diff", "--cached", "--name-only", "-z", "--no-renames", "--diff-filter=D");
  }

  /**
   * Files that a checkout of the target would lose or refuse over: changed ones, and those outside
   * version control, ignored ones too, that lie where the target has something.
   */
  List<String> inTheWay(String target) throws IOException {
    Set<String> files = new LinkedHashSet<>(changedFiles(git));
    Set<String> added =
        new HashSet<>(
            git.fields(
                "diff", "--name-only", "-z", "--no-renames", "--diff-filter=A", "HEAD", target));
    if (!added.isEmpty()) {
      Set<String> folders = new HashSet<>();
      added.forEach(file -> folders.addAll(foldersOf(file)));
      git.fields("ls-files", "--others", "-z").stream()
          .filter(
              file ->
                  added.contains(file)
                      || folders.contains(file)
                      || foldersOf(file).stream().anyMatch(added::contains))
          .forEach(files::add);
    }
    return List.copyOf(files);
  }

  private static List<String> foldersOf(String file) {
    List<String> folders = new ArrayList<>();
    for (int at = file.lastIndexOf('/'); at > 0; at = file.lastIndexOf('/', at - 1)) {
      folders.add(file.substring(0, at));
    }
    return folders;
  }

  List<Finding> findings(String head, String target, boolean stash) throws IOException {
    List<Finding> findings = new ArrayList<>();
    List<String> inTheWay = inTheWay(target);
    findings.add(changes(inTheWay, stash));
    others(inTheWay).ifPresent(findings::add);
    List<Path> paths = gitPaths(OPERATIONS, LOCK);
    for (Path operation : paths.subList(0, OPERATIONS.size())) {
      if (Files.exists(operation)) {
        findings.add(
            Finding.blocker(
                "work tree",
                "a git operation is unfinished ("
                    + operation.getFileName()
                    + "); finish or abort it: 'git status' says how"));
      }
    }
    Path lock = paths.get(OPERATIONS.size());
    if (Files.exists(lock)) {
      findings.add(
          Finding.blocker(
              "work tree",
              lock
                  + " exists: another git is at work here, or one crashed; when no git runs, remove it"));
    }
    findings.addAll(shape(head, target));
    return findings;
  }

  private static Finding changes(List<String> files, boolean stash) {
    if (files.isEmpty()) {
      return Finding.ok("work tree", "no uncommitted changes in the way");
    }
    return stash
        ? Finding.warning(
            "work tree", files.size() + " changed file(s) will be stashed: " + listed(files))
        : Finding.blocker(
            "work tree",
            files.size()
                + " file(s) have uncommitted changes: "
                + listed(files)
                + ". Commit them, or run again with --stash (they are put away with 'git stash', and the run says how to put them back)");
  }

  private Optional<Finding> others(List<String> inTheWay) throws IOException {
    List<String> rest = new ArrayList<>(untracked());
    rest.removeAll(inTheWay);
    return rest.isEmpty()
        ? Optional.empty()
        : Optional.of(
            Finding.warning(
                "work tree",
                rest.size()
                    + " untracked file(s) stay where they are, and the build may see them: "
                    + listed(rest)));
  }

  /** Detached HEAD, linked worktree, submodules, LFS: each changes what a checkout means. */
  private List<Finding> shape(String head, String target) throws IOException {
    List<Finding> findings = new ArrayList<>();
    git.tryRead("symbolic-ref", "--quiet", "--short", "HEAD")
        .ifPresentOrElse(
            branch ->
                findings.add(
                    Finding.ok(
                        "head",
                        "on branch "
                            + branch
                            + "; the rollback detaches HEAD and leaves the branch as it is ('git switch "
                            + branch
                            + "' goes back to it)")),
            () -> findings.add(Finding.warning("head", "HEAD is detached at " + shortened(head))));
    List<String> folders =
        git.lines(
            "rev-parse",
            "--absolute-git-dir",
            "--git-common-dir",
            "--show-superproject-working-tree"); // which says nothing when there is none
    Path own = Path.of(folders.get(0)).toRealPath();
    Path common = folder.resolve(folders.get(1)).toRealPath();
    if (!own.equals(common)) {
      findings.add(
          Finding.warning(
              "work tree", "a linked worktree of " + common + "; only this one is moved"));
    }
    if (folders.size() > 2) {
      findings.add(
          Finding.warning(
              "work tree",
              "a submodule of "
                  + folders.get(2)
                  + ", which will show it as modified after the rollback"));
    }
    List<String> special =
        git.fields("ls-tree", "--name-only", "-z", target, "--", ".gitmodules", ".gitattributes");
    if (special.contains(".gitmodules")) {
      findings.add(
          Finding.warning(
              "submodules",
              "the target has submodules: they are moved with 'git submodule update --init --recursive'"));
    }
    if (special.contains(".gitattributes")
        && usesLfs(target)
        && git.tryRead("lfs", "version").isEmpty()) {
      findings.add(
          Finding.blocker(
              "git lfs",
              "the target has files in Git LFS, and git-lfs is not installed: they would be checked out as pointers"));
    }
    return findings;
  }

  private boolean usesLfs(String target) throws IOException {
    return git.tryRead("show", target + ":.gitattributes")
        .filter(attributes -> attributes.contains("filter=lfs"))
        .isPresent();
  }

  private List<String> untracked() throws IOException {
    return git.fields("ls-files", "--others", "--exclude-standard", "-z");
  }

  private List<Path> gitPaths(List<String> names, String last) throws IOException {
    List<String> question = new ArrayList<>(List.of("rev-parse"));
    names.forEach(name -> question.addAll(List.of("--git-path", name)));
    question.addAll(List.of("--git-path", last));
    return git.lines(question.toArray(String[]::new)).stream().map(folder::resolve).toList();
  }

  static String listed(List<String> files) {
    String first = String.join(", ", files.subList(0, Math.min(LISTED, files.size())));
    return files.size() <= LISTED ? first : first + " and " + (files.size() - LISTED) + " more";
  }

  private static String shortened(String sha) {
    return sha.substring(0, 7);
  }
}

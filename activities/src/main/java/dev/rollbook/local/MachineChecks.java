package dev.rollbook.local;

import dev.rollbook.Finding;
import dev.rollbook.ProcessId;
import dev.rollbook.Secret;
import dev.rollbook.Version;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The preconditions around the work tree: repository, disk, secrets, others at work, schema. */
public final class MachineChecks {

  private static final long MEGABYTE = 1_000_000;

  /** In a line that is no comment. */
  private static final Pattern FILTER = Pattern.compile("(?m)^(?!#)\\S.*?\\sfilter=([\\w.-]+)");

  private MachineChecks() {}

  /** Empty when it is a git work tree, named by its top folder, with at least one commit. */
  public static Optional<Finding> repository(Path folder, Git git) throws IOException {
    if (!Files.isDirectory(folder)) {
      return Optional.of(
          Finding.blocker(
              "repository",
              folder + " does not exist on the worker's machine; correct 'repository'"));
    }
    String top;
    try {
      top = git.read("rev-parse", "--show-toplevel");
    } catch (Git.GitFailed e) {
      return Optional.of(
          Finding.blocker("repository", folder + " is no usable git work tree: " + e.getMessage()));
    } catch (IOException e) {
      if (e.getMessage() != null && e.getMessage().contains("error=2")) {
        return Optional.of(
            Finding.blocker("repository", "git is not installed on the worker's machine"));
      }
      throw e;
    }
    if (!folder.toRealPath().equals(Path.of(top).toRealPath())) {
      return Optional.of(
          Finding.blocker(
              "repository",
              folder + " lies inside the work tree " + top + "; set 'repository' to that folder"));
    }
    return git.commit("HEAD").isPresent()
        ? Optional.empty()
        : Optional.of(Finding.blocker("repository", folder + " has no commit yet"));
  }

  static Finding disk(Path folder, long wanted) throws IOException {
    long free = Files.getFileStore(existing(folder)).getUsableSpace();
    String numbers =
        free / MEGABYTE + " MB free at " + folder + ", " + wanted / MEGABYTE + " MB wanted";
    return free >= wanted
        ? Finding.ok("disk", numbers)
        : Finding.blocker("disk", numbers + "; make room, or lower 'freeDisk'");
  }

  private static Path existing(Path path) {
    Path at = path;
    while (at != null && !Files.exists(at)) {
      at = at.getParent();
    }
    return at == null ? Path.of("/") : at;
  }

  /** A build and a service must outlive Rollbook, and a Ctrl-C at its terminal. */
  static List<Finding> detaching(Map<String, String> environment) {
    return Stream.of("setsid", "bash")
            .anyMatch(program -> CommandCheck.isOnPath(program, environment))
        ? List.of()
        : List.of(
            Finding.blocker(
                "processes",
                "neither 'setsid' nor 'bash' is on the PATH of the worker, and nothing else starts"
                    + " a process that outlives it; install one (util-linux has setsid)"));
  }

  /**
   * Git checks a file out as it is stored, silently, when it does not know the filter that the file
   * wants: with Git LFS, a pointer in the file's place.
   *
   * @param target full SHA
   */
  static List<Finding> filters(Git git, String target) throws IOException {
    List<Finding> findings = new ArrayList<>();
    for (String filter : filtersOf(git, target)) {
      if (!isSet(git, "filter." + filter + ".smudge")
          && !isSet(git, "filter." + filter + ".process")) {
        findings.add(
            Finding.warning(
                "filter",
                "the target's .gitattributes want the filter '%s', which git does not know on the worker's machine: such files will be as they are stored, not as they are meant%s"
                    .formatted(
                        filter,
                        filter.equals("lfs")
                            ? "; install Git LFS and run 'git lfs install'"
                            : "; set filter.%s.smudge".formatted(filter))));
      }
    }
    return findings;
  }

  /** With an empty one git does nothing. */
  private static boolean isSet(Git git, String key) throws IOException {
    return !git.tryRead("config", "--get", key).orElse("").isEmpty();
  }

  private static Set<String> filtersOf(Git git, String target) throws IOException {
    Set<String> filters = new TreeSet<>();
    String attributes =
        git.tryRead(
                "grep", "-h", "-E", "[[:space:]]filter=", target, "--", ":(glob)**/.gitattributes")
            .orElse("");
    Matcher named = FILTER.matcher(attributes);
    while (named.find()) {
      filters.add(named.group(1));
    }
    return filters;
  }

  static List<Finding> secrets(LocalEnvironment local) {
    List<Finding> findings = new ArrayList<>();
    for (Map.Entry<String, Secret> variable : local.variables().entrySet()) {
      try {
        variable.getValue().reveal();
      } catch (RuntimeException e) {
        findings.add(Finding.blocker("variables", variable.getKey() + ": " + e.getMessage()));
      }
    }
    return findings;
  }

  /** Somebody else builds here now: both would write the same files. */
  static List<Finding> otherDeployments(
      LocalEnvironment local, Optional<ProcessId> listener, MachineProcesses machine)
      throws IOException {
    List<String> arguments = local.build().argv().subList(1, local.build().argv().size());
    List<String> wanted = arguments.isEmpty() ? List.of(local.build().program()) : arguments;
    List<ProcessId> others =
        machine.runningIn(local.repository().toRealPath(), wanted).stream()
            .filter(process -> listener.filter(process::isSameAs).isEmpty())
            .toList();
    return others.isEmpty()
        ? List.of(Finding.ok("deployment", "no other build runs in the work tree"))
        : List.of(
            Finding.blocker(
                "deployment",
                "a build runs in the work tree already: "
                    + others
                    + "; wait for it, or end it, then plan again"));
  }

  static List<Finding> running(Version head, Optional<ProcessId> listener, MachineProcesses machine)
      throws IOException {
    if (listener.isEmpty()) {
      return List.of();
    }
    Optional<Version> started = PlanFolder.versionOf(listener.get().pid(), machine);
    return started.isEmpty() || started.get().isSameAs(head)
        ? List.of()
        : List.of(
            Finding.warning(
                "running version",
                "the running service was started from "
                    + started.get().describe()
                    + ", though the work tree is at "
                    + head.describe()));
  }

  /** Code that goes back does not take its schema along. */
  static List<Finding> migrations(Git git, String target, String head) throws IOException {
    List<String> migrations =
        git.fields("diff", "--name-only", "-z", target, head).stream()
            .filter(file -> file.contains("db/migration/") || file.contains("db/changelog"))
            .toList();
    return migrations.isEmpty()
        ? List.of(Finding.ok("database", "no migration changed between the target and HEAD"))
        : List.of(
            Finding.warning(
                "database",
                migrations.size()
                    + " migration(s) changed since the target, first "
                    + migrations.get(0)
                    + ": the schema stays as it is; see that the old version can live with it"));
  }
}

package dev.rollbook.local;

import dev.rollbook.Finding;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

/** Can the configured commands be started, in the version that the target brings along? */
public final class CommandCheck {

  private final Git git;
  private final Path repository;

  public CommandCheck(Git git, Path repository) {
    this.git = git;
    this.repository = repository;
  }

  /**
   * @param target full SHA
   */
  public Finding check(String what, Command command, String target) throws IOException {
    if (!hasDirectory(command.directory(), target)) {
      return Finding.blocker(
          what, "its folder " + command.directory() + " does not exist in the target commit");
    }
    String program = command.program();
    if (!program.contains("/")) {
      return isOnPath(program, System.getenv())
          ? Finding.ok(what, command.describe())
          : Finding.blocker(
              what,
              "'"
                  + program
                  + "' is not on the PATH of the worker; install it, or name it with its path");
    }
    Path file = command.directory().resolve(program).normalize();
    if (!file.startsWith(repository)) {
      return isProgram(file)
          ? Finding.ok(what, command.describe())
          : Finding.blocker(what, file + " is missing or not executable");
    }
    return inTarget(what, command, repository.relativize(file).toString(), file, target);
  }

  private boolean hasDirectory(Path directory, String target) throws IOException {
    Path inside = repository.relativize(directory);
    if (!directory.startsWith(repository) || inside.toString().isEmpty()) {
      return Files.isDirectory(directory);
    }
    boolean leavesWithHead = !git.read("ls-tree", "HEAD", "--", inside.toString()).isEmpty();
    return git.read("ls-tree", target, "--", inside.toString()).startsWith("040000")
        || (!leavesWithHead && Files.isDirectory(directory));
  }

  private Finding inTarget(String what, Command command, String path, Path file, String target)
      throws IOException {
    String entry = git.read("ls-tree", target, "--", path);
    if (entry.startsWith("100755") || entry.startsWith("120000")) {
      return Finding.ok(what, command.describe());
    }
    if (entry.startsWith("040000")) {
      return Finding.blocker(what, path + " is a folder in the target commit");
    }
    if (entry.startsWith("100644")) {
      return Finding.blocker(
          what, path + " is not executable in the target commit; call it through its interpreter");
    }
    // not in git: it stays where it is, if it is there
    boolean leavesWithHead = !git.read("ls-tree", "HEAD", "--", path).isEmpty();
    return !leavesWithHead && isProgram(file)
        ? Finding.ok(what, command.describe() + " (not under version control)")
        : Finding.blocker(what, path + " does not exist in the target commit");
  }

  private static boolean isProgram(Path file) {
    return Files.isRegularFile(file) && Files.isExecutable(file);
  }

  static boolean isOnPath(String program, Map<String, String> environment) {
    return Arrays.stream(environment.getOrDefault("PATH", "").split(File.pathSeparator))
        .filter(folder -> !folder.isBlank())
        .anyMatch(folder -> isProgram(Path.of(folder, program)));
  }
}

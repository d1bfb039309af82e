package dev.rollbook.local;

import dev.rollbook.Heartbeat;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The git command line, for reading a work tree: hooks, filters and credentials behave as the
 * operator's own. What changes the work tree goes through {@link DetachedJob} instead.
 */
public final class Git {

  private static final Duration ANSWERS_WITHIN = Duration.ofMinutes(2);
  private static final int MOST_BYTES = 64 * 1024 * 1024;

  /** What a git hook hands on: with it, git would work in the hook's repository. */
  private static final List<String> OF_A_HOOK =
      List.of(
          "GIT_DIR",
          "GIT_WORK_TREE",
          "GIT_INDEX_FILE",
          "GIT_OBJECT_DIRECTORY",
          "GIT_ALTERNATE_OBJECT_DIRECTORIES",
          "GIT_COMMON_DIR",
          "GIT_NAMESPACE",
          "GIT_PREFIX");

  private final Path workTree;
  private final Heartbeat heartbeat;

  public Git(Path workTree, Heartbeat heartbeat) {
    this.workTree = workTree;
    this.heartbeat = heartbeat;
  }

  /** What a git command that failed said. */
  public static final class GitFailed extends IOException {
    private final int exitCode;

    GitFailed(String message, int exitCode) {
      super(message);
      this.exitCode = exitCode;
    }

    public int exitCode() {
      return exitCode;
    }
  }

  /**
   * @return standard output without its last line end
   * @throws GitFailed with git's own words
   */
  public String read(String... arguments) throws IOException {
    Path out = Files.createTempFile("rollbook-git", ".out");
    Path err = Files.createTempFile("rollbook-git", ".err");
    try {
      int exitCode = run(out, err, arguments);
      if (exitCode != 0) {
        throw new GitFailed(
            "'git %s' exited %d: %s"
                .formatted(String.join(" ", arguments), exitCode, Files.readString(err).strip()),
            exitCode);
      }
      if (Files.size(out) > MOST_BYTES) {
        throw new IOException(
            "'git %s' said more than %d MB"
                .formatted(String.join(" ", arguments), MOST_BYTES >> 20));
      }
      return new String(Files.readAllBytes(out), StandardCharsets.UTF_8).stripTrailing();
    } finally {
      Files.deleteIfExists(out);
      Files.deleteIfExists(err);
    }
  }

  public List<String> lines(String... arguments) throws IOException {
    return read(arguments).lines().toList();
  }

  /** For commands with {@code -z}: any character may stand in a file's name. */
  List<String> fields(String... arguments) throws IOException {
    return Arrays.stream(read(arguments).split("\0")).filter(field -> !field.isEmpty()).toList();
  }

  /** Empty when git says no. */
  public Optional<String> tryRead(String... arguments) throws IOException {
    try {
      return Optional.of(read(arguments));
    } catch (GitFailed e) {
      return Optional.empty();
    }
  }

  /** The full SHA of the commit that a ref means now; also safe for a ref that begins with "-". */
  public Optional<String> commit(String ref) throws IOException {
    // "^v1" is a commit to leave out, and is answered with a ^ before it
    return tryRead("rev-parse", "--verify", "--quiet", "--end-of-options", ref + "^{commit}")
        .filter(sha -> !sha.startsWith("^"));
  }

  public String head() throws IOException {
    return read("rev-parse", "--verify", "HEAD^{commit}");
  }

  /** The tag on the commit, else the short SHA with its subject. */
  public String label(String sha) throws IOException {
    List<String> tags = lines("tag", "--points-at", sha, "--sort=-creatordate");
    if (!tags.isEmpty()) {
      return tags.get(0);
    }
    String subject = read("log", "-1", "--format=%h %s", sha, "--");
    return subject.length() <= 60 ? subject : subject.substring(0, 59) + "…";
  }

  /** Rollbook may itself be run by a git hook, of whatever repository. */
  static void forgetHook(Map<String, String> environment) {
    OF_A_HOOK.forEach(environment::remove);
  }

  private int run(Path out, Path err, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("git", "--no-pager", "-c", "color.ui=false"));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).directory(workTree.toFile());
    forgetHook(builder.environment());
    builder.environment().put("GIT_TERMINAL_PROMPT", "0");
    builder.environment().put("GIT_OPTIONAL_LOCKS", "0");
    builder.environment().put("LC_ALL", "C");
    Process git = builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
    try {
      git.getOutputStream().close();
      return await(git, arguments);
    } finally {
      if (git.isAlive()) {
        git.descendants().forEach(ProcessHandle::destroyForcibly);
        git.destroyForcibly();
      }
    }
  }

  private int await(Process git, String... arguments) throws IOException {
    long until = System.nanoTime() + ANSWERS_WITHIN.toNanos();
    try {
      while (!git.waitFor(500, TimeUnit.MILLISECONDS)) {
        heartbeat.beat("git " + arguments[0]);
        if (System.nanoTime() > until) {
          throw new IOException(
              "'git %s' in %s did not answer within %d s"
                  .formatted(String.join(" ", arguments), workTree, ANSWERS_WITHIN.toSeconds()));
        }
      }
      return git.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while git ran", e);
    }
  }
}

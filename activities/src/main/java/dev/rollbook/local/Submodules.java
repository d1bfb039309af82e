package dev.rollbook.local;

import dev.rollbook.Heartbeat;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The submodules of a work tree that are checked out, with those within them. */
final class Submodules {

  /**
   * Their indexes say that all files of where they were to go are git's; files stay as they are.
   */
  static final List<String> INDEX_AS_WANTED =
      List.of("git", "submodule", "foreach", "--recursive", "git read-tree --reset \"$sha1\" || :");

  private static final String COMMIT_AND_FOLDER = "echo \"$sha1 $PWD\"";

  private final Git git;
  private final Heartbeat heartbeat;

  Submodules(Git git, Heartbeat heartbeat) {
    this.git = git;
    this.heartbeat = heartbeat;
  }

  /**
   * @param commit where the work tree around it wants it
   */
  private record Submodule(Git git, String commit) {

    List<String> othersFiles() throws IOException {
      boolean isThere = git.commit(commit).isPresent();
      return isThere
          ? new HalfCheckout(git, "HEAD", commit).othersFiles(true)
          : WorkTree.changedFiles(git);
    }
  }

  List<Git> each() throws IOException {
    return all().stream().map(Submodule::git).toList();
  }

  /** True unless somebody has changed files that an update which was cut off does not move. */
  boolean haveOnlyOurHalf() throws IOException {
    for (Submodule submodule : all()) {
      if (!submodule.othersFiles().isEmpty()) {
        return false;
      }
    }
    return true;
  }

  private List<Submodule> all() throws IOException {
    List<Submodule> all = new ArrayList<>();
    String said =
        git.tryRead("submodule", "--quiet", "foreach", "--recursive", COMMIT_AND_FOLDER).orElse("");
    for (String line : said.lines().toList()) {
      int space = line.indexOf(' ');
      Path folder = Path.of(line.substring(space + 1));
      all.add(new Submodule(new Git(folder, heartbeat), line.substring(0, space)));
    }
    return all;
  }
}

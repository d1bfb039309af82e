package dev.rollbook.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.Finding;
import dev.rollbook.Finding.Level;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class WorkTreeTest {

  @TempDir Path folder;
  private Shop shop;

  @BeforeEach
  void open() throws IOException {
    shop = new Shop(folder).threeReleases();
  }

  @AfterEach
  void close() {
    shop.close();
  }

  @Test
  void a_clean_tree_on_a_branch_has_nothing_in_the_way() throws IOException {
    assertThat(found()).allMatch(finding -> finding.level() == Level.OK);
    assertThat(messages(Level.OK))
        .anyMatch(message -> message.contains("on branch main; the rollback detaches HEAD"));
  }

  @Test
  void changed_files_block_and_are_listed() throws IOException {
    shop.write("release.txt", "mine\n");
    shop.git("rm", "--quiet", "build.sh");
    assertThat(messages(Level.BLOCKER))
        .singleElement()
        .asString()
        .startsWith("2 file(s) have uncommitted changes: ")
        .contains("release.txt", "build.sh", "--stash");
  }

  @Test
  void many_changed_files_are_counted_and_the_first_twenty_listed() throws IOException {
    for (int i = 0; i < 30; i++) {
      shop.write("staged-" + i, "x");
    }
    shop.git("add", "--all");
    assertThat(messages(Level.BLOCKER))
        .singleElement()
        .asString()
        .contains("30 file(s)", "and 10 more");
  }

  @Test
  void with_stash_changed_files_are_a_warning() throws IOException {
    shop.write("release.txt", "mine\n");
    assertThat(found(shop.repository, true))
        .contains(Finding.warning("work tree", "1 changed file(s) will be stashed: release.txt"))
        .noneMatch(Finding::blocks);
  }

  @Test
  void files_outside_version_control_block_only_where_the_target_has_them() throws IOException {
    shop.write("only-in-v2/deep", "the target's");
    shop.commit("more");
    shop.git("tag", "--force", "v2");
    shop.git("rm", "--quiet", "-r", "only-in-v2");
    shop.write(".gitignore", "built\nonly-in-v2\n");
    shop.commit("less");
    shop.write("notes", "mine");
    assertThat(messages(Level.BLOCKER)).isEmpty();
    assertThat(messages(Level.WARNING))
        .singleElement()
        .asString()
        .startsWith("1 untracked file(s) stay where they are")
        .endsWith("notes");

    // an ignored file would be overwritten by git without a word
    shop.write("only-in-v2/deep", "mine");
    assertThat(messages(Level.BLOCKER)).singleElement().asString().contains("only-in-v2/deep");

    // and a file where the target has a folder
    Files.delete(shop.repository.resolve("only-in-v2/deep"));
    Files.delete(shop.repository.resolve("only-in-v2"));
    shop.write("only-in-v2", "mine");
    assertThat(messages(Level.BLOCKER)).singleElement().asString().contains("only-in-v2");
  }

  @Test
  void names_with_line_ends_quotes_and_unicode_are_listed_as_they_are() throws IOException {
    shop.write("새 \"파일\"\n-x", "1");
    shop.git("add", "--all");
    assertThat(new WorkTree(shop.git(), shop.repository).inTheWay(shop.sha("v2")))
        .containsExactly("새 \"파일\"\n-x");
  }

  @Test
  void an_unfinished_merge_blocks() throws IOException {
    conflict("merge");
    assertThat(messages(Level.BLOCKER)).anyMatch(m -> m.contains("unfinished (MERGE_HEAD)"));
  }

  @Test
  void an_unfinished_rebase_blocks() throws IOException {
    conflict("rebase");
    assertThat(messages(Level.BLOCKER)).anyMatch(m -> m.contains("unfinished (rebase-merge)"));
  }

  @Test
  void an_unfinished_cherry_pick_blocks() throws IOException {
    conflict("cherry-pick");
    assertThat(messages(Level.BLOCKER)).anyMatch(m -> m.contains("unfinished (CHERRY_PICK_HEAD)"));
  }

  @Test
  void a_bisect_under_way_blocks() throws IOException {
    shop.git("bisect", "start");
    assertThat(messages(Level.BLOCKER)).anyMatch(m -> m.contains("unfinished (BISECT_LOG)"));
  }

  @Test
  void another_gits_lock_blocks_and_stays() throws IOException {
    Path lock = shop.write(".git/index.lock", "");
    assertThat(messages(Level.BLOCKER)).singleElement().asString().contains("index.lock exists");
    assertThat(lock).exists();
  }

  @Test
  void a_detached_head_is_named() throws IOException {
    shop.git("checkout", "--quiet", "--detach");
    assertThat(messages(Level.WARNING))
        .containsExactly("HEAD is detached at " + shop.sha("HEAD").substring(0, 7));
  }

  @Test
  void a_linked_worktree_is_named_also_through_a_symbolic_link() throws IOException {
    Path linked = folder.resolve("linked");
    shop.git("worktree", "add", "--quiet", linked.toString(), "-b", "other");
    assertThat(messages(linked, Level.WARNING))
        .singleElement()
        .asString()
        .startsWith("a linked worktree of " + shop.repository.resolve(".git"));

    Path link = Files.createSymbolicLink(folder.resolve("link"), shop.repository);
    assertThat(messages(link, Level.WARNING)).isEmpty();
  }

  @Test
  void a_submodule_and_a_target_with_submodules_are_named() throws IOException {
    Path library = Files.createDirectory(folder.resolve("library"));
    shop.gitIn(folder, "clone", "--quiet", shop.repository.toString(), library.toString());
    shop.git("submodule", "--quiet", "add", library.toString(), "library");
    shop.commit("with a submodule");
    shop.git("tag", "--force", "v2");
    shop.write("release.txt", "v4\n");
    shop.commit("v4");

    assertThat(messages(Level.WARNING))
        .singleElement()
        .asString()
        .startsWith("the target has submodules");
    assertThat(messages(shop.repository.resolve("library"), Level.WARNING))
        .anyMatch(message -> message.startsWith("a submodule of " + shop.repository));
  }

  @Test
  void large_files_without_git_lfs_block() throws IOException {
    shop.write(".gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n");
    shop.commit("large files");
    shop.git("tag", "--force", "v2");
    boolean installed = shop.git().tryRead("lfs", "version").isPresent();
    assertThat(messages(Level.BLOCKER))
        .as("git-lfs is %s here", installed ? "installed" : "missing")
        .hasSize(installed ? 0 : 1)
        .allMatch(message -> message.contains("git-lfs is not installed"));
  }

  private void conflict(String operation) throws IOException {
    shop.git("checkout", "--quiet", "-b", "other", "v2");
    shop.write("release.txt", "other\n");
    shop.commit("other");
    try {
      shop.git(operation, "main");
    } catch (IOException expected) {
      assertThat(expected).hasMessageContaining("CONFLICT");
    }
  }

  private List<Finding> found() throws IOException {
    return found(shop.repository, false);
  }

  private List<Finding> found(Path where, boolean stash) throws IOException {
    Git git = new Git(where, shop.heartbeat);
    String target = git.commit("v2").orElseThrow();
    return new WorkTree(git, where).findings(git.head(), target, stash);
  }

  private List<String> messages(Level level) throws IOException {
    return messages(shop.repository, level);
  }

  private List<String> messages(Path where, Level level) throws IOException {
    return found(where, false).stream()
        .filter(finding -> finding.level() == level)
        .map(Finding::message)
        .toList();
  }
}

package dev.rollbook.local;

import static dev.rollbook.local.Shop.failsAs;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.rollbook.Finding;
import dev.rollbook.PinnedService;
import io.temporal.client.ActivityCanceledException;
import io.temporal.client.ActivityWorkerShutdownException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(90)
class CheckoutTest {

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
  void run_twice_is_once() throws IOException {
    PinnedService pinned = shop.pinned("v3", "v2");
    int moves = shop.git("reflog").lines().toList().size();

    assertThat(shop.checkout(pinned).toTarget()).isTrue();
    assertThat(shop.checkout(pinned).toTarget()).isTrue();
    assertThat(shop.sha("HEAD")).isEqualTo(shop.sha("v2"));
    assertThat(shop.text("release.txt")).isEqualTo("v2\n");
    assertThat(shop.git("reflog").lines()).hasSize(moves + 1);
    assertThat(shop.git("branch", "--format=%(objectname)", "--list", "main"))
        .isEqualTo(shop.sha("v3"));
  }

  @Test
  void at_the_target_already_is_success_and_no_change() throws IOException {
    assertThat(shop.checkout(shop.pinned("v3", "v3")).toTarget()).isFalse();
  }

  @Test
  void a_ref_that_moves_after_planning_changes_nothing() throws IOException {
    PinnedService pinned = shop.pinned("v3", "v2");
    String planned = shop.sha("v2");
    shop.git("tag", "--force", "v2", "v1");
    shop.checkout(pinned).toTarget();
    assertThat(shop.sha("HEAD")).isEqualTo(planned);
  }

  @Test
  void somebody_elses_deploy_is_left_as_it_is() throws IOException {
    PinnedService pinned = shop.pinned("v3", "v2");
    shop.write("release.txt", "v4\n");
    String newer = shop.commit("v4");
    failsAs("NewerDeploy", () -> shop.checkout(pinned).toTarget())
        .hasMessageContaining(newer)
        .hasMessageContaining("Nothing was changed");
    assertThat(shop.sha("HEAD")).isEqualTo(newer);
    assertThat(shop.git("status", "--porcelain")).isEmpty();
  }

  @Test
  void exactly_the_listed_files_are_stashed_and_come_back_byte_for_byte() throws IOException {
    List<String> names =
        List.of("-rf", "two\nlines", "it's \"quoted\"", "새 파일", "* ?[a]", ":(top)", "sub/b.bin");
    for (String name : names) {
      shop.write(name, "committed");
    }
    shop.write("removed", "committed");
    shop.write("left-index", "committed");
    shop.commit("odd names");
    String from = shop.sha("HEAD");
    byte[] bytes = {0, (byte) 0xff, '\r', '\n', '\n', 0};
    for (String name : names) {
      Files.write(shop.repository.resolve(name), bytes);
    }
    shop.git("rm", "--quiet", "removed");
    shop.git("rm", "--quiet", "--cached", "left-index");
    shop.write("notes", "stays");
    WorkTree workTree = new WorkTree(shop.git(), shop.repository);
    List<String> inTheWay = workTree.inTheWay(shop.sha("v2"));
    assertThat(inTheWay)
        .containsAll(names)
        .contains("removed", "left-index")
        .doesNotContain("notes");

    Checkout checkout = shop.checkout(shop.pinned("HEAD", "v2", null, inTheWay));
    assertThat(checkout.toTarget()).isTrue();
    assertThat(shop.sha("HEAD")).isEqualTo(shop.sha("v2"));
    assertThat(shop.git("status", "--porcelain")).isEqualTo("?? notes");
    assertThat(shop.git("stash", "list").lines()).hasSize(1);

    String how = checkout.stashed().orElseThrow();
    assertThat(how)
        .matches("your changes are stashed; put them back with 'git stash apply [0-9a-f]{40}'");
    shop.git("checkout", "--quiet", from);
    shop.git("stash", "apply", "--quiet", how.replaceAll(".*apply ([0-9a-f]+)'", "$1"));
    for (String name : names) {
      assertThat(shop.repository.resolve(name)).as(name).hasBinaryContent(bytes);
    }
    assertThat(shop.repository.resolve("removed")).doesNotExist();
  }

  @Test
  void a_second_attempt_stashes_no_second_time() throws IOException {
    shop.write("release.txt", "mine\n");
    PinnedService pinned = shop.pinned("v3", "v2", null, List.of("release.txt"));
    shop.checkout(pinned).toTarget();
    shop.checkout(pinned).toTarget();
    assertThat(shop.git("stash", "list").lines()).hasSize(1);
    assertThat(shop.checkout(pinned).stashed()).isPresent();
  }

  @Test
  void an_ignored_file_that_the_target_has_is_stashed_too() throws IOException {
    shop.write(".env", "the target's");
    shop.commit("with env");
    shop.git("tag", "--force", "v2");
    shop.git("rm", "--quiet", ".env");
    shop.write(".gitignore", "built\n.env\n");
    shop.commit("without");
    shop.write(".env", "mine");
    shop.write("built", "stays");

    shop.checkout(shop.pinned("HEAD", "v2", null, List.of(".env"))).toTarget();
    assertThat(shop.text(".env")).isEqualTo("the target's");
    assertThat(shop.text("built")).isEqualTo("stays");
    assertThat(shop.git("show", "stash@{0}^3:.env")).isEqualTo("mine");
  }

  @Test
  void a_hook_that_fails_fails_the_step_with_its_words() throws IOException {
    shop.hook("echo the hook says no; exit 1");
    failsAs("CheckoutFailed", () -> shop.checkout(shop.pinned("v3", "v2")).toTarget())
        .hasMessageContaining("the hook says no")
        .hasMessageContaining("the work tree is at " + shop.sha("v2"));
  }

  @Test
  void a_hook_that_fails_after_a_stash_says_where_the_changes_are() throws IOException {
    shop.write("release.txt", "mine\n");
    shop.hook("echo the hook says no; exit 1");
    PinnedService pinned = shop.pinned("v3", "v2", null, List.of("release.txt"));
    failsAs("CheckoutFailed", () -> shop.checkout(pinned).toTarget())
        .hasMessageContaining("the hook says no")
        .hasMessageContaining("put them back with 'git stash apply " + shop.stash() + "'");
  }

  @Test
  void a_git_that_refuses_fails_the_step_and_changes_nothing() throws IOException {
    shop.write("release.txt", "mine\n");
    failsAs("CheckoutFailed", () -> shop.checkout(shop.pinned("v3", "v2")).toTarget())
        .hasMessageContaining("release.txt");
    assertThat(shop.text("release.txt")).isEqualTo("mine\n");
    assertThat(shop.sha("HEAD")).isEqualTo(shop.sha("v3"));
  }

  /** Git would carry it along: built in, and on record as the target. */
  @Test
  void a_file_edited_after_planning_is_refused_though_both_commits_have_the_same()
      throws IOException {
    PinnedService pinned = shop.pinned("v3", "v2");
    shop.write("build.sh", "mine");

    failsAs("CheckoutFailed", () -> shop.checkout(pinned).toTarget())
        .hasMessageContaining("not committed, and would be lost or built in: build.sh.");
    assertThat(shop.text("build.sh")).isEqualTo("mine");
    assertThat(shop.sha("HEAD")).isEqualTo(shop.sha("v3"));
    failsAs("CheckoutFailed", () -> shop.checkout(shop.pinned("v3", "v3")).toTarget());
  }

  @Test
  void a_file_edited_after_planning_is_not_put_away_with_those_that_were_to_be()
      throws IOException {
    shop.write("release.txt", "mine\n");
    PinnedService pinned = shop.pinned("v3", "v2", null, List.of("release.txt"));
    shop.write("build.sh", "mine");

    failsAs("CheckoutFailed", () -> shop.checkout(pinned).toTarget())
        .hasMessageContaining(": build.sh.");
    assertThat(shop.git("stash", "list")).isEmpty();
    assertThat(shop.text("release.txt")).isEqualTo("mine\n");
  }

  @Test
  void changes_are_put_away_also_where_the_work_tree_is_at_the_target() throws IOException {
    shop.write("release.txt", "mine\n");
    PinnedService pinned = shop.pinned("v3", "v3", null, List.of("release.txt"));

    shop.checkout(pinned).toTarget();
    assertThat(shop.text("release.txt")).isEqualTo("v3\n");
    assertThat(shop.checkout(pinned).stashed()).isPresent();
  }

  @Test
  void a_file_edited_beside_our_half_of_a_checkout_is_named_and_left() throws IOException {
    shop.slowFilter();
    PinnedService pinned = shop.pinned("v3", "v2");
    killHalfway(pinned);
    shop.write("build.sh", "mine");

    failsAs("CheckoutFailed", () -> shop.checkout(pinned).toTarget())
        .hasMessageContaining("built in: build.sh.");
    assertThat(shop.text("build.sh")).isEqualTo("mine");
  }

  @Test
  void a_checkout_killed_halfway_ends_at_the_target_with_a_clean_tree() throws Exception {
    shop.slowFilter();
    PinnedService pinned = shop.pinned("v3", "v2");
    killHalfway(pinned);
    assertThat(shop.sha("HEAD")).isEqualTo(shop.sha("v3"));
    assertThat(shop.repository.resolve(".git/index.lock")).exists();

    assertThat(shop.checkout(pinned).toTarget()).isTrue();
    assertThat(shop.sha("HEAD")).isEqualTo(shop.sha("v2"));
    assertThat(shop.git("status", "--porcelain")).isEmpty();
    assertThat(shop.text("large.slow")).isEqualTo("v2");
    assertThat(shop.repository.resolve(".git/index.lock")).doesNotExist();
  }

  @Test
  void a_checkout_whose_watcher_alone_was_killed_is_not_done_twice_at_once() throws Exception {
    shop.slowFilter();
    PinnedService pinned = shop.pinned("v3", "v2");
    DetachedJob job = beginAndGoAway(pinned);
    long leader = Long.parseLong(Files.readString(job.folder().resolve("pid")).strip());
    ProcessHandle.of(leader).ifPresent(ProcessHandle::destroyForcibly);
    Files.writeString(folder.resolve("go"), "");

    shop.checkout(pinned).toTarget();
    assertThat(shop.sha("HEAD")).isEqualTo(shop.sha("v2"));
    assertThat(shop.git("status", "--porcelain")).isEmpty();
    assertThat(shop.machine.programsIn(shop.repository)).doesNotContain("git");
  }

  @Test
  void a_checkout_under_way_is_watched_and_not_repeated() throws IOException {
    shop.slowFilter();
    PinnedService pinned = shop.pinned("v3", "v2");
    int moves = shop.git("reflog").lines().toList().size();
    beginAndGoAway(pinned);
    shop.heartbeat = progress -> write("go");
    assertThat(shop.checkout(pinned).toTarget()).isTrue();
    assertThat(shop.git("reflog").lines()).hasSize(moves + 1);
    assertThat(shop.text("large.slow")).isEqualTo("v2");
  }

  @Test
  void an_abort_leaves_no_git_behind() throws Exception {
    shop.slowFilter();
    PinnedService pinned = shop.pinned("v3", "v2");
    shop.heartbeat =
        progress -> {
          if (Files.exists(folder.resolve("smudging"))) {
            throw new ActivityCanceledException();
          }
        };
    Checkout checkout = shop.checkout(pinned);
    assertThatThrownBy(checkout::toTarget).isInstanceOf(ActivityCanceledException.class);
    checkout.giveUp();
    assertThat(shop.plan().job("checkout").processes()).isEmpty();
    assertThat(shop.machine.programsIn(shop.repository)).doesNotContain("git");
  }

  @Test
  void another_gits_lock_is_waited_for_and_left() throws IOException {
    PinnedService pinned = shop.pinned("v3", "v2");
    Path lock = shop.write(".git/index.lock", "");
    assertThatThrownBy(() -> shop.checkout(pinned).toTarget())
        .isExactlyInstanceOf(IOException.class)
        .hasMessageContaining("index.lock");
    assertThat(lock).exists();
    assertThat(shop.sha("HEAD")).isEqualTo(shop.sha("v3"));

    Files.delete(lock);
    assertThat(shop.checkout(pinned).toTarget()).isTrue();
    assertThat(shop.sha("HEAD")).isEqualTo(shop.sha("v2"));
  }

  /**
   * Git LFS works by nothing else: what is stored is a pointer, what is checked out the content.
   */
  @Test
  void the_operators_own_filter_and_hook_run() throws IOException {
    Path hooked = folder.resolve("hooked");
    shop.git("config", "filter.media.clean", "sed s/^content/pointer/");
    shop.git("config", "filter.media.smudge", "sed s/^pointer/content/");
    shop.git("config", "filter.media.required", "true");
    shop.write(".gitattributes", "*.media filter=media\n");
    shop.write("large.media", "content of v2\n");
    shop.commit("v2 with media");
    shop.git("tag", "--force", "v2");
    shop.write("large.media", "content of v3\n");
    shop.commit("v3 with media");
    shop.hook("echo $2 $(cat large.media) >'" + hooked + "'");

    assertThat(shop.checkout(shop.pinned("HEAD", "v2")).toTarget()).isTrue();
    assertThat(shop.text("large.media")).isEqualTo("content of v2\n");
    assertThat(shop.git("show", "HEAD:large.media")).isEqualTo("pointer of v2");
    assertThat(shop.git("status", "--porcelain")).isEmpty();
    assertThat(hooked).hasContent(shop.sha("v2") + " content of v2");
  }

  @Test
  void what_git_lfs_keeps_is_checked_out_as_its_content() throws IOException {
    boolean installed = shop.git().tryRead("lfs", "version").isPresent();
    if ("required".equals(System.getProperty("rollbook.engines"))) {
      assertThat(installed).as("git-lfs is installed").isTrue();
    }
    assumeTrue(installed, "no git-lfs on the PATH");
    shop.git("lfs", "install", "--local");
    shop.git("lfs", "track", "*.bin");
    shop.write("large.bin", "content of v2");
    shop.commit("v2 with a large file");
    shop.git("tag", "--force", "v2");
    shop.write("large.bin", "content of v3");
    shop.commit("v3 with a large file");

    assertThat(
            new WorkTree(shop.git(), shop.repository)
                .findings(shop.sha("HEAD"), shop.sha("v2"), false))
        .noneMatch(Finding::blocks);
    assertThat(shop.checkout(shop.pinned("HEAD", "v2")).toTarget()).isTrue();
    assertThat(shop.text("large.bin")).isEqualTo("content of v2");
    assertThat(shop.git("show", "HEAD:large.bin")).startsWith("version https://git-lfs");
    assertThat(shop.git("status", "--porcelain")).isEmpty();
  }

  /** A submodule whose next commit must be fetched from a server that lets nobody in unasked. */
  @Test
  void the_operators_own_credentials_are_used() throws IOException {
    String old = shop.sha("v1");
    String next = shop.sha("v2");
    Path bare = folder.resolve("library.git");
    shop.git("init", "--quiet", "--bare", "--initial-branch=main", bare.toString());
    shop.git("push", "--quiet", bare.toString(), old + ":refs/heads/main");
    shop.script(
        "../helper.sh", "[ \"$1\" != get ] || printf 'username=ops\\npassword=swordfish\\n'");
    String helper = shop.folder.resolve("helper.sh").toString();
    try (PrivateRepository server = new PrivateRepository(bare, "ops", "swordfish")) {
      shop.git(
          "-c",
          "credential.helper=" + helper,
          "submodule",
          "--quiet",
          "add",
          server.url(),
          "library");
      shop.git("add", "--all");
      library(next, "v2");
      library(old, "v3");
      shop.git("push", "--quiet", bare.toString(), next + ":refs/heads/main");
      PinnedService pinned = shop.pinned("v3", "v2");

      failsAs("CheckoutFailed", () -> shop.checkout(pinned).toTarget())
          .hasMessageContaining("could not read Username for '" + server.origin() + "'");
      shop.gitIn(shop.repository.resolve("library"), "config", "credential.helper", helper);
      assertThat(shop.checkout(pinned).toTarget()).isTrue();
      assertThat(shop.text("library/release.txt")).isEqualTo("v2\n");
    }
  }

  /** A release with the submodule at a commit that need not be here. */
  private void library(String commit, String tag) throws IOException {
    shop.git("update-index", "--cacheinfo", "160000," + commit + ",library");
    shop.git("commit", "--quiet", "-m", "library for " + tag);
    shop.git("tag", "--force", tag);
  }

  @Test
  void a_required_filter_that_is_not_installed_is_said() throws IOException {
    shop.write(".gitattributes", "*.lfs filter=lfs\n");
    shop.write("large.lfs", "1");
    shop.commit("lfs");
    shop.git("tag", "--force", "v2");
    shop.write("large.lfs", "2");
    shop.commit("lfs 2");
    shop.git("config", "filter.lfs.process", "no-git-lfs-here filter-process");
    shop.git("config", "filter.lfs.required", "true");
    failsAs("CheckoutFailed", () -> shop.checkout(shop.pinned("HEAD", "v2")).toTarget())
        .hasMessageContaining("no-git-lfs-here")
        .hasMessageContaining("not found")
        .hasMessageContaining("the work tree is at " + shop.sha("main"));
  }

  @Test
  void a_required_filter_that_fails_is_said() throws IOException {
    shop.write(".gitattributes", "*.lfs filter=media\n");
    shop.write("large.lfs", "1");
    shop.commit("lfs");
    shop.git("tag", "--force", "v2");
    shop.write("large.lfs", "2");
    shop.commit("lfs 2");
    shop.git("config", "filter.media.smudge", "echo no such object >&2; exit 7");
    shop.git("config", "filter.media.clean", "cat");
    shop.git("config", "filter.media.required", "true");
    failsAs("CheckoutFailed", () -> shop.checkout(shop.pinned("HEAD", "v2")).toTarget())
        .hasMessageContaining("large.lfs: smudge filter media failed");
  }

  @Test
  void submodules_move_along() throws IOException {
    Path library = folder.resolve("library");
    shop.gitIn(folder, "clone", "--quiet", shop.repository.toString(), library.toString());
    shop.git("config", "protocol.file.allow", "always");
    shop.git("submodule", "--quiet", "add", library.toString(), "library");
    shop.gitIn(shop.repository.resolve("library"), "checkout", "--quiet", "v1");
    shop.commit("library at v1");
    shop.git("tag", "--force", "v2");
    shop.gitIn(shop.repository.resolve("library"), "checkout", "--quiet", "v3");
    shop.commit("library at v3");
    shop.checkout(shop.pinned("HEAD", "v2")).toTarget();
    assertThat(shop.text("library/release.txt")).isEqualTo("v1\n");
  }

  @Test
  void an_update_of_submodules_killed_halfway_ends_at_the_target() throws Exception {
    PinnedService pinned = shop.slowLibrary();
    DetachedJob job = beginAndGoAway(pinned, "submodules");
    job.processes().forEach(ProcessHandle::destroyForcibly);
    await().atMost(Duration.ofSeconds(30)).until(() -> job.processes().isEmpty());
    Files.writeString(folder.resolve("go"), "");
    assertThat(shop.repository.resolve(".git/modules/library/index.lock")).exists();
    assertThat(shop.sha("HEAD")).isEqualTo(pinned.target().id());
    assertThat(shop.git("status", "--porcelain")).isNotEmpty();

    shop.checkout(pinned).toTarget();

    assertThat(shop.git("status", "--porcelain")).isEmpty();
    assertThat(shop.text("library/large.slow")).isEqualTo("v2");
    assertThat(shop.repository.resolve(".git/modules/library/index.lock")).doesNotExist();
  }

  @Test
  void a_file_changed_in_a_submodule_meanwhile_is_left() throws Exception {
    PinnedService pinned = shop.slowLibrary();
    DetachedJob job = beginAndGoAway(pinned, "submodules");
    job.processes().forEach(ProcessHandle::destroyForcibly);
    await().atMost(Duration.ofSeconds(30)).until(() -> job.processes().isEmpty());
    Files.writeString(folder.resolve("go"), "");
    shop.write("library/release.txt", "mine\n");

    failsAs("CheckoutFailed", () -> shop.checkout(pinned).toTarget());

    assertThat(shop.text("library/release.txt")).isEqualTo("mine\n");
  }

  @Test
  void a_fenced_plan_checks_nothing_out() throws IOException {
    shop.plan().fence();
    failsAs("Stopped", () -> shop.checkout(shop.pinned("v3", "v2")).toTarget());
    assertThat(shop.sha("HEAD")).isEqualTo(shop.sha("v3"));
  }

  private void killHalfway(PinnedService pinned) throws IOException {
    DetachedJob job = beginAndGoAway(pinned);
    assertThat(shop.repository.resolve(".git/index.lock")).exists();
    job.processes().forEach(ProcessHandle::destroyForcibly);
    await().atMost(Duration.ofSeconds(30)).until(() -> job.processes().isEmpty());
    Files.writeString(folder.resolve("go"), "");
  }

  /** A worker that begins the checkout and is gone before it ends. */
  private DetachedJob beginAndGoAway(PinnedService pinned) {
    return beginAndGoAway(pinned, "checkout");
  }

  private DetachedJob beginAndGoAway(PinnedService pinned, String name) {
    shop.heartbeat =
        progress -> {
          if (Files.exists(folder.resolve("smudging"))) {
            throw new ActivityWorkerShutdownException();
          }
        };
    assertThatThrownBy(() -> shop.checkout(pinned).toTarget())
        .isInstanceOf(ActivityWorkerShutdownException.class);
    shop.heartbeat = shop.beats::add;
    return new DetachedJob(jobs().resolve(name), shop.machine);
  }

  private void write(String name) {
    try {
      Files.writeString(folder.resolve(name), "");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path jobs() {
    return shop.state.resolve("jobs/local/shop/plan-1");
  }
}

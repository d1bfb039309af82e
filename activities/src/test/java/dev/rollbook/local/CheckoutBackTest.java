package dev.rollbook.local;

import static dev.rollbook.local.Shop.failsAs;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rollbook.Finding;
import dev.rollbook.PinnedService;
import io.temporal.client.ActivityCanceledException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(90)
class CheckoutBackTest {

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
  void what_an_abort_cut_off_halfway_is_as_if_it_had_never_begun() throws IOException {
    shop.slowFilter();
    PinnedService pinned = shop.pinned("v3", "v2");
    abortHalfway(pinned);
    assertThat(shop.repository.resolve(".git/index.lock")).exists();
    assertThat(shop.text("a-only-in-v2")).isEqualTo("v2");

    CheckoutBack.Back back = back(pinned);
    assertThat(back.moved()).isTrue();
    assertThat(back.words()).matches("HEAD is back at main, [0-9a-f]{7} slow v3");
    assertThat(shop.git("symbolic-ref", "HEAD")).isEqualTo("refs/heads/main");
    assertThat(shop.git("status", "--porcelain", "--ignored")).isEmpty();
    assertThat(new WorkTree(shop.git(), shop.repository).findings(sha("v3"), sha("v2"), false))
        .noneMatch(Finding::blocks);
    assertThat(shop.machine.programsIn(shop.repository)).doesNotContain("git");

    assertThat(back(pinned).moved()).isTrue();
    assertThat(shop.git("status", "--porcelain", "--ignored")).isEmpty();
    failsAs("Stopped", () -> shop.checkout(pinned).toTarget());
  }

  @Test
  void a_half_in_a_submodule_is_taken_back_too() throws IOException {
    PinnedService pinned = shop.slowLibrary();
    abortHalfway(pinned);
    assertThat(shop.repository.resolve(".git/modules/library/index.lock")).exists();

    assertThat(back(pinned).moved()).isTrue();
    assertThat(sha("HEAD")).isEqualTo(pinned.from().id());
    assertThat(shop.git("status", "--porcelain", "--ignored")).isEmpty();
    assertThat(shop.text("library/large.slow")).isEqualTo("v3");
  }

  @Test
  void another_persons_change_beside_our_half_is_left_and_named() throws IOException {
    shop.slowFilter();
    PinnedService pinned = shop.pinned("v3", "v2");
    abortHalfway(pinned);
    shop.write("build.sh", "mine");

    failsAs("PutBackFailed", () -> back(pinned))
        .hasMessageContaining("changed meanwhile, and not by us: build.sh;")
        .hasMessageContaining("could not be put back to v3");
    assertThat(shop.text("build.sh")).isEqualTo("mine");
  }

  @Test
  void a_checkout_that_a_hook_failed_goes_back_to_its_branch_though_the_hook_fails_again()
      throws IOException {
    shop.hook("exit 1");
    PinnedService pinned = failed(shop.pinned("v3", "v2"));
    assertThat(sha("HEAD")).isEqualTo(sha("v2"));

    assertThat(back(pinned).words()).matches("HEAD is back at main, [0-9a-f]{7} v3");
    assertThat(shop.git("symbolic-ref", "HEAD")).isEqualTo("refs/heads/main");
    assertThat(shop.text("release.txt")).isEqualTo("v3\n");
  }

  @Test
  void a_head_that_was_detached_and_one_whose_branch_went_on_are_detached_where_they_were()
      throws IOException {
    shop.hook("exit 1");
    PinnedService pinned = failed(shop.pinned("v3", "v2"));
    String planned = sha("v3");
    shop.git("branch", "--force", "main", "v1");

    back(pinned);
    assertThat(shop.git("rev-parse", "--abbrev-ref", "HEAD")).isEqualTo("HEAD");
    assertThat(sha("HEAD")).isEqualTo(planned);
    assertThat(sha("main")).isEqualTo(sha("v1"));
  }

  @Test
  void stashed_changes_stay_stashed_and_their_place_is_told() throws IOException {
    shop.write("release.txt", "mine\n");
    shop.hook("exit 1");
    PinnedService pinned = failed(shop.pinned("v3", "v2", null, List.of("release.txt")));

    assertThat(back(pinned).words())
        .startsWith("HEAD is back at main, ")
        .endsWith(
            "; your changes are stashed; put them back with 'git stash apply "
                + shop.stash()
                + "'");
    shop.git("stash", "apply", "--quiet", shop.stash());
    assertThat(shop.text("release.txt")).isEqualTo("mine\n");
  }

  @Test
  void what_git_has_not_overwritten_is_nobodys_half() throws IOException {
    PinnedService pinned = shop.pinned("v3", "v2");
    Path lock = shop.write(".git/index.lock", "");
    assertThatThrownBy(() -> shop.checkout(pinned).toTarget()).isInstanceOf(IOException.class);
    Files.delete(lock);
    shop.write("release.txt", "mine\n");
    failed(pinned);

    assertThat(back(pinned)).isEqualTo(new CheckoutBack.Back(false, "the work tree was not moved"));
    assertThat(shop.text("release.txt")).isEqualTo("mine\n");
  }

  @Test
  void a_half_that_a_full_disk_left_is_taken_back_too() throws IOException {
    shop.slowFilter();
    shop.git("config", "filter.slow.clean", "cat");
    shop.git("config", "filter.slow.smudge", "exit 7");
    shop.git("config", "filter.slow.required", "true");
    PinnedService pinned = failed(shop.pinned("v3", "v2"));
    assertThat(shop.git("status", "--porcelain")).contains("?? a-only-in-v2", " D large.slow");

    shop.git("config", "filter.slow.smudge", "cat");
    assertThat(back(pinned).moved()).isTrue();
    assertThat(shop.git("status", "--porcelain")).isEmpty();
    assertThat(shop.text("large.slow")).isEqualTo("v3");
  }

  @Test
  void somebody_elses_deploy_and_another_gits_lock_are_left() throws IOException {
    shop.hook("exit 1");
    PinnedService pinned = failed(shop.pinned("v3", "v2"));
    shop.git("-c", "core.hooksPath=/dev/null", "checkout", "--quiet", "v1");
    Path lock = shop.write(".git/index.lock", "");

    assertThat(back(pinned))
        .isEqualTo(
            new CheckoutBack.Back(
                false, "the work tree is at " + sha("v1") + " by now, and is left so"));
    assertThat(sha("HEAD")).isEqualTo(sha("v1"));
    assertThat(lock).exists();
  }

  @Test
  void a_plan_that_has_checked_nothing_out_moves_nothing() throws IOException {
    shop.git("checkout", "--quiet", "--detach", "v2");

    assertThat(back(shop.pinned("v3", "v2")).moved()).isFalse();
    assertThat(sha("HEAD")).isEqualTo(sha("v2"));
  }

  private CheckoutBack.Back back(PinnedService pinned) throws IOException {
    return shop.checkoutBack(pinned).toWhereItWas();
  }

  private PinnedService failed(PinnedService pinned) throws IOException {
    failsAs("CheckoutFailed", () -> shop.checkout(pinned).toTarget());
    return pinned;
  }

  private void abortHalfway(PinnedService pinned) throws IOException {
    shop.heartbeat =
        progress -> {
          if (Files.exists(folder.resolve("smudging"))) {
            throw new ActivityCanceledException();
          }
        };
    Checkout checkout = shop.checkout(pinned);
    assertThatThrownBy(checkout::toTarget).isInstanceOf(ActivityCanceledException.class);
    checkout.giveUp();
    shop.heartbeat = shop.beats::add;
    Files.writeString(folder.resolve("go"), "");
  }

  private String sha(String ref) throws IOException {
    return shop.sha(ref);
  }
}

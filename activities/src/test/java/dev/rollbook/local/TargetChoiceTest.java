package dev.rollbook.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.Finding;
import dev.rollbook.Finding.Level;
import dev.rollbook.PinnedService;
import dev.rollbook.Version;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class TargetChoiceTest {

  @TempDir Path folder;
  private Shop shop;
  private TargetChoice choice;

  @BeforeEach
  void open() throws IOException {
    shop = new Shop(folder).threeReleases();
    choice = new TargetChoice(shop.git(), shop.versions);
  }

  @AfterEach
  void close() {
    shop.close();
  }

  @Test
  void a_given_ref_goes_before_everything_else() throws IOException {
    recordHealthy("v2");
    assertThat(choose("v1", "v2")).hasValue(version("v1", "v1"));
    assertThat(messages(Level.OK)).singleElement().asString().endsWith("as asked: v1");
  }

  @Test
  void an_annotated_tag_a_branch_and_a_short_sha_mean_their_commit() throws IOException {
    shop.git("tag", "-a", "-m", "annotated", "release/1", "v1");
    shop.git("branch", "old", "v1");
    for (String ref : List.of("release/1", "old", shop.sha("v1").substring(0, 8), "v3~2")) {
      assertThat(choose(ref, null)).as(ref).map(Version::id).hasValue(shop.sha("v1"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"--help", "-f", "--all", "-", "v1..v2", "v1:release.txt", "^v1", "$(id)"})
  void what_is_no_ref_is_refused_and_never_taken_for_an_option(String ref) throws IOException {
    assertThat(choose(ref, null)).isEmpty();
    assertThat(messages(Level.BLOCKER))
        .singleElement()
        .asString()
        .startsWith("'" + ref + "' is no commit of this repository");
    assertThat(shop.sha("HEAD")).isEqualTo(shop.sha("v3"));
  }

  @Test
  void an_unknown_ref_is_answered_with_the_nearest_one() throws IOException {
    shop.git("tag", "release-2024", "v1");
    assertThat(choose("relase-2024", null)).isEmpty();
    assertThat(messages(Level.BLOCKER))
        .singleElement()
        .asString()
        .contains("did you mean 'release-2024'?", "git log --oneline -n 10");
  }

  @Test
  void a_shallow_clone_is_named_when_the_ref_is_missing() throws IOException {
    Path shallow = folder.resolve("shallow");
    shop.gitIn(folder, "clone", "--quiet", "--depth", "1", "file://" + shop.repository, "shallow");
    choice = new TargetChoice(new Git(shallow, shop.heartbeat), shop.versions);
    assertThat(choose(shop.sha("v1"), null)).isEmpty();
    assertThat(messages(Level.BLOCKER))
        .singleElement()
        .asString()
        .contains("git fetch --unshallow");
  }

  @Test
  void the_last_version_recorded_healthy_is_the_target() throws IOException {
    recordHealthy("v1");
    assertThat(choose(null, "v2")).hasValue(version("v1", "v1"));
  }

  @Test
  void a_healthy_version_that_the_repository_lost_is_named_and_the_tag_taken() throws IOException {
    shop.versions.record(
        new PinnedService(
            "shop", "local", "p", null, Version.commit("d".repeat(40), "gone"), null, null, null));
    assertThat(choose(null, "v1")).hasValue(version("v1", "v1"));
    assertThat(messages(Level.WARNING))
        .containsExactly(
            "the last version recorded healthy, gone (ddddddd), is not in this repository");
  }

  @Test
  void an_unproven_target_is_tried_again_and_not_passed_by() throws IOException {
    shop.versions.withdraw(shop.pinned("v3", "v2"));
    shop.git("checkout", "--quiet", "v2");
    assertThat(choose(null, "v1")).hasValue(version("v2", "v2"));
    assertThat(messages(Level.OK)).singleElement().asString().contains("tried again");
  }

  @Test
  void without_a_record_the_configured_tag_is_the_target() throws IOException {
    assertThat(choose(null, "v1")).hasValue(version("v1", "v1"));
    assertThat(messages(Level.OK)).singleElement().asString().endsWith("the configured tag 'v1'");
  }

  @Test
  void a_configured_tag_that_is_missing_or_current_is_named_and_the_parent_taken()
      throws IOException {
    assertThat(choose(null, "nope")).hasValue(version("v2", "v2"));
    assertThat(choose(null, "v3")).hasValue(version("v2", "v2"));
    assertThat(messages(Level.WARNING))
        .containsExactly(
            "the configured tag 'nope' does not exist",
            "the configured tag 'v3' is the current commit itself");
  }

  @Test
  void a_branch_of_the_tags_name_is_not_taken_for_the_tag() throws IOException {
    shop.git("branch", "previous", "v1");
    assertThat(choose(null, "previous")).hasValue(version("v2", "v2"));
  }

  @Test
  void a_first_commit_has_nothing_to_go_back_to() throws IOException {
    shop.git("checkout", "--quiet", "v1");
    assertThat(choose(null, null)).isEmpty();
    assertThat(messages(Level.BLOCKER))
        .containsExactly(
            "HEAD has no parent commit, and no version is recorded healthy: pass --to");
  }

  @Test
  void an_untagged_target_is_called_by_its_subject() throws IOException {
    shop.git("tag", "--delete", "v2");
    assertThat(choose(null, null))
        .map(Version::label)
        .hasValueSatisfying(label -> assertThat(label).endsWith(" v2"));
  }

  private Optional<Version> choose(String to, String tag) throws IOException {
    Version current = Version.commit(shop.sha("HEAD"), "HEAD");
    return choice.choose("shop", "local", to, Optional.ofNullable(tag), current);
  }

  private Version version(String ref, String label) throws IOException {
    return Version.commit(shop.sha(ref), label);
  }

  private void recordHealthy(String ref) throws IOException {
    shop.versions.record(shop.pinned("v3", ref));
  }

  private List<String> messages(Level level) {
    return choice.findings().stream()
        .filter(finding -> finding.level() == level)
        .map(Finding::message)
        .toList();
  }
}

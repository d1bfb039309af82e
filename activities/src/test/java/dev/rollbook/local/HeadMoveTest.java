package dev.rollbook.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class HeadMoveTest {

  private static final Instant COMMITTED = Instant.parse("2020-01-02T03:04:05Z");

  @TempDir Path folder;

  @Test
  void a_release_is_as_old_as_its_checkout_and_without_a_record_as_its_commit() throws Exception {
    git("init", "-q", "-b", "main");
    for (String release : List.of("v1", "v2")) {
      git("commit", "-q", "--allow-empty", "-m", release);
      git("tag", release);
    }
    Git git = new Git(folder, progress -> {});
    assertThat(HeadMove.last(git)).contains(COMMITTED);

    new ProcessBuilder("git", "checkout", "-q", "v1").directory(folder.toFile()).start().waitFor();
    assertThat(HeadMove.last(git).orElseThrow())
        .isBetween(Instant.now().minus(Duration.ofMinutes(2)), Instant.now().plusSeconds(2));

    git("reflog", "expire", "--expire=all", "--all");
    assertThat(HeadMove.last(git)).contains(COMMITTED);
  }

  private void git(String... arguments) throws IOException, InterruptedException {
    ProcessBuilder git = new ProcessBuilder();
    git.command().addAll(List.of("git", "-c", "user.name=T", "-c", "user.email=t@localhost"));
    git.command().addAll(List.of(arguments));
    git.environment().put("GIT_COMMITTER_DATE", COMMITTED.toString());
    assertThat(git.directory(folder.toFile()).inheritIO().start().waitFor()).isZero();
  }
}

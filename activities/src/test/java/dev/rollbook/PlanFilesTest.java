package dev.rollbook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.temporal.failure.ApplicationFailure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class PlanFilesTest {

  @TempDir Path state;

  @Test
  void only_their_owner_may_read_them() throws IOException {
    Path file = new PlanFiles(state.resolve("plan")).in("containers").write("a.json", "{}");

    assertThat(mode(file)).isEqualTo("rw-------");
    assertThat(mode(file.getParent())).isEqualTo("rwx------");
  }

  @Test
  void what_a_crash_left_half_written_is_not_taken_for_the_file() throws IOException {
    PlanFiles files = new PlanFiles(state);
    Files.writeString(state.resolve("word.part"), "half of someth");

    assertThat(files.read("word")).isEmpty();
    files.write("word", "all");

    assertThat(files.read("word")).contains("all".getBytes(StandardCharsets.UTF_8));
    assertThat(state.resolve("word.part")).doesNotExist();
  }

  @Test
  void a_fence_outlives_the_one_who_raised_it() throws IOException {
    new PlanFiles(state).refuseIfFenced();
    new PlanFiles(state).fence();

    assertThatThrownBy(() -> new PlanFiles(state).refuseIfFenced())
        .isInstanceOf(ApplicationFailure.class)
        .hasMessageContaining("nothing of it is started again");
  }

  private static String mode(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }
}

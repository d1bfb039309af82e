package dev.rollbook.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rollbook.compose.ComposePin.Pin;
import io.temporal.failure.ApplicationFailure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Writing a pinned file, being killed on the way, and taking it back. */
@Timeout(60)
class PinnedFileTest {

  private static final String PIN = "rollback/shop:20261123-051748";
  private static final String BEFORE = "services:\n  shop:\n    image: shop:latest\n    build: .\n";
  private static final String AFTER =
      "services:\n  shop:\n    image: "
          + PIN
          + "  # rolled back; was shop:latest\n    # build: .\n";

  @TempDir Path folder;
  @TempDir Path backups;

  private Path file;
  private ComposeFilePin pin;
  private PinPlan plan;

  @BeforeEach
  void plan() throws IOException {
    file = Files.writeString(folder.resolve("compose.yaml"), BEFORE);
    pin = pin(file);
    plan = pin.plan(Pin.EDIT, List.of(), () -> {});
  }

  @Test
  void a_plan_changes_nothing_and_shows_what_would_change() throws IOException {
    assertThat(file).hasContent(BEFORE);
    assertThat(backups).isEmptyDirectory();
    assertThat(plan.sticks()).isTrue();
    assertThat(plan.diff())
        .contains("--- " + file + "\n")
        .contains("\n-    image: shop:latest\n-    build: .\n+    image: " + PIN)
        .endsWith("+    # build: .\n");
  }

  @Test
  void applied_twice_is_one_edit_and_the_backup_holds_the_original() throws IOException {
    boolean first = pin.apply("plan-1", plan);
    boolean second = pin.apply("plan-1", plan);

    assertThat(first).isTrue();
    assertThat(second).isFalse();
    assertThat(file).content(StandardCharsets.UTF_8).isEqualTo(AFTER);
    assertThat(backups.resolve("plan-1/before")).content(StandardCharsets.UTF_8).isEqualTo(BEFORE);
    assertThat(names(folder)).containsExactly("compose.yaml");
  }

  @Test
  void a_file_that_says_it_already_is_left_as_it_is() throws IOException {
    pin.apply("plan-1", plan);

    PinPlan again = pin.plan(Pin.EDIT, List.of(), () -> {});

    assertThat(again.how()).isEqualTo(Pin.EDIT);
    assertThat(again.changes()).isFalse();
    assertThat(pin.apply("plan-2", again)).isFalse();
    assertThat(file).content(StandardCharsets.UTF_8).isEqualTo(AFTER);
  }

  @Test
  void killed_between_backup_and_write_the_next_attempt_writes() throws IOException {
    pin.apply("plan-1", plan);
    // as the crash would have left it: all is kept, a part is written, the file is the old one
    Files.writeString(file, BEFORE);
    Files.writeString(folder.resolve(".compose.yaml.rollbook"), "services:\n  sh");

    boolean changed = pin(file).apply("plan-1", plan);

    assertThat(changed).isTrue();
    assertThat(file).content(StandardCharsets.UTF_8).isEqualTo(AFTER);
    assertThat(backups.resolve("plan-1/before")).content().isEqualTo(BEFORE);
    assertThat(names(folder)).containsExactly("compose.yaml");
  }

  @Test
  void killed_before_the_backup_was_whole_the_next_attempt_makes_it_anew() throws IOException {
    Files.createDirectories(backups.resolve("plan-1"));
    Files.writeString(backups.resolve("plan-1/before"), "serv");

    pin.apply("plan-1", plan);

    assertThat(backups.resolve("plan-1/before")).content().isEqualTo(BEFORE);
    assertThat(file).content().isEqualTo(AFTER);
  }

  @Test
  void a_file_that_somebody_changed_since_the_plan_is_not_touched() throws IOException {
    Files.writeString(file, BEFORE + "    init: true\n");

    assertThatThrownBy(() -> pin.apply("plan-1", plan))
        .isInstanceOf(ApplicationFailure.class)
        .hasMessageContaining("compose.yaml was changed by somebody else");
    assertThat(file).content().isEqualTo(BEFORE + "    init: true\n");
    assertThat(backups).isEmptyDirectory();
  }

  @Test
  void restored_it_is_the_original_byte_for_byte() throws IOException {
    pin.apply("plan-1", plan);

    assertThat(ComposeFilePin.restore(backups, "plan-1")).isTrue();
    assertThat(ComposeFilePin.restore(backups, "plan-1")).isFalse();
    assertThat(file).content().isEqualTo(BEFORE);
    assertThat(ComposeFilePin.restore(backups, "never-applied")).isFalse();
  }

  @Test
  void what_somebody_changed_after_us_is_not_restored_over() throws IOException {
    pin.apply("plan-1", plan);
    Files.writeString(file, AFTER + "# mine\n");

    assertThatThrownBy(() -> ComposeFilePin.restore(backups, "plan-1"))
        .isInstanceOf(ApplicationFailure.class)
        .hasMessageContaining("is left as it is now");
    assertThat(file).content().isEqualTo(AFTER + "# mine\n");
  }

  @Test
  void a_new_override_file_goes_away_again() throws IOException {
    PinPlan override = pin.plan(Pin.OVERRIDE, List.of(), () -> {});
    Path made = Path.of(override.file());

    assertThat(pin.apply("plan-1", override)).isTrue();
    assertThat(pin.apply("plan-1", override)).isFalse();
    assertThat(made).content().contains("image: " + PIN);
    assertThat(ComposeFilePin.restore(backups, "plan-1")).isTrue();
    assertThat(names(folder)).containsExactly("compose.yaml");
  }

  @Test
  void a_link_stays_and_the_file_behind_it_is_edited_with_its_mode() throws IOException {
    Path shared = Files.createDirectory(folder.resolve("shared"));
    Path real = Files.move(file, shared.resolve("project.yaml"));
    Files.setPosixFilePermissions(real, PosixFilePermissions.fromString("rw-r-----"));
    Files.createSymbolicLink(file, Path.of("shared/project.yaml"));

    pin.apply("plan-1", pin.plan(Pin.EDIT, List.of(), () -> {}));

    assertThat(file).isSymbolicLink();
    assertThat(Files.readSymbolicLink(file)).isEqualTo(Path.of("shared/project.yaml"));
    assertThat(real).content().isEqualTo(AFTER);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(real)))
        .isEqualTo("rw-r-----");
    assertThat(names(shared)).containsExactly("project.yaml");
  }

  @Test
  void nothing_is_written_into_a_file_that_is_read_meanwhile() throws IOException {
    try (var reader = Files.newBufferedReader(file)) {
      pin.apply("plan-1", plan);

      // the old file, whole: ours is another one that took its name
      assertThat(String.join("\n", reader.lines().toList()) + "\n").isEqualTo(BEFORE);
    }
  }

  @Test
  void hostile_words_stay_in_the_comment() throws IOException {
    ComposeFilePin hostile =
        new ComposeFilePin(
            ComposeFiles.of(folder, List.of(file)),
            "shop",
            PIN,
            "line\r\n    privileged: true\u2028    init: true\u001b[31m",
            backups);

    hostile.apply("plan-1", hostile.plan(Pin.EDIT, List.of(), () -> {}));

    assertThat(Files.readAllLines(file)).hasSize(4);
    assertThat(Files.readAllLines(file).get(2))
        .isEqualTo("    image: " + PIN + "  # line privileged: true init: true; was shop:latest");
  }

  @Test
  void what_is_no_image_reference_is_refused_before_anything_is_read() {
    assertThatThrownBy(
            () ->
                new ComposeFilePin(
                    ComposeFiles.of(folder, List.of(file)), "shop", "a:1\n  x: y", "why", backups))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no image reference");
  }

  private ComposeFilePin pin(Path file) {
    return new ComposeFilePin(
        new ComposeFiles(folder, List.of(file), Optional.empty(), List.of(), List.of()),
        "shop",
        PIN,
        "rolled back",
        backups);
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(it -> it.getFileName().toString()).sorted().toList();
    }
  }
}

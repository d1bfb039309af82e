package dev.rollbook.compose;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.compose.ComposePin.Pin;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Where an override lies, and whether the next {@code up} reads it. */
@Timeout(120)
@NeedsCompose
class OverrideFileTest {

  private static final String PIN = "rollback/shop:20261123-051748";
  private static final String BUILT =
      "services:\n  shop:\n    image: shop:latest\n    build: .\n    environment: [A=1]\n";

  @TempDir Path folder;
  @TempDir Path backups;

  private Path main;

  @BeforeEach
  void write() throws IOException {
    main = Files.writeString(folder.resolve("compose.yaml"), BUILT);
  }

  @Test
  void a_new_one_is_read_by_the_next_plain_command_of_v1_and_v2() throws IOException {
    PinPlan plan = pinned(Pin.OVERRIDE, Composes.both(), main);

    assertThat(plan.how()).isEqualTo(Pin.OVERRIDE);
    assertThat(plan.sticks()).isTrue();
    assertThat(folder.resolve("docker-compose.override.yml")).exists();
    for (ComposeCommand compose : Composes.both()) {
      assertThat(config(compose)).contains("image: " + PIN).contains("A: ");
    }
  }

  @Test
  void with_v1_about_the_build_section_stays_and_the_plan_says_what_that_means()
      throws IOException {
    PinPlan plan = pinned(Pin.OVERRIDE, Composes.both(), main);

    assertThat(plan.resetsBuild()).isFalse();
    assertThat(plan.reason())
        .contains("'up --build' would build the service anew and overwrite " + PIN);
    assertThat(config(Composes.v1())).contains("build:");
  }

  @Test
  void with_v2_alone_the_build_section_goes() throws IOException {
    PinPlan plan = pinned(Pin.OVERRIDE, List.of(Composes.v2()), main);

    assertThat(plan.resetsBuild()).isTrue();
    assertThat(plan.reason()).doesNotContain("--build");
    assertThat(config(Composes.v2())).contains("image: " + PIN).doesNotContain("build:");
  }

  @Test
  void a_pull_policy_that_fetches_is_overridden_too() throws IOException {
    Files.writeString(main, BUILT + "    pull_policy: always\n");

    pinned(Pin.OVERRIDE, Composes.both(), main);

    for (ComposeCommand compose : Composes.both()) {
      assertThat(config(compose)).doesNotContain("always").doesNotContain("pull_policy: build");
    }
  }

  @Test
  void an_override_file_that_is_there_is_edited_and_keeps_what_it_says() throws IOException {
    Path override =
        Files.writeString(
            folder.resolve("compose.override.yml"),
            "# ours\r\nservices:\r\n    other:\r\n        image: other:1\r\n");

    PinPlan plan = pinned(Pin.EDIT, Composes.both(), main, override);

    // the image is set in the first file, so that one is edited
    assertThat(plan.file()).isEqualTo(main.toString());
    PinPlan other = pinnedAs("other plan", Pin.OVERRIDE, Composes.both(), main, override);
    assertThat(other.file()).isEqualTo(override.toString());
    assertThat(other.sticks()).isTrue();
    assertThat(override)
        .content(StandardCharsets.UTF_8)
        .startsWith("# ours\r\nservices:\r\n    \"shop\":\r\n        image: " + PIN)
        .endsWith("\r\n    other:\r\n        image: other:1\r\n");
  }

  @Test
  void a_service_that_the_override_file_knows_is_pinned_there() throws IOException {
    Path override =
        Files.writeString(
            folder.resolve("docker-compose.override.yml"),
            "services:\n  shop:\n    environment: [B=2]\n");

    PinPlan plan = pinned(Pin.OVERRIDE, Composes.both(), main, override);

    assertThat(plan.file()).isEqualTo(override.toString());
    for (ComposeCommand compose : Composes.both()) {
      assertThat(config(compose)).contains("image: " + PIN).contains("B: ");
    }
  }

  @Test
  void an_override_without_services_gets_some() throws IOException {
    Path override =
        Files.writeString(
            folder.resolve("docker-compose.override.yml"), "version: '3.8'\nvolumes: {}\n");

    pinned(Pin.OVERRIDE, Composes.both(), main, override);

    for (ComposeCommand compose : Composes.both()) {
      assertThat(config(compose)).contains("image: " + PIN);
    }
  }

  @Test
  void the_last_file_that_sets_the_image_is_edited_when_it_alone_builds() throws IOException {
    Files.writeString(main, "services:\n  shop:\n    image: shop:base\n    environment: [A=1]\n");
    Path second = Files.writeString(folder.resolve("production.yml"), BUILT);

    PinPlan plan = pinned(Pin.EDIT, Composes.both(), main, second);

    assertThat(plan.how()).as(plan.reason()).isEqualTo(Pin.EDIT);
    assertThat(plan.file()).isEqualTo(second.toString());
    assertThat(plan.sticks()).isTrue();
  }

  @Test
  void image_and_build_in_two_named_files_need_an_override_that_must_be_named() throws IOException {
    Path second =
        Files.writeString(
            folder.resolve("production.yml"), "services:\n  shop:\n    image: shop:2\n");

    PinPlan plan = pinned(Pin.EDIT, Composes.both(), main, second);

    assertThat(plan.how()).isEqualTo(Pin.OVERRIDE);
    assertThat(plan.sticks()).isFalse();
    assertThat(plan.file()).isEqualTo(folder.resolve("compose.rollback.yaml").toString());
    assertThat(plan.reason())
        .contains("production.yml sets the image, but compose.yaml has the service's build section")
        .contains("add -f " + folder.resolve("compose.rollback.yaml"));
  }

  @Test
  void files_named_in_the_environment_file_are_not_joined_by_an_override() throws IOException {
    Files.writeString(folder.resolve(".env"), "A=1\nCOMPOSE_FILE=compose.yaml\n");

    PinPlan plan = pinned(Pin.OVERRIDE, Composes.both(), main);

    assertThat(plan.sticks()).isFalse();
    assertThat(plan.reason()).contains("COMPOSE_FILE in .env");
  }

  @Test
  void an_edit_does_not_stick_beside_an_override_that_the_containers_did_not_know()
      throws IOException {
    Path later =
        Files.writeString(
            folder.resolve("compose.override.yaml"), "services:\n  shop:\n    image: shop:3\n");

    PinPlan plan = pinned(Pin.EDIT, Composes.both(), main);

    assertThat(plan.how()).isEqualTo(Pin.EDIT);
    assertThat(plan.sticks()).isFalse();
    assertThat(plan.reason()).contains("also reads " + later);
  }

  @Test
  void a_build_that_a_later_file_resets_is_left_so() throws IOException {
    Path override =
        Files.writeString(
            folder.resolve("compose.override.yaml"),
            "services:\n  shop:\n    image: shop:3\n    build: !reset null\n");

    PinPlan plan = pinned(Pin.EDIT, List.of(Composes.v2()), main, override);

    assertThat(plan.how()).as(plan.reason()).isEqualTo(Pin.EDIT);
    assertThat(plan.file()).isEqualTo(override.toString());
    assertThat(config(Composes.v2())).contains("image: " + PIN).doesNotContain("build:");
  }

  private PinPlan pinned(Pin preferred, List<ComposeCommand> validators, Path... files)
      throws IOException {
    return pinnedAs("plan", preferred, validators, files);
  }

  private PinPlan pinnedAs(
      String planId, Pin preferred, List<ComposeCommand> validators, Path... files)
      throws IOException {
    ComposeFiles project = ComposeFiles.of(folder, new ArrayList<>(List.of(files)));
    ComposeFilePin pin = new ComposeFilePin(project, "shop", PIN, "rolled back", backups);
    PinPlan plan = pin.plan(preferred, validators, () -> {});
    assertThat(plan.how()).as(plan.reason()).isNotEqualTo(Pin.LEAVE);
    assertThat(pin.apply(planId, plan)).isTrue();
    return plan;
  }

  /** As the next person types it: without -f. */
  private String config(ComposeCommand compose) throws IOException {
    return compose.run(List.of("config"), folder, Duration.ofMinutes(1), () -> {}).out();
  }
}

package dev.rollbook.compose;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.compose.ComposePin.Pin;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Files that are not edited: an override pins the image, and the reason is said. */
@Timeout(120)
@NeedsCompose
class UnsafeEditTest {

  private static final String PIN = "rollback/shop:20261123-051748";

  @TempDir Path folder;
  @TempDir Path backups;

  static Stream<Arguments> unsafe() {
    return Stream.of(
        Arguments.of(
            "x-image: &image shop:latest\nservices:\n  shop:\n    image: *image\n",
            "takes the image from an anchor elsewhere"),
        Arguments.of(
            "services:\n  shop:\n    image: &image shop:latest\n  other:\n    image: *image\n",
            "anchor that others refer to"),
        Arguments.of(
            "x-build: &build {context: .}\n"
                + "services:\n  shop:\n    build: *build\n    image: shop:latest\n",
            "takes the service's build from an anchor elsewhere"),
        Arguments.of(
            "services:\n  shop:\n    image: shop:latest\n    build: &build {context: .}\n"
                + "  other:\n    image: other:1\n    build: *build\n",
            "refers elsewhere to what would be commented out"),
        Arguments.of(
            "x-shop: &shop\n  image: shop:latest\nservices:\n  shop: *shop\n",
            "takes the service from an anchor elsewhere"),
        Arguments.of(
            "x-shop: &shop\n  image: shop:latest\nservices:\n  shop:\n    <<: *shop\n",
            "merges the service's image from an anchor"),
        Arguments.of(
            "x-a: &a\n  build: .\nx-b: &b\n  <<: *a\n"
                + "services:\n  shop:\n    <<: *b\n    image: shop:latest\n",
            "merges the service's build from an anchor"),
        Arguments.of(
            "services:\n  shop: &shop\n    image: shop:latest\n  other:\n    <<: *shop\n",
            "something else refers to it"),
        Arguments.of(
            "services:\n  base:\n    image: base:1\n  shop:\n    extends:\n      service: base\n"
                + "    image: shop:latest\n",
            "extends the service from another one"),
        Arguments.of(
            "services:\n  shop:\n    image: shop:latest\n  other:\n    extends:\n"
                + "      service: shop\n",
            "lets 'other' extend the service"),
        Arguments.of(
            "services:\n  shop: {image: \"shop:latest\", build: .}\n", "the service in flow style"),
        Arguments.of("services: {shop: {image: \"shop:latest\"}}\n", "services: section in flow"),
        Arguments.of("{\"services\": {\"shop\": {\"image\": \"shop:latest\"}}}\n", "flow style"),
        Arguments.of(
            "services:\n  shop:\n    image: >-\n      shop:latest\n", "image over several lines"),
        Arguments.of(
            "services:\n  shop:\n    ? image\n    : shop:latest\n", "keys in an unusual way"),
        Arguments.of(
            "services:\n  shop:\n    image: shop:latest\n    labels: [\"a=b\u2028c\"]\n",
            "line ends of Unicode's own"));
  }

  @ParameterizedTest
  @MethodSource("unsafe")
  void what_is_not_safely_edited_gets_an_override_that_v1_and_v2_follow(String text, String reason)
      throws IOException {
    Path file = Files.writeString(folder.resolve("docker-compose.yml"), text);
    ComposeFilePin pin = pin(file);

    PinPlan plan = pin.plan(Pin.EDIT, Composes.both(), () -> {});
    boolean changed = pin.apply("plan", plan);

    assertThat(plan.how()).as(plan.reason()).isEqualTo(Pin.OVERRIDE);
    assertThat(plan.reason()).contains("docker-compose.yml").contains(reason);
    assertThat(plan.sticks()).isTrue();
    assertThat(changed).isTrue();
    assertThat(file).content(StandardCharsets.UTF_8).isEqualTo(text);
    for (ComposeCommand compose : Composes.both()) {
      // without -f: as the next person types it
      String config = compose.run(List.of("config"), folder, Duration.ofMinutes(1), () -> {}).out();
      assertThat(config).as(compose.describe()).contains("image: " + PIN);
    }
  }

  static Stream<Arguments> refused() {
    return Stream.of(
        Arguments.of("services:\n  shop:\n    image: a:1\n    image: b:1\n", "key 'image' twice"),
        Arguments.of(
            "services:\n  shop:\n    image: a:1\n---\nservices:\n  shop:\n    image: b:1\n",
            "holds several YAML documents"),
        Arguments.of("services:\n  shop:\n    image: [a\n", "is not YAML in line 4"),
        Arguments.of("services:\n  shop:\n\timage: a\n", "is not YAML in line 3"),
        Arguments.of("", "is empty"));
  }

  @ParameterizedTest
  @MethodSource("refused")
  void a_file_that_tools_read_differently_is_never_edited(String text, String reason)
      throws IOException {
    Path file = Files.writeString(folder.resolve("docker-compose.yml"), text);

    PinPlan plan = pin(file).plan(Pin.EDIT, List.of(), () -> {});
    PinPlan judged = pin(file).plan(Pin.EDIT, Composes.both(), () -> {});

    assertThat(plan.how()).isNotEqualTo(Pin.EDIT);
    assertThat(plan.reason()).contains(reason);
    assertThat(judged.how()).isNotEqualTo(Pin.EDIT);
    assertThat(file).content(StandardCharsets.UTF_8).isEqualTo(text);
  }

  @Test
  void the_copy_that_compose_is_asked_about_is_for_the_same_eyes_as_the_file() throws IOException {
    Path file = folder.resolve("compose.yaml");
    Files.writeString(file, "services:\n  shop:\n    image: shop:latest\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    Path modes = folder.resolve("modes");
    Path program = folder.resolve("docker-compose");
    Files.writeString(
        program,
        "#!/bin/sh\n[ \"$1\" = version ] && echo 'Docker Compose version v2.40.3' && exit\nstat -c %%a %s/.rollbook-* >>%s 2>/dev/null\nexec %s \"$@\"\n"
            .formatted(folder, modes, ComposeCli.V2.program()));
    assertThat(program.toFile().setExecutable(true)).isTrue();
    ComposeCommand compose =
        ComposeCommand.ask(List.of(program.toString()), Map.of(), () -> {}).orElseThrow();

    for (Pin pin : List.of(Pin.EDIT, Pin.OVERRIDE)) {
      ComposeFilePin pinned =
          new ComposeFilePin(
              new ComposeFiles(folder, List.of(file), Optional.of("shop"), List.of(), List.of()),
              "shop",
              "rollback/shop:1",
              "why",
              backups);
      assertThat(pinned.plan(pin, List.of(compose), () -> {}).how()).isEqualTo(pin);
    }

    assertThat(Files.readAllLines(modes)).isNotEmpty().containsOnly("600");
    try (var left = Files.list(folder)) {
      assertThat(left.map(each -> each.getFileName().toString()))
          .noneMatch(name -> name.startsWith(".rollbook-"));
    }
  }

  @Test
  void a_project_that_compose_refuses_is_left_alone_with_its_words() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("compose.yaml"), "services:\n  shop:\n    image: a:1\n    imagee: b\n");

    PinPlan plan = pin(file).plan(Pin.EDIT, Composes.both(), () -> {});

    assertThat(plan.how()).isEqualTo(Pin.LEAVE);
    assertThat(plan.reason()).contains("Compose refuses the project as it is").contains("imagee");
  }

  @Test
  void a_service_that_no_file_defines_is_not_made_up() throws IOException {
    Path file =
        Files.writeString(folder.resolve("compose.yaml"), "services:\n  other:\n    image: a:1\n");

    for (List<ComposeCommand> validators : List.of(List.<ComposeCommand>of(), Composes.both())) {
      PinPlan plan = pin(file).plan(Pin.EDIT, validators, () -> {});

      assertThat(plan.how()).isEqualTo(Pin.LEAVE);
      assertThat(plan.reason()).contains("no file of the project defines 'shop'");
    }
  }

  @Test
  void a_file_that_may_not_be_written_gets_an_override_beside_it() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("compose.yaml"), "services:\n  shop:\n    image: shop:latest\n");
    ComposeFiles project = ComposeFiles.of(folder, List.of(file));
    ComposeFilePin pin =
        new ComposeFilePin(project, "shop", PIN, "rolled back", backups, it -> !it.equals(file));

    PinPlan plan = pin.plan(Pin.EDIT, Composes.both(), () -> {});

    assertThat(plan.how()).isEqualTo(Pin.OVERRIDE);
    assertThat(plan.reason()).contains("compose.yaml is not writable");
    assertThat(plan.file()).isEqualTo(folder.resolve("docker-compose.override.yml").toString());
  }

  @Test
  void a_folder_that_may_not_be_written_leaves_all_alone() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("compose.yaml"), "services:\n  shop:\n    image: shop:latest\n");
    ComposeFiles project = ComposeFiles.of(folder, List.of(file));
    ComposeFilePin pin =
        new ComposeFilePin(project, "shop", PIN, "rolled back", backups, it -> false);

    PinPlan plan = pin.plan(Pin.EDIT, Composes.both(), () -> {});

    assertThat(plan.how()).isEqualTo(Pin.LEAVE);
    assertThat(plan.reason()).contains("not writable").contains("bring the old image back");
    assertThat(pin.apply("plan", plan)).isFalse();
  }

  @Test
  void an_included_file_is_overridden_for_v2() throws IOException {
    Files.writeString(
        folder.resolve("shop.yml"), "services:\n  shop:\n    image: shop:latest\n    build: .\n");
    Path file =
        Files.writeString(
            folder.resolve("compose.yaml"),
            "include: [shop.yml]\nservices:\n  other:\n    image: a:1\n");

    PinPlan plan = pin(file).plan(Pin.EDIT, List.of(Composes.v2()), () -> {});

    assertThat(plan.how()).as(plan.reason()).isEqualTo(Pin.OVERRIDE);
    assertThat(plan.reason()).contains("no file of the project defines the service itself");
  }

  private ComposeFilePin pin(Path file) {
    return new ComposeFilePin(
        ComposeFiles.of(folder, List.of(file)), "shop", PIN, "rolled back", backups);
  }
}

package dev.rollbook.compose;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.Finding.Level;
import dev.rollbook.Plan;
import dev.rollbook.RollbackRequest;
import dev.rollbook.Severity;
import dev.rollbook.Version;
import dev.rollbook.compose.ComposeEnvironment.Rebuild;
import dev.rollbook.compose.ComposePin.Pin;
import dev.rollbook.local.Command;
import dev.rollbook.local.Git;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Less usual services, looked at by the preflight on a real engine. */
@NeedsDocker
@Timeout(180)
class PreflightFindingsTest {

  @TempDir Path folder;

  private ComposeShop shop;
  private ComposeActivities activities;

  @BeforeEach
  void open() throws IOException {
    shop = new ComposeShop(Files.createDirectory(folder.resolve("project")));
    activities = new ComposeActivities(folder.resolve("state"), shop.environment().build());
  }

  @AfterEach
  void close() {
    activities.close();
    shop.close();
  }

  @ParameterizedTest
  @EnumSource(ComposeCli.class)
  void pins_all_containers_of_a_scaled_service_by_number(ComposeCli cli) {
    shop.write(
        "docker-compose.yml",
        shop.composeFile()
            .replaceFirst("(?s)ports:\n.*?:8083\"", "tty: false")
            .replace("unless-stopped", "\"no\""));
    shop.up(cli, "--scale", "shop=3");

    Plan plan = plan(null, false);

    assertThat(plan.pinned().compose().containers())
        .extracting(ComposePin.Container::number)
        .containsExactly(1, 2, 3);
    assertThat(plan.pinned().compose().containers())
        .extracting(ComposePin.Container::id)
        .isEqualTo(shop.containers());
    assertThat(found(plan, Level.OK, "containers"))
        .singleElement()
        .asString()
        .startsWith("3 container(s)");
    assertThat(found(plan, Level.OK, "restart policy"))
        .hasSize(3)
        .allMatch(
            each ->
                each.endsWith(
                    "it does not come back by itself when the engine restarts, as before"));
  }

  @Test
  void one_that_lives_in_anothers_network_says_whose_and_is_there_again_over_the_api()
      throws IOException {
    shop.write(
        "docker-compose.yml",
        shop.composeFile().replaceFirst("(?s)ports:\n.*?:8083\"", "network_mode: service:proxy")
            + "  proxy:\n    image: %s\n    command: [\"sleep\", \"1000\"]\n"
                .formatted(shop.image("v1")));
    shop.up(ComposeCli.V2);
    String proxy = shop.containersOf("proxy").get(0);

    Plan plan = plan(null, false);
    activities.images.protect(plan.pinned());
    ShopSteps steps = new ShopSteps(shop, folder.resolve("state"), ShopSteps.Means.API);
    steps.stop(plan.pinned());
    steps.restart(plan.pinned());

    assertThat(found(plan, Level.WARNING, "shared namespaces"))
        .singleElement()
        .asString()
        .contains("uses the network of " + proxy, "must run when it is created anew");
    assertThat(shop.runningImage()).isEqualTo(shop.imageId("v2"));
    assertThat(shop.inspect().at("/State/Running").asBoolean()).isTrue();
    assertThat(shop.inspect().at("/HostConfig/NetworkMode").asText())
        .isEqualTo("container:" + proxy);
  }

  @Test
  void names_who_lives_in_the_memory_and_among_the_processes_of_the_container() {
    shop.write("docker-compose.yml", shop.composeFile() + "    ipc: shareable\n");
    shop.up(ComposeCli.V2);
    String id = shop.container();
    for (String namespace : List.of("ipc", "pid")) {
      shop.docker(
          "run",
          "-d",
          "--name",
          namespace + "-" + shop.suffix(),
          "--network",
          "none",
          "--" + namespace,
          "container:" + id,
          shop.image("v1"),
          "sleep",
          "1000");
    }

    List<String> sharers = found(plan(null, false), Level.WARNING, "shared namespaces");

    assertThat(sharers)
        .hasSize(2)
        .anyMatch(each -> each.startsWith("ipc-" + shop.suffix() + " uses the shared memory of"))
        .anyMatch(each -> each.startsWith("pid-" + shop.suffix() + " uses the processes of"));
  }

  @Test
  void two_images_of_one_age_are_no_answer() {
    Instant then = Instant.parse("1980-01-01T00:00:00Z");
    List<ImageCandidate> candidates =
        List.of(
            candidate("v3", then, true),
            candidate("v2", then, false),
            candidate("v1", then, false));
    ImageChoice choice =
        new ImageChoice(
            shop.engine(),
            activities.versions,
            Set.of(shop.repository()),
            candidates,
            Version.image(shop.imageId("v3"), null));

    assertThat(choice.choose("shop", "staging", null, Optional.empty())).isEmpty();
    assertThat(choice.isHopeless()).isTrue();
    assertThat(choice.findings())
        .singleElement()
        .matches(finding -> finding.blocks())
        .asString()
        .contains("equally old", "--to", shop.image("v1"), shop.image("v2"), "1980-01-01");
  }

  @Test
  void a_digest_is_a_target_once_the_engine_knows_it() throws IOException {
    shop.up(ComposeCli.V1);
    String digest;
    try (PushedImages registry = new PushedImages()) {
      String pushed = registry.address() + "/" + shop.repository() + ":v1";
      shop.docker("tag", shop.image("v1"), pushed);
      shop.docker("push", pushed);
      digest = shop.engine().inspectImage(shop.imageId("v1")).path("RepoDigests").path(0).asText();
    }
    assertThat(digest).contains("@sha256:").doesNotContain(shop.imageId("v1"));

    assertThat(plan(digest, false).pinned().target().id()).isEqualTo(shop.imageId("v1"));
    assertThat(found(plan(digest.replaceFirst(".$", "") + "g", false), Level.BLOCKER, "target"))
        .singleElement()
        .asString()
        .contains("there is no image", shop.image("v2"));
  }

  @ParameterizedTest
  @EnumSource(ComposeCli.class)
  void several_compose_files_are_pinned_in_their_order_and_the_last_that_names_it_is_edited(
      ComposeCli cli) throws IOException {
    shop.write(
        "more.yml",
        "version: \"3.8\"\nservices:\n  shop:\n    image: %s\n    labels: {more: \"1\"}\n"
            .formatted(shop.image("latest")));
    shop.write("docker-compose.yml", shop.composeFile().replace(shop.image("latest"), "none:1"));
    shop.compose(cli, "-f", "docker-compose.yml", "-f", "more.yml", "up", "-d");

    Plan plan = plan(null, false);
    activities.project.pinImage(plan.pinned());

    assertThat(plan.pinned().compose().files())
        .containsExactly(shop.file().toString(), shop.folder().resolve("more.yml").toString());
    assertThat(plan.pinned().compose().pin()).isEqualTo(Pin.EDIT);
    assertThat(Files.readString(shop.folder().resolve("more.yml")))
        .contains(plan.pinned().compose().image());
    assertThat(Files.readString(shop.file())).contains("none:1");
  }

  @Test
  void a_rebuild_that_is_asked_for_goes_to_a_commit_though_there_are_older_images()
      throws IOException {
    shop.up(ComposeCli.V1);
    Plan impossible = plan(null, true);
    Git git = new Git(shop.folder(), progress -> {});
    git.read("init", "-q");
    git.read("add", "docker-compose.yml");
    for (String message : List.of("one", "two")) {
      git.read(
          "-c",
          "user.name=t",
          "-c",
          "user.email=t@t",
          "commit",
          "-q",
          "--allow-empty",
          "-m",
          message);
    }
    activities.environment.set(
        shop.environment()
            .rebuild(
                new Rebuild(
                    shop.folder(),
                    new Command(List.of("sh"), shop.folder(), Duration.ofMinutes(1)),
                    shop.image("built")))
            .build());

    Plan previous = plan(null, true);
    Plan given = plan("HEAD", true);

    assertThat(found(impossible, Level.BLOCKER, "target"))
        .singleElement()
        .asString()
        .contains("leave --rebuild out");
    assertThat(previous.pinned().target().kind()).isEqualTo(Version.Kind.COMMIT);
    assertThat(previous.pinned().target().id()).isEqualTo(git.read("rev-parse", "HEAD^"));
    assertThat(previous.findings()).noneMatch(finding -> finding.blocks());
    assertThat(given.findings().toString()).contains("HEAD");
  }

  private ImageCandidate candidate(String tag, Instant created, boolean runsNow) {
    return new ImageCandidate(
        shop.imageId(tag), List.of(shop.image(tag)), created, 1, runsNow, Optional.empty());
  }

  private Plan plan(String to, boolean rebuild) {
    return activities.preflight.inspect(asked(to, rebuild)).plan();
  }

  static RollbackRequest asked(String to, boolean rebuild) {
    return new RollbackRequest(
        "shop",
        "staging",
        to,
        null,
        null,
        Severity.CRITICAL,
        null,
        null,
        false,
        false,
        rebuild,
        null,
        false);
  }

  private static List<String> found(Plan plan, Level level, String check) {
    return ComposeActivities.of(plan, level, check);
  }
}

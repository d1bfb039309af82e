package dev.rollbook.compose;

import static java.nio.file.StandardOpenOption.APPEND;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.rollbook.AlertRequest;
import dev.rollbook.Finding.Level;
import dev.rollbook.Inspection;
import dev.rollbook.KeptStop;
import dev.rollbook.Plan;
import dev.rollbook.RollbackRequest;
import dev.rollbook.Severity;
import dev.rollbook.StopFile;
import dev.rollbook.Version;
import dev.rollbook.compose.ComposeEnvironment.Rebuild;
import dev.rollbook.compose.ComposePin.Pin;
import dev.rollbook.local.Command;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Section B's preflight on a real engine. */
@NeedsDocker
@Timeout(180)
class ComposeInspectionTest {

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

  @Test
  void what_rollbook_stopped_is_started_by_people_and_by_no_alert() throws IOException {
    shop.up(ComposeCli.V2);
    new StopFile(folder.resolve("state"), ComposeShop.SERVICE, "staging")
        .write(new KeptStop(List.of("a plan"), JsonNodeFactory.instance.objectNode(), null, false));
    assertThat(stopsAlert()).as("somebody has started it since").isFalse();
    shop.docker("stop", shop.container());

    assertThat(stopsAlert()).isTrue();
    assertThat(activities.preflight.inspect(asked(null)).plan().findings())
        .noneMatch(finding -> finding.blocks());
  }

  private boolean stopsAlert() {
    return activities
        .preflight
        .inspect(AlertRequest.of(ComposeShop.SERVICE, "staging"))
        .plan()
        .findings()
        .stream()
        .anyMatch(finding -> finding.blocks() && finding.check().equals("stop"));
  }

  @ParameterizedTest
  @EnumSource(ComposeCli.class)
  void pins_what_the_labels_of_either_compose_say_and_the_newest_older_image(ComposeCli cli) {
    shop.up(cli);

    Inspection inspection = activities.preflight.inspect(asked(null));

    Plan plan = inspection.plan();
    assertThat(plan.findings()).as("%s", plan.findings()).noneMatch(finding -> finding.blocks());
    assertThat(plan.alreadyThere()).isFalse();
    assertThat(plan.pinned().changedAt())
        .isBetween(Instant.now().minusSeconds(120), Instant.now().plusSeconds(5));
    assertThat(plan.pinned().from().id()).isEqualTo(shop.imageId("v3"));
    assertThat(plan.pinned().target())
        .isEqualTo(Version.image(shop.imageId("v2"), plan.pinned().target().label()));
    ComposePin pin = plan.pinned().compose();
    assertThat(pin.project()).isEqualTo(shop.project());
    assertThat(pin.directory()).isEqualTo(shop.folder().toString());
    assertThat(pin.files()).containsExactly(shop.file().toString());
    assertThat(pin.containers())
        .containsExactly(new ComposePin.Container(shop.container(), 1, shop.imageId("v3")));
    assertThat(pin.image())
        .matches("rollback/shop:\\d{8}-\\d{4}-" + shop.imageId("v2").substring(7, 19));
    assertThat(pin.pin()).isEqualTo(Pin.EDIT);
    assertThat(found(plan, Level.OK, "engine")).hasSize(1).first().asString().contains("API 1.");
    assertThat(found(plan, Level.OK, "containers"))
        .singleElement()
        .asString()
        .startsWith("1 container(s)")
        .contains("running");
    assertThat(found(plan, Level.OK, "restart policy"))
        .singleElement()
        .asString()
        .contains("unless-stopped", "comes back when the engine restarts")
        .contains("may stay down when the engine's process alone was killed");
    assertThat(found(plan, Level.WARNING, "reason")).hasSize(1);
    assertThat(found(plan, Level.OK, "teams")).hasSize(1);
    assertThat(inspection.report().evidence())
        .contains(shop.image("v1"), shop.imageId("v1"), "running now");
    assertThat(shop.runningImage()).isEqualTo(shop.imageId("v3"));
  }

  @Test
  void goes_to_the_image_recorded_healthy_else_to_the_configured_tag_unless_that_is_the_bad_one() {
    shop.up(ComposeCli.V1);
    activities.environment.set(shop.environment().previousTag("latest").build());
    Plan badTag = plan(null);
    activities.environment.set(shop.environment().previousTag("v1").build());
    Plan tag = plan(null);
    activities.versions.record(shop.pinned("v2"));
    Plan healthy = plan(null);

    assertThat(found(badTag, Level.WARNING, "target"))
        .singleElement()
        .asString()
        .contains(shop.image("latest") + " is the very image that runs now");
    assertThat(badTag.pinned().target().id()).isEqualTo(shop.imageId("v2"));
    assertThat(tag.pinned().target().id()).isEqualTo(shop.imageId("v1"));
    assertThat(healthy.pinned().target().id()).isEqualTo(shop.imageId("v2"));
    assertThat(found(healthy, Level.OK, "target")).first().asString().contains("recorded healthy");
  }

  @Test
  void takes_a_tag_a_reference_an_id_and_a_short_id_and_lists_the_images_for_anything_else() {
    shop.up(ComposeCli.V1);
    String v1 = shop.imageId("v1");

    for (String to : List.of("v1", shop.image("v1"), v1, v1.substring(7), v1.substring(7, 19))) {
      assertThat(plan(to).pinned().target().id()).as(to).isEqualTo(v1);
    }
    for (String to : List.of("v9", "../x", "no such thing", "-", "latest:latest:latest")) {
      Plan none = plan(to);
      assertThat(none.pinned()).as(to).isNull();
      assertThat(found(none, Level.BLOCKER, "target"))
          .singleElement()
          .asString()
          .contains(to, shop.image("v1"), shop.image("v2"));
    }
    assertThat(found(plan("latest"), Level.BLOCKER, "target"))
        .singleElement()
        .asString()
        .contains("very image that runs now");
  }

  /** What is wrong with it, its health check does not see. */
  @Test
  void the_image_that_runs_is_no_target_though_it_says_up() {
    shop.docker("tag", shop.image("v1"), shop.image("latest"));
    shop.up(ComposeCli.V1).awaitStarted();

    Plan plan = plan("latest");

    assertThat(plan.alreadyThere()).isFalse();
    assertThat(found(plan, Level.BLOCKER, "target"))
        .singleElement()
        .asString()
        .contains("very image that runs now", "no rollback has recorded it healthy", "--to");
  }

  @Test
  void what_only_some_of_the_containers_run_is_a_target() {
    shop.docker("tag", shop.image("v2"), shop.image("latest"));
    shop.write("docker-compose.yml", shop.composeFile().replaceAll("(?m)^ +ports:\\n.*\\n", ""));
    shop.up(ComposeCli.V2);
    shop.docker("tag", shop.image("v3"), shop.image("latest"));
    shop.up(ComposeCli.V2, "--no-recreate", "--scale", "shop=2");

    Plan plan = plan("v2");

    assertThat(plan.pinned().from().id()).isEqualTo(shop.imageId("v2"));
    assertThat(plan.findings()).as("%s", plan.findings()).noneMatch(finding -> finding.blocks());
  }

  @Test
  void is_blocked_with_the_list_where_a_name_means_two_images() {
    shop.up(ComposeCli.V1);
    String shortId = shop.imageId("v1").substring(7, 19);
    shop.docker("tag", shop.image("v2"), shop.image(shortId));

    Plan plan = plan(shortId);

    assertThat(plan.pinned()).isNull();
    assertThat(found(plan, Level.BLOCKER, "target"))
        .singleElement()
        .asString()
        .contains("may mean", shop.imageId("v1"), shop.imageId("v2"));
  }

  @Test
  void names_what_is_near_an_unknown_service_or_project_and_says_where_no_engine_is() {
    shop.up(ComposeCli.V1);
    activities.environment.set(shop.environment().project(shop.project()).service("shpo").build());
    Plan service = plan(null);
    activities.environment.set(shop.environment().project(shop.project() + "x").build());
    Plan project = plan(null);
    URI nowhere = URI.create("unix://" + folder.resolve("docker.sock"));
    activities.environment.set(shop.environment().engine(nowhere).build());
    Plan engine = plan(null);

    assertThat(found(service, Level.BLOCKER, "project"))
        .singleElement()
        .asString()
        .contains("'shpo'", "did you mean 'shop'?");
    assertThat(found(project, Level.BLOCKER, "project"))
        .singleElement()
        .asString()
        .contains("did you mean '" + shop.project() + "'?");
    assertThat(found(engine, Level.BLOCKER, "engine"))
        .singleElement()
        .asString()
        .contains("no such socket", nowhere.toString());
  }

  @Test
  void says_of_an_engine_that_it_is_too_old_or_newer_than_any_that_is_known() throws IOException {
    shop.up(ComposeCli.V2);
    try (EngineProxy engine = new EngineProxy(shop.host())) {
      activities.environment.set(shop.environment().engine(engine.uri()).build());
      engine.speaks("1.12", "1.23");
      Plan old = plan(null);
      engine.speaks("1.50", "1.60");
      Plan young = plan(null);

      assertThat(old.pinned()).isNull();
      assertThat(found(old, Level.BLOCKER, "engine"))
          .singleElement()
          .asString()
          .contains("too old", "1.23", "upgrade the engine");
      assertThat(young.findings()).noneMatch(finding -> finding.blocks());
      assertThat(young.pinned().target().id()).isEqualTo(shop.imageId("v2"));
      assertThat(found(young, Level.WARNING, "engine"))
          .singleElement()
          .asString()
          .contains("API 1.50", "newer than 1.44, the newest that Rollbook knows");
    }
  }

  @Test
  void needs_no_project_in_the_catalog_where_only_one_has_the_service() {
    String only = "only" + shop.suffix();
    shop.write("docker-compose.yml", shop.composeFile().replace("  shop:", "  " + only + ":"));
    shop.up(ComposeCli.V2);
    activities.environment.set(shop.environment().anyProject().service(only).build());
    Plan one = plan(null);
    shop.docker(
        "create",
        "--name",
        "second-" + shop.suffix(),
        "--label",
        "com.docker.compose.project=second" + shop.suffix(),
        "--label",
        "com.docker.compose.service=" + only,
        "--label",
        "com.docker.compose.oneoff=False",
        shop.image("v1"));
    Plan two = plan(null);

    assertThat(one.pinned().compose().project()).isEqualTo(shop.project());
    assertThat(found(two, Level.BLOCKER, "project"))
        .singleElement()
        .asString()
        .contains("several projects", shop.project(), "second" + shop.suffix());
  }

  @Test
  void tells_of_what_a_recreate_left_of_sharers_and_of_what_will_not_stay() {
    shop.up(ComposeCli.V1);
    String id = shop.container();
    shop.docker(
        "create",
        "--name",
        "0123456789ab_" + shop.project(),
        "--rm",
        "--label",
        "com.docker.compose.project=" + shop.project(),
        "--label",
        "com.docker.compose.service=shop",
        "--label",
        "com.docker.compose.oneoff=False",
        "--label",
        "com.docker.compose.container-number=1",
        shop.image("v2"));
    shop.docker(
        "run",
        "-d",
        "--name",
        "sharer-" + shop.suffix(),
        "--network",
        "container:" + id,
        shop.image("v1"),
        "sleep",
        "1000");

    Plan plan = plan(null);

    assertThat(String.join("\n", found(plan, Level.WARNING, "containers")))
        .contains(
            "0123456789ab_" + shop.project() + " was left by a recreate",
            "removed by the engine as soon as it stops",
            "no label com.docker.compose.config-hash",
            "they run different images",
            "2 container(s)");
    assertThat(found(plan, Level.WARNING, "shared namespaces"))
        .singleElement()
        .asString()
        .contains("sharer-" + shop.suffix() + " uses the network of");
    assertThat(plan.pinned().compose().containers())
        .hasSize(2)
        .first()
        .matches(c -> c.id().equals(id));
  }

  @Test
  void says_beforehand_where_the_rollback_will_not_stick() throws IOException {
    shop.up(ComposeCli.V1);
    activities.environment.set(shop.environment().pin(Pin.LEAVE).build());
    Plan left = plan(null);
    activities.environment.set(shop.environment().build());
    shop.write(".gitignore", "docker-compose.yml\n");
    git("init", "-q");
    Plan ignored = plan(null);
    Files.move(shop.file(), shop.folder().resolve("elsewhere.yml"));
    Plan unreadable = plan(null);

    assertThat(left.pinned().compose().pin()).isEqualTo(Pin.LEAVE);
    assertThat(found(left, Level.WARNING, "compose file"))
        .singleElement()
        .asString()
        .contains("'docker compose up' may bring the bad version back");
    assertThat(ignored.pinned().compose().pin()).isEqualTo(Pin.OVERRIDE);
    assertThat(found(ignored, Level.WARNING, "compose file"))
        .first()
        .asString()
        .contains("ignored by git");
    assertThat(unreadable.pinned().compose().files()).isEmpty();
    assertThat(unreadable.pinned().compose().pin()).isEqualTo(Pin.LEAVE);
    assertThat(found(unreadable, Level.WARNING, "compose file"))
        .singleElement()
        .asString()
        .contains("cannot be read", "over the engine's API");
  }

  @Test
  void a_file_that_git_ignores_matters_only_where_it_would_be_edited() throws IOException {
    Path override =
        shop.write(
            "docker-compose.override.yml",
            "version: \"3.8\"\nservices:\n  shop:\n    environment: {MINE: \"1\"}\n");
    shop.write(".gitignore", "docker-compose.override.yml\n");
    git("init", "-q");
    shop.up(ComposeCli.V2);

    Plan beside = plan(null);
    Files.writeString(override, "    image: " + shop.image("latest") + "\n", APPEND);
    Plan image = plan(null);

    assertThat(beside.pinned().compose().files()).hasSize(2);
    assertThat(beside.pinned().compose().pin()).isEqualTo(Pin.EDIT);
    assertThat(found(beside, Level.OK, "compose file"))
        .anyMatch(it -> it.contains(shop.file() + " itself"));
    assertThat(found(beside, Level.WARNING, "compose file")).isEmpty();
    assertThat(found(image, Level.WARNING, "compose file"))
        .singleElement()
        .asString()
        .contains(override + " is ignored by git", "no file is read after it");
  }

  @Test
  void is_already_there_when_all_containers_run_the_target_healthy_and_the_file_says_so() {
    shop.up(ComposeCli.V1);
    String tag = "rollback/" + shop.repository() + ":1";
    shop.docker("tag", shop.image("v2"), tag);
    shop.write("docker-compose.yml", shop.composeFile().replace(shop.image("latest"), tag));
    shop.up(ComposeCli.V1).awaitStarted();
    Plan pinned = plan("v2");
    shop.write("docker-compose.yml", shop.composeFile());
    Plan never = plan("v2");
    activities.versions.record(shop.pinned("v2"));
    Plan unpinned = plan("v2");

    assertThat(pinned.alreadyThere()).as("%s", pinned.findings()).isTrue();
    assertThat(never.findings()).anyMatch(finding -> finding.blocks());
    assertThat(unpinned.alreadyThere()).isFalse();
    assertThat(unpinned.findings()).noneMatch(finding -> finding.blocks());
    assertThat(found(unpinned, Level.WARNING, "target"))
        .singleElement()
        .asString()
        .contains("only not written down any more");
  }

  @Test
  void builds_an_older_commit_when_asked_or_when_there_is_no_older_image() throws IOException {
    shop.up(ComposeCli.V1);
    shop.docker("rmi", shop.image("v1"), shop.image("v2"), shop.image("previous"));
    Plan none = plan(null);
    git("init", "-q");
    git("add", "docker-compose.yml");
    commit("one");
    commit("two");
    activities.environment.set(
        shop.environment()
            .rebuild(
                new Rebuild(
                    shop.folder(),
                    new Command(List.of("sh"), shop.folder(), Duration.ofMinutes(1)),
                    shop.image("built")))
            .build());
    Plan older = plan(null);

    assertThat(found(none, Level.BLOCKER, "target"))
        .singleElement()
        .asString()
        .contains("no older image", "'rebuild'");
    assertThat(older.findings()).as("%s", older.findings()).noneMatch(finding -> finding.blocks());
    assertThat(older.pinned().target().kind()).isEqualTo(Version.Kind.COMMIT);
    assertThat(older.pinned().target().id()).isEqualTo(git("rev-parse", "HEAD^"));
    assertThat(older.pinned().compose().image())
        .endsWith("-" + older.pinned().target().id().substring(0, 12));
  }

  private Plan plan(String to) {
    return activities.preflight.inspect(asked(to)).plan();
  }

  private static RollbackRequest asked(String to) {
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
        false,
        null,
        false);
  }

  private static List<String> found(Plan plan, Level level, String check) {
    return ComposeActivities.of(plan, level, check);
  }

  private void commit(String message) throws IOException {
    git(
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

  private String git(String... arguments) throws IOException {
    return new dev.rollbook.local.Git(shop.folder(), progress -> {}).read(arguments);
  }
}

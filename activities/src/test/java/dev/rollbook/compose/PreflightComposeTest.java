package dev.rollbook.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rollbook.Finding.Level;
import dev.rollbook.PinnedService;
import dev.rollbook.Plan;
import dev.rollbook.Secret;
import dev.rollbook.StepReport;
import dev.rollbook.compose.ComposePin.Pin;
import dev.rollbook.compose.ShopSteps.Means;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is planned about the compose files is what is done, and the next {@code up} agrees. */
@NeedsDocker
@Timeout(300)
class PreflightComposeTest {

  @TempDir Path folder;

  private ComposeShop shop;
  private ComposeActivities activities;
  private String how;

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
  void the_compose_that_made_the_containers_is_asked_in_preflight_and_not_again(ComposeCli cli)
      throws IOException {
    shop.up(cli);
    Path asked = counted(cli);
    Plan plan = plan();
    long before = count(asked);

    StepReport pinned = activities.project.pinImage(plan.pinned());

    assertThat(before).as("as it is, and as it will be").isEqualTo(2);
    assertThat(count(asked)).isEqualTo(before);
    assertThat(pinned.changed()).isTrue();
    assertThat(pinned.evidence()).contains("accepted by docker-compose", "when planned");
    assertThat(Files.readString(shop.file())).contains(plan.pinned().compose().image());
  }

  @ParameterizedTest
  @EnumSource(value = ComposeCli.class, names = "V1")
  void is_asked_again_when_what_it_reads_was_changed(ComposeCli cli) throws IOException {
    shop.up(cli);
    Path asked = counted(cli);
    Plan plan = plan();
    long before = count(asked);
    shop.write(".env", "UNUSED=1\n");

    activities.project.pinImage(plan.pinned());

    assertThat(count(asked)).isGreaterThan(before);
  }

  @ParameterizedTest
  @EnumSource(value = ComposeCli.class)
  void what_compose_refuses_is_told_in_the_plan(ComposeCli cli) throws IOException {
    shop.up(cli);
    activities.environment.set(shop.environment().path(folder(cli)).build());
    shop.write("docker-compose.yml", shop.composeFile() + "    no_such_key: 1\n");

    Plan plan = plan();

    assertThat(plan.pinned().compose().pin()).isEqualTo(Pin.LEAVE);
    assertThat(ComposeActivities.of(plan, Level.WARNING, "compose file"))
        .singleElement()
        .asString()
        .contains("Compose refuses the project as it is", "no_such_key");
  }

  @ParameterizedTest
  @EnumSource(ComposeCli.class)
  void an_override_is_used_by_the_restart_and_by_the_next_plain_up_and_not_by_a_build(
      ComposeCli cli) throws IOException {
    String built = shop.composeFile() + "    build: ./image\n";
    shop.write("docker-compose.yml", built);
    shop.up(cli);
    activities.environment.set(shop.environment().path(folder(cli)).pin(Pin.OVERRIDE).build());

    Plan plan = rolledBack(cli);

    assertThat(plan.pinned().compose().pin()).isEqualTo(Pin.OVERRIDE);
    assertThat(shop.runningImage()).isEqualTo(shop.imageId("v2"));
    assertThat(Files.readString(shop.file())).isEqualTo(built);
    // both find v1 on the PATH, which takes no `!reset`: the build section stays
    assertThat(ComposeActivities.of(plan, Level.WARNING, "compose file"))
        .singleElement()
        .asString()
        .contains("'up --build' would build the service anew and overwrite");
    for (ComposeCli reader : ComposeCli.values()) {
      assertThat(shop.compose(reader, "config")).contains(plan.pinned().compose().image());
    }
    shop.compose(cli, "up", "-d");
    assertThat(shop.runningImage()).isEqualTo(shop.imageId("v2"));
    shop.compose(cli, "up", "-d", "--force-recreate");
    assertThat(shop.runningImage()).isEqualTo(shop.imageId("v2"));
    assertThat(activities.project.pinImage(plan.pinned()).changed()).as("twice is once").isFalse();
    assertThat(Files.list(shop.folder()).map(file -> file.getFileName().toString()))
        .containsExactlyInAnyOrder("docker-compose.yml", "docker-compose.override.yml", "image");
    shop.compose(cli, "up", "-d", "--build");
    assertThat(shop.runningImage()).as("as warned").isNotEqualTo(shop.imageId("v2"));
  }

  @Test
  void a_tag_or_an_image_line_that_was_changed_since_the_plan_is_a_newer_deploy()
      throws IOException {
    shop.up(ComposeCli.V2);
    String container = shop.container();
    String started = shop.inspect().at("/State/StartedAt").asText();
    PinnedService pinned = plan().pinned();
    activities.images.protect(pinned);
    ShopSteps steps = new ShopSteps(shop, folder.resolve("state"), Means.API);
    assertThat(pinned.compose().written())
        .isEqualTo(new ComposePin.Written(shop.image("latest"), shop.imageId("v3")));

    shop.docker("tag", shop.image("v1"), shop.image("latest"));
    isNewerDeploy(
        () -> steps.stop(pinned), shop.image("latest") + " means the image " + shop.imageId("v1"));

    String edited = shop.composeFile().replace(shop.image("latest"), shop.image("v1"));
    shop.write("docker-compose.yml", edited);
    isNewerDeploy(
        () -> activities.project.pinImage(pinned),
        "name the image %s by now, and %s when this was planned"
            .formatted(shop.image("v1"), shop.image("latest")));

    assertThat(Files.readString(shop.file())).isEqualTo(edited);
    assertThat(shop.container()).isEqualTo(container);
    assertThat(shop.inspect().at("/State/StartedAt").asText()).isEqualTo(started);

    // to the target is the runbook's own way, and what is down already is not left down
    shop.docker("tag", shop.image("v2"), shop.image("latest"));
    assertThat(steps.stop(pinned).changed()).isTrue();
    shop.docker("tag", shop.image("v1"), shop.image("latest"));
    assertThat(steps.stop(pinned).changed()).isFalse();
  }

  @Test
  void one_whose_container_was_removed_goes_back_without_the_bad_version_being_started()
      throws IOException {
    shop.write(
        "docker-compose.yml",
        shop.composeFile() + "  db:\n    image: %s\n".formatted(shop.image("v1")));
    shop.up(ComposeCli.V2);
    shop.docker("rm", "--force", shop.container());
    activities.environment.set(shop.environment().path(folder(ComposeCli.V2)).build());

    Plan none = plan();
    shop.compose(ComposeCli.V2, "up", "--no-start", "shop");
    boolean started = new ServiceContainer(shop.inspect()).wasStarted();
    rolledBack(ComposeCli.V2);

    assertThat(none.pinned()).isNull();
    assertThat(ComposeActivities.of(none, Level.BLOCKER, "project"))
        .singleElement()
        .asString()
        .contains("no container of a service 'shop'", "'docker compose up --no-start shop' makes");
    assertThat(started).isFalse();
    assertThat(shop.runningImage()).isEqualTo(shop.imageId("v2"));
    assertThat(shop.inspect().at("/State/Running").asBoolean()).isTrue();
  }

  private static void isNewerDeploy(ThrowingCallable step, String words) {
    assertThatThrownBy(step)
        .hasStackTraceContaining(words)
        .hasStackTraceContaining("type='NewerDeploy'");
  }

  @ParameterizedTest
  @EnumSource(ComposeCli.class)
  void the_restart_has_exactly_the_projects_files_and_builds_pulls_and_starts_nothing_else(
      ComposeCli cli) throws IOException {
    shop.write(
        "more.yml",
        "version: \"3.8\"\nservices:\n  shop:\n    labels: {more: \"1\"}\n    depends_on: [db]\n  db:\n    image: %s\n"
            .formatted(shop.image("v1")));
    shop.compose(cli, "-f", "docker-compose.yml", "-f", "more.yml", "up", "-d");
    Path asked = recorded(cli, "up");

    rolledBack(
        new ShopSteps(shop, folder.resolve("state"), asked.resolveSibling("bin") + ":/usr/bin"));

    assertThat(Files.readAllLines(asked))
        .containsExactly(
            "-f %1$s/docker-compose.yml -f %1$s/more.yml --project-directory %1$s -p %2$s up -d --no-deps --no-build %3$s--scale shop=1 shop"
                .formatted(
                    shop.folder(), shop.project(), cli == ComposeCli.V2 ? "--pull never " : ""));
    assertThat(shop.runningImage()).isEqualTo(shop.imageId("v2"));
  }

  @Test
  void the_plugin_of_docker_itself_does_it_where_no_other_compose_is() throws IOException {
    shop.up(ComposeCli.V2);
    Path bin = Files.createDirectory(folder.resolve("bin"));
    Files.createSymbolicLink(bin.resolve("docker"), Path.of("/usr/bin/docker"));
    Path plugins = Files.createDirectories(folder.resolve("config/cli-plugins"));
    Files.createSymbolicLink(plugins.resolve("docker-compose"), Path.of(ComposeCli.V2.program()));
    Map<String, Secret> variables =
        Map.of(
            "PATH", new Secret(bin.toString(), Map.of()),
            "DOCKER_CONFIG", new Secret(folder.resolve("config").toString(), Map.of()));
    activities.environment.set(shop.environment().variables(variables).build());

    rolledBack(new ShopSteps(shop, folder.resolve("state"), bin.toString()).variables(variables));

    assertThat(shop.runningImage()).isEqualTo(shop.imageId("v2"));
    assertThat(how).contains("/docker compose 2");
  }

  @ParameterizedTest
  @EnumSource(ComposeCli.class)
  void what_the_restart_needed_for_itself_is_no_file_of_the_project(ComposeCli cli)
      throws IOException {
    shop.up(cli);
    activities.environment.set(shop.environment().path(folder(cli)).pin(Pin.LEAVE).build());
    rolledBack(cli);
    assertThat(shop.inspect().path("Config").path("Labels").toString())
        .contains(folder.resolve("state").toString());
    activities.environment.set(shop.environment().path(folder(cli)).build());

    Plan next = activities.preflight.inspect(PreflightFindingsTest.asked("v1", false)).plan();

    assertThat(next.pinned().compose().files()).containsExactly(shop.file().toString());
    assertThat(next.pinned().compose().pin()).isEqualTo(Pin.EDIT);
    deleteState();
    next = activities.preflight.inspect(PreflightFindingsTest.asked("v1", false)).plan();
    assertThat(next.pinned().compose().files()).containsExactly(shop.file().toString());
  }

  @ParameterizedTest
  @EnumSource(ComposeCli.class)
  void the_environment_file_that_the_project_was_started_with_goes_with_it(ComposeCli cli)
      throws IOException {
    shop.write(
        "docker-compose.yml",
        shop.composeFile() + "    environment: [\"PLACE=${PLACE:?is not set}\"]\n");
    shop.write("staging.env", "PLACE=staging\n");
    shop.compose(cli, "--env-file", "staging.env", "up", "-d");
    activities.environment.set(shop.environment().path(folder(cli)).build());

    Plan plan = rolledBack(cli);

    assertThat(plan.pinned().compose().pin()).isEqualTo(Pin.EDIT);
    assertThat(shop.runningImage()).isEqualTo(shop.imageId("v2"));
    assertThat(shop.inspect().path("Config").path("Env").toString()).contains("PLACE=staging");
  }

  @Test
  void so_do_several_of_them_in_their_order() throws IOException {
    shop.write(
        "docker-compose.yml",
        shop.composeFile()
            + "    environment: [\"PLACE=${PLACE:?is not set} ${ROOM:?is not set}\"]\n");
    shop.write("base.env", "PLACE=anywhere\nROOM=two\n");
    shop.write("staging.env", "PLACE=staging\n");
    shop.compose(ComposeCli.V2, "--env-file", "base.env", "--env-file", "staging.env", "up", "-d");
    activities.environment.set(shop.environment().path(folder(ComposeCli.V2)).build());

    Plan plan = rolledBack(ComposeCli.V2);

    assertThat(plan.pinned().compose().pin()).isEqualTo(Pin.EDIT);
    assertThat(shop.runningImage()).isEqualTo(shop.imageId("v2"));
    assertThat(shop.inspect().path("Config").path("Env").toString()).contains("PLACE=staging two");
  }

  private Plan rolledBack(ComposeCli cli) throws IOException {
    Plan plan =
        rolledBack(
            new ShopSteps(
                shop, folder.resolve("state"), cli == ComposeCli.V1 ? Means.V1 : Means.V2));
    assertThat(how).contains("docker-compose");
    return plan;
  }

  private Plan rolledBack(ShopSteps steps) throws IOException {
    Plan plan = plan();
    assertThat(plan.findings()).as("%s", plan.findings()).noneMatch(finding -> finding.blocks());
    activities.images.protect(plan.pinned());
    steps.stop(plan.pinned());
    activities.project.pinImage(plan.pinned());
    how = steps.restart(plan.pinned()).summary();
    return plan;
  }

  private void deleteState() throws IOException {
    try (var all = Files.walk(folder.resolve("state"))) {
      for (Path each : all.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.delete(each);
      }
    }
  }

  private Plan plan() {
    return activities.preflight.inspect(PreflightFindingsTest.asked(null, false)).plan();
  }

  private static String folder(ComposeCli cli) {
    return Path.of(cli.program()).getParent() + ":/usr/bin:/bin";
  }

  private Path counted(ComposeCli cli) throws IOException {
    return recorded(cli, "config");
  }

  /** The real one, and a line for each time that it gets the subcommand. */
  private Path recorded(ComposeCli cli, String subcommand) throws IOException {
    Path asked = folder.resolve("asked");
    Path bin = Files.createDirectory(folder.resolve("bin"));
    Path program =
        Files.writeString(
            bin.resolve("docker-compose"),
            "#!/bin/sh\ncase \" $* \" in *' %s '*) echo \"$*\" >>%s;; esac\nexec %s \"$@\"\n"
                .formatted(subcommand, asked, cli.program()));
    assertThat(program.toFile().setExecutable(true)).isTrue();
    activities.environment.set(shop.environment().path(bin + ":/usr/bin:/bin").build());
    return asked;
  }

  private static long count(Path asked) throws IOException {
    return Files.exists(asked) ? List.copyOf(Files.readAllLines(asked)).size() : 0;
  }
}

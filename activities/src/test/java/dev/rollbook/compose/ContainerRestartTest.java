package dev.rollbook.compose;

import static java.util.concurrent.TimeUnit.MINUTES;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rollbook.PinnedService;
import dev.rollbook.StepResult;
import dev.rollbook.compose.ComposePin.Pin;
import dev.rollbook.compose.ShopSteps.Means;
import io.temporal.failure.ApplicationFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@NeedsDocker
@Timeout(value = 5, unit = MINUTES)
class ContainerRestartTest {

  @TempDir Path project;
  @TempDir Path state;

  @ParameterizedTest
  @EnumSource(Means.class)
  void runs_the_pinned_image_and_the_next_up_keeps_it(Means means) throws IOException {
    try (ComposeShop shop = new ComposeShop(project).up(means.cli())) {
      PinnedService pinned = ShopSteps.pinned(shop, "v2", Pin.EDIT);
      ShopSteps.edit(shop, pinned);
      ShopSteps steps = new ShopSteps(shop, state, means);

      assertTrue(steps.stop(pinned).changed());
      StepResult result = steps.restart(pinned);

      assertTrue(result.changed(), result.summary());
      assertRunsOnly(shop, "v2");
      assertFalse(steps.restart(pinned).changed(), "twice is once");

      shop.compose(means.cli(), "up", "-d");
      assertRunsOnly(shop, "v2");
      shop.compose(means.cli(), "up", "-d", "--force-recreate");
      assertRunsOnly(shop, "v2");
    }
  }

  @ParameterizedTest
  @EnumSource(Means.class)
  void runs_the_pinned_image_though_the_file_still_says_the_bad_one(Means means)
      throws IOException {
    try (ComposeShop shop = new ComposeShop(project).up(means.cli())) {
      PinnedService pinned = ShopSteps.pinned(shop, "v2", Pin.LEAVE);
      ShopSteps steps = new ShopSteps(shop, state, means);

      steps.stop(pinned);
      steps.restart(pinned);

      assertRunsOnly(shop, "v2");
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = ComposeCli.class,
      names = {"V1", "V2"})
  void what_the_api_created_is_up_to_date_for_the_next_up_while_the_tag_is_where_it_was(
      ComposeCli cli) throws IOException {
    try (ComposeShop shop = new ComposeShop(project).up(cli)) {
      PinnedService pinned = ShopSteps.pinned(shop, "v2", Pin.LEAVE);
      ShopSteps steps = new ShopSteps(shop, state, Means.API);
      steps.stop(pinned);
      steps.restart(pinned);
      String created = shop.container();

      shop.compose(cli, "up", "-d");

      assertEquals(created, shop.container(), "labels are as Compose wrote them");
      assertRunsOnly(shop, "v2");

      shop.docker("tag", shop.image("v2"), shop.image("latest"));
      shop.compose(cli, "up", "-d", "--force-recreate");
      assertRunsOnly(shop, "v2");
    }
  }

  @ParameterizedTest
  @EnumSource(Means.class)
  void replaces_every_container_of_a_scaled_service(Means means) throws IOException {
    try (ComposeShop shop = scaled(means)) {
      PinnedService pinned = ShopSteps.pinned(shop, "v2", Pin.EDIT);
      ShopSteps.edit(shop, pinned);
      ShopSteps steps = new ShopSteps(shop, state, means);

      steps.stop(pinned);
      steps.restart(pinned);

      List<ServiceContainer> now = steps.containers();
      assertEquals(List.of(1, 2, 3), now.stream().map(ServiceContainer::number).toList());
      assertEquals(Set.of(shop.imageId("v2")), images(now));
      assertTrue(now.stream().allMatch(ServiceContainer::isRunning));
    }
  }

  private ComposeShop scaled(Means means) {
    ComposeShop shop = new ComposeShop(project);
    shop.write(
        "docker-compose.yml",
        shop.composeFile().replaceFirst("(?s)ports:\n.*?:8083\"", "tty: false"));
    return shop.up(means.cli(), "--scale", "shop=3");
  }

  @Test
  void finishes_over_the_api_what_compose_v1_left_half_done() throws IOException {
    try (ComposeShop shop = new ComposeShop(project).up(ComposeCli.V1)) {
      PinnedService pinned = ShopSteps.pinned(shop, "v2", Pin.EDIT);
      ShopSteps.edit(shop, pinned);
      String name = shop.inspect().path("Name").asText().substring(1);
      Path bin = Files.createDirectories(project.resolve("bin"));
      Path broken =
          shop.write(
              "bin/docker-compose",
              """
          #!/bin/sh
          [ "$1" = version ] && echo 'docker-compose version 1.29.2, build unknown' && exit
          docker rename %s %s_%s
          echo "KeyError: 'ContainerConfig'" >&2
          exit 1
          """
                  .formatted(name, shop.container().substring(0, 12), name));
      assertTrue(broken.toFile().setExecutable(true));
      ShopSteps steps =
          new ShopSteps(shop, state, bin + ":/usr/local/sbin:/usr/local/bin:/usr/bin:/bin");
      steps.stop(pinned);

      StepResult result = steps.restart(pinned);

      assertTrue(result.summary().contains("KeyError: 'ContainerConfig'"), result.summary());
      assertRunsOnly(shop, "v2");
      assertEquals("/" + name, shop.inspect().path("Name").asText());
    }
  }

  @Test
  void creates_a_container_again_that_is_gone() throws IOException {
    try (ComposeShop shop = new ComposeShop(project).up(ComposeCli.V1)) {
      PinnedService pinned = ShopSteps.pinned(shop, "v2", Pin.LEAVE);
      ShopSteps steps = new ShopSteps(shop, state, Means.API);
      steps.stop(pinned);
      shop.docker("rm", shop.container());

      steps.restart(pinned);

      assertRunsOnly(shop, "v2");
    }
  }

  @ParameterizedTest
  @EnumSource(Means.class)
  void of_two_containers_of_one_number_that_a_crashed_recreate_left_one_remains(Means means)
      throws IOException {
    try (ComposeShop shop = new ComposeShop(project).up(means.cli())) {
      String name = new ServiceContainer(shop.inspect()).name();
      shop.leftOver();
      PinnedService pinned = ShopSteps.pinned(shop, "v2", Pin.EDIT);
      assertEquals(List.of(1), pinned.compose().numbers());
      assertEquals(2, pinned.compose().containers().size());
      ShopSteps.edit(shop, pinned);
      ShopSteps steps = new ShopSteps(shop, state, means);

      steps.stop(pinned);
      steps.restart(pinned);

      assertRunsOnly(shop, "v2");
      assertEquals(name, new ServiceContainer(shop.inspect()).name());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "POST .*/containers/create, 400",
    "POST .*/connect, 404",
    "POST .*/connect, 500",
  })
  void what_the_engine_refuses_to_create_leaves_the_old_one_and_no_second(
      String request, int status) throws IOException {
    try (ComposeShop shop = new ComposeShop(project);
        EngineProxy proxy = new EngineProxy(shop.host())) {
      shop.write(
          "docker-compose.yml",
          shop.composeFile() + "    networks: [one, two]\nnetworks: {one: {}, two: {}}\n");
      shop.up(ComposeCli.V2);
      String old = shop.container();
      PinnedService pinned = ShopSteps.pinned(shop, "v2", Pin.LEAVE);
      ShopSteps steps = new ShopSteps(shop, state, Means.API).by(proxy);
      steps.stop(pinned);
      proxy.refuses(request, status, 1);

      RuntimeException refusal =
          assertThrows(RuntimeException.class, () -> steps.restart(pinned), request);

      assertTrue(refusal.getMessage().contains("no luck"), refusal.getMessage());
      assertEquals(
          status < 500, refusal instanceof ApplicationFailure, "tried again only if it may pass");
      assertEquals(old, shop.container());

      steps.restart(pinned);
      assertRunsOnly(shop, "v2");
    }
  }

  /** The first attempt made the new container, in one of them, and got no further. */
  @ParameterizedTest
  @ValueSource(strings = {"one", "two"})
  void a_network_that_is_gone_meanwhile_is_not_asked_for_again_and_again(String network)
      throws IOException {
    try (ComposeShop shop = new ComposeShop(project);
        EngineProxy proxy = new EngineProxy(shop.host())) {
      shop.write(
          "docker-compose.yml",
          shop.composeFile() + "    networks: [one, two]\nnetworks: {one: {}, two: {}}\n");
      shop.up(ComposeCli.V2);
      PinnedService pinned = ShopSteps.pinned(shop, "v2", Pin.LEAVE);
      new ShopSteps(shop, state, Means.API).stop(pinned);
      shop.docker("rm", shop.container());
      proxy.goesAwayAt("POST .*/connect");
      assertThrows(
          EngineFailure.class,
          () -> new ShopSteps(shop, state, Means.API).by(proxy).restart(pinned));
      String gone = shop.project() + "_" + network;
      shop.docker("network", "rm", gone);

      ApplicationFailure refusal =
          assertThrows(
              ApplicationFailure.class,
              () -> new ShopSteps(shop, state, Means.API).restart(pinned));

      assertEquals("RestartFailed", refusal.getType());
      assertTrue(refusal.getOriginalMessage().contains(gone), refusal.getOriginalMessage());
    }
  }

  @ParameterizedTest
  @EnumSource(Means.class)
  void leaves_a_newer_deploy_alone(Means means) throws IOException {
    try (ComposeShop shop = new ComposeShop(project).up(means.cli())) {
      PinnedService pinned = ShopSteps.pinned(shop, "v2", Pin.LEAVE);
      shop.docker("tag", shop.image("v1"), shop.image("latest"));
      shop.up(means.cli(), "--force-recreate");
      String newer = shop.container();
      String started = shop.inspect().path("State").path("StartedAt").asText();
      ShopSteps steps = new ShopSteps(shop, state, means);

      ApplicationFailure stop = assertThrows(ApplicationFailure.class, () -> steps.stop(pinned));
      ApplicationFailure restart =
          assertThrows(ApplicationFailure.class, () -> steps.restart(pinned));

      assertEquals("NewerDeploy", stop.getType());
      assertEquals("NewerDeploy", restart.getType());
      assertEquals(newer, shop.container());
      assertEquals(started, shop.inspect().path("State").path("StartedAt").asText());
    }
  }

  @Test
  void refuses_when_the_rollback_tag_was_moved() throws IOException {
    try (ComposeShop shop = new ComposeShop(project).up(ComposeCli.V1)) {
      PinnedService pinned = ShopSteps.pinned(shop, "v2", Pin.LEAVE);
      shop.docker("tag", shop.image("v1"), pinned.compose().image());
      String before = shop.container();

      ApplicationFailure refusal =
          assertThrows(
              ApplicationFailure.class, () -> new ShopSteps(shop, state, Means.V1).restart(pinned));

      assertEquals("TagMoved", refusal.getType());
      assertEquals(before, shop.container());
    }
  }

  private static void assertRunsOnly(ComposeShop shop, String tag) {
    assertEquals(shop.imageId(tag), shop.runningImage());
    ServiceContainer only = new ServiceContainer(shop.inspect());
    assertTrue(only.isRunning(), only.describe());
    assertTrue(only.isProperlyNamed(), only.name());
  }

  private static Set<String> images(List<ServiceContainer> containers) {
    return containers.stream().map(ServiceContainer::image).collect(Collectors.toSet());
  }
}

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
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@NeedsDocker
@Timeout(value = 5, unit = MINUTES)
class ContainerStopTest {

  @TempDir Path project;
  @TempDir Path state;

  @Test
  void stops_the_service_gracefully_and_nothing_else_of_the_project() throws IOException {
    try (ComposeShop shop = new ComposeShop(project)) {
      withNeighbour(shop, "");
      PinnedService pinned = ShopSteps.pinned(shop, "v2", Pin.LEAVE);
      String neighbour = startedAt(shop, shop.containersOf("db").get(0));

      StepResult result = new ShopSteps(shop, state, Means.V1).stop(pinned);

      assertTrue(result.changed());
      assertTrue(result.summary().contains("ended gracefully (exit 0)"), result.summary());
      ServiceContainer stopped = new ServiceContainer(shop.inspect());
      assertFalse(stopped.isUp(), "its restart policy is unless-stopped");
      ServiceContainer db =
          new ServiceContainer(shop.engine().inspectContainer(shop.containersOf("db").get(0)));
      assertTrue(db.isRunning());
      assertEquals(neighbour, db.startedAt());
    }
  }

  @ParameterizedTest
  @EnumSource(ComposeCli.class)
  void says_that_it_was_killed_when_its_own_grace_is_over(ComposeCli cli) throws IOException {
    try (ComposeShop shop = new ComposeShop(project)) {
      shop.write(
          "docker-compose.yml",
          shop.composeFile()
              + "    stop_grace_period: 1s\n"
              + "    command: [\"/bin/sh\", \"-c\", \"trap '' TERM; while :; do sleep 1; done\"]\n");
      shop.up(cli);
      PinnedService pinned = ShopSteps.pinned(shop, "v2", Pin.LEAVE);

      StepResult result = new ShopSteps(shop, state, Means.V1).stop(pinned);

      assertTrue(
          result.summary().contains("was killed after 1 s of grace (exit 137)"), result.summary());
    }
  }

  @Test
  void the_catalogs_grace_wins_over_the_containers_own_and_that_over_ten_seconds() {
    try (ComposeShop shop = new ComposeShop(project)) {
      shop.write("docker-compose.yml", shop.composeFile() + "    stop_grace_period: 1m\n");
      shop.up(ComposeCli.V1);
      ServiceContainer own = new ServiceContainer(shop.inspect());
      shop.write("docker-compose.yml", shop.composeFile());
      shop.up(ComposeCli.V1);
      ServiceContainer without = new ServiceContainer(shop.inspect());
      ContainerEnding catalogs =
          new ContainerEnding(shop.engine(), Optional.of(Duration.ofSeconds(3)));
      ContainerEnding silent = new ContainerEnding(shop.engine(), Optional.empty());

      assertEquals(Duration.ofSeconds(3), catalogs.grace(own));
      assertEquals(Duration.ofSeconds(3), catalogs.grace(without));
      assertEquals(Duration.ofMinutes(1), silent.grace(own));
      assertEquals(Duration.ofSeconds(10), silent.grace(without));
    }
  }

  @Test
  void is_killed_when_the_catalogs_grace_is_over_though_its_own_is_longer() throws IOException {
    try (ComposeShop shop = new ComposeShop(project)) {
      shop.write(
          "docker-compose.yml",
          shop.composeFile()
              + "    stop_grace_period: 10m\n"
              + "    command: [\"/bin/sh\", \"-c\", \"trap '' TERM; while :; do sleep 1; done\"]\n");
      shop.up(ComposeCli.V2);
      PinnedService pinned = ShopSteps.pinned(shop, "v2", Pin.LEAVE);
      ShopSteps steps = new ShopSteps(shop, state, Means.API).stopGrace(Duration.ofSeconds(1));

      assertTrue(steps.stop(pinned).summary().contains("was killed after 1 s of grace (exit 137)"));
      shop.docker("start", shop.container());
      assertTrue(
          steps
              .stopAfterFailure(pinned)
              .summary()
              .contains("was killed after 1 s of grace (exit 137)"));
    }
  }

  @Test
  void one_that_is_stopped_already_is_left_as_it_is() throws IOException {
    try (ComposeShop shop = new ComposeShop(project).up(ComposeCli.V1)) {
      PinnedService pinned = ShopSteps.pinned(shop, "v2", Pin.LEAVE);
      ShopSteps steps = new ShopSteps(shop, state, Means.V1);
      steps.stop(pinned);

      StepResult again = steps.stop(pinned);

      assertFalse(again.changed());
      assertEquals("already stopped", again.summary());
    }
  }

  @Test
  void stops_one_that_its_restart_policy_starts_over_and_over() throws IOException {
    try (ComposeShop shop = new ComposeShop(project)) {
      shop.write(
          "docker-compose.yml",
          shop.composeFile().replace("unless-stopped", "always")
              + "    command: [\"/bin/false\"]\n");
      shop.up(ComposeCli.V1);
      PinnedService pinned = ShopSteps.pinned(shop, "v2", Pin.LEAVE);
      ShopSteps steps = new ShopSteps(shop, state, Means.V1);

      assertTrue(steps.stop(pinned).changed());

      assertFalse(new ServiceContainer(shop.inspect()).isUp());
      assertFalse(steps.stop(pinned).changed());
    }
  }

  @Test
  void after_a_failure_nothing_runs_and_nothing_will_start_with_the_engine() throws IOException {
    try (ComposeShop shop = new ComposeShop(project).up(ComposeCli.V2)) {
      PinnedService pinned = ShopSteps.pinned(shop, "v2", Pin.EDIT);
      ShopSteps.edit(shop, pinned);
      ShopSteps steps = new ShopSteps(shop, state, Means.V2);
      steps.stop(pinned);
      steps.restart(pinned);

      StepResult result = steps.stopAfterFailure(pinned);

      assertTrue(result.changed());
      assertTrue(result.evidence().contains("unless-stopped"), result.evidence());
      ServiceContainer stopped = new ServiceContainer(shop.inspect());
      assertFalse(stopped.isUp());
      assertEquals("no", stopped.restartPolicy().path("Name").asText());
      StepResult again = steps.stopAfterFailure(pinned);
      assertFalse(again.changed());
      assertTrue(again.evidence().contains("unless-stopped"), "the first word counts");
      ApplicationFailure late = assertThrows(ApplicationFailure.class, () -> steps.restart(pinned));
      assertEquals("Stopped", late.getType());
      assertFalse(new ServiceContainer(shop.inspect()).isUp());
    }
  }

  private static void withNeighbour(ComposeShop shop, String more) {
    shop.write(
        "docker-compose.yml",
        shop.composeFile() + more + "  db:\n    image: " + shop.image("v1") + "\n");
    shop.up(ComposeCli.V1);
  }

  private static String startedAt(ComposeShop shop, String id) {
    return new ServiceContainer(shop.engine().inspectContainer(id)).startedAt();
  }
}

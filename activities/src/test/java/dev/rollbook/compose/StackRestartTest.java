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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@NeedsDocker
@Timeout(value = 5, unit = MINUTES)
class StackRestartTest {

  @TempDir Path project;
  @TempDir Path state;

  /** Without Compose only v2's labels tell the order. */
  @ParameterizedTest
  @EnumSource(
      value = Means.class,
      names = {"V1", "V2"})
  void restarts_each_service_once_what_it_depends_on_is_healthy(Means means) throws IOException {
    try (ComposeShop shop = new ComposeShop(project)) {
      stack(shop, "test -f /tmp/up || { touch /tmp/up; false; }");
      shop.up(means.cli());
      PinnedService pinned = ShopSteps.pinned(shop, "v3", Pin.LEAVE);
      String before = only(shop, "db").startedAt();
      ShopSteps steps = new ShopSteps(shop, state, means);

      StepResult result = steps.restartStack(pinned);

      assertTrue(result.changed());
      assertTrue(result.summary().endsWith("db, shop, agateway"), result.summary());
      ServiceContainer db = only(shop, "db");
      assertFalse(db.startedAt().equals(before));
      assertTrue(db.startedAt().compareTo(only(shop, "shop").startedAt()) < 0);
      assertTrue(only(shop, "shop").startedAt().compareTo(only(shop, "agateway").startedAt()) < 0);
      assertEquals("healthy", db.health());
      String after = db.startedAt();
      assertFalse(steps.restartStack(pinned).changed(), "a second attempt finds it done");
      assertEquals(after, only(shop, "db").startedAt());
    }
  }

  @Test
  void stops_at_the_first_that_does_not_come_up() throws IOException {
    try (ComposeShop shop = new ComposeShop(project)) {
      stack(shop, "true");
      shop.up(ComposeCli.V2);
      PinnedService pinned = ShopSteps.pinned(shop, "v3", Pin.LEAVE);
      String shopBefore = only(shop, "shop").startedAt();
      shop.docker("exec", only(shop, "db").id(), "/bin/sh", "-c", "echo exit 3 >/serve.sh");

      ApplicationFailure failure =
          assertThrows(
              ApplicationFailure.class,
              () -> new ShopSteps(shop, state, Means.V2).restartStack(pinned));

      assertEquals("RestartFailed", failure.getType());
      assertTrue(
          failure.getOriginalMessage().contains("ended with exit code 3"),
          failure.getOriginalMessage());
      assertEquals(shopBefore, only(shop, "shop").startedAt());
    }
  }

  private static void stack(ComposeShop shop, String check) {
    shop.write(
        "docker-compose.yml",
        shop.composeFile()
            + """
                depends_on: [db]
              agateway:
                image: %1$s
                depends_on: [shop]
              db:
                image: %1$s
                healthcheck: {test: ["CMD", "/bin/sh", "-c", "%2$s"], interval: 1s, retries: 30}
            """
                .formatted(shop.image("v1"), check)
                .indent(0));
  }

  private static ServiceContainer only(ComposeShop shop, String service) {
    return ServiceContainer.of(shop.engine(), shop.project(), service).get(0);
  }
}

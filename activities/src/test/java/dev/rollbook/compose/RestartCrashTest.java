package dev.rollbook.compose;

import static java.util.concurrent.TimeUnit.MINUTES;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rollbook.PinnedService;
import dev.rollbook.compose.ComposePin.Pin;
import dev.rollbook.compose.ShopSteps.Means;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The worker dies at every point of the restart at which it talks to the engine, or waits. */
@NeedsDocker
@Timeout(value = 25, unit = MINUTES)
class RestartCrashTest {

  @TempDir Path project;
  @TempDir Path state;

  private static final class Crash extends Error {
    private static final long serialVersionUID = 1L;
  }

  @ParameterizedTest
  @EnumSource(Means.class)
  void a_crash_anywhere_leaves_a_container_and_the_next_attempt_ends_right(Means means)
      throws IOException {
    try (ComposeShop shop = new ComposeShop(project)) {
      // each run of Compose takes seconds, so only some of its points are tried
      int step = means == Means.API ? 1 : 6;
      int after = 0;
      while (isCrashed(shop, means, after)) {
        after += step;
      }

      assertTrue(after >= 12, "only " + after + " calls were made");
    }
  }

  /** False when the restart was done before it could crash. */
  private boolean isCrashed(ComposeShop shop, Means means, int after) throws IOException {
    shop.write("docker-compose.yml", shop.composeFile());
    shop.up(means.cli(), "--force-recreate");
    PinnedService pinned = ShopSteps.pinned(shop, "v2", Pin.EDIT);
    ShopSteps.edit(shop, pinned);
    Path folder = state.resolve("crash-" + after);
    new ShopSteps(shop, folder, means).stop(pinned);
    AtomicInteger calls = new AtomicInteger();
    boolean crashed = false;
    try {
      new ShopSteps(shop, folder, means)
          .whileWaiting(
              () -> {
                if (calls.getAndIncrement() == after) {
                  throw new Crash();
                }
              })
          .restart(pinned);
    } catch (Crash e) {
      crashed = true;
      assertFalse(shop.containers().isEmpty(), "none is left after " + after + " calls");
    }

    ShopSteps again = new ShopSteps(shop, folder, means);
    again.restart(pinned);

    List<ServiceContainer> now = again.containers();
    assertEquals(1, now.size(), "after " + after + " calls: " + now);
    assertEquals(shop.imageId("v2"), now.get(0).image());
    assertTrue(now.get(0).isRunning() && now.get(0).isProperlyNamed(), now.get(0).describe());
    return crashed;
  }
}

package dev.rollbook.compose;

import static java.util.concurrent.TimeUnit.MINUTES;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rollbook.PinnedService;
import dev.rollbook.compose.ComposePin.Pin;
import dev.rollbook.compose.ShopSteps.Means;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
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

  /** One that is set up to vanish is gone once it is stopped: nothing else is left to keep. */
  @Test
  void a_crash_while_networks_are_connected_loses_none_though_the_old_container_is_gone()
      throws IOException {
    try (ComposeShop shop = new ComposeShop(project)) {
      shop.write(
          "docker-compose.yml",
          shop.composeFile()
              + "    networks: {default: {}, inner: {aliases: [store]}}\nnetworks: {inner: {}}\n");
      int after = 0;
      while (isCrashedInTwoNetworks(shop, after)) {
        after++;
      }

      assertTrue(after >= 6, "only " + after + " calls were made");
    }
  }

  private boolean isCrashedInTwoNetworks(ComposeShop shop, int after) throws IOException {
    shop.up(ComposeCli.V2, "--force-recreate");
    PinnedService pinned = ShopSteps.pinned(shop, "v2", Pin.LEAVE);
    Path folder = state.resolve("two-" + after);
    new ShopSteps(shop, folder, Means.API).stop(pinned);
    shop.docker("rm", shop.container());
    boolean crashed = isCrashed(shop, folder, pinned, after);

    new ShopSteps(shop, folder, Means.API).restart(pinned);

    JsonNode networks = shop.inspect().at("/NetworkSettings/Networks");
    assertEquals(2, networks.size(), "after " + after + " calls: " + networks);
    assertTrue(networks.toString().contains("\"store\""), networks.toString());
    assertEquals(shop.imageId("v2"), shop.runningImage());
    return crashed;
  }

  private static boolean isCrashed(ComposeShop shop, Path folder, PinnedService pinned, int after)
      throws IOException {
    AtomicInteger calls = new AtomicInteger();
    try {
      new ShopSteps(shop, folder, Means.API)
          .whileWaiting(
              () -> {
                if (calls.getAndIncrement() == after) {
                  throw new Crash();
                }
              })
          .restart(pinned);
      return false;
    } catch (Crash e) {
      return true;
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

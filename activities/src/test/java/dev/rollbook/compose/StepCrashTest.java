package dev.rollbook.compose;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.PinnedService;
import dev.rollbook.StepResult;
import dev.rollbook.compose.ComposePin.Pin;
import dev.rollbook.compose.ShopSteps.Means;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The worker dies at each point at which B1, S1 and the stack's restart talk to the engine. */
@NeedsDocker
@Timeout(900)
class StepCrashTest {

  @TempDir Path project;
  @TempDir Path state;

  private static final class Crash extends Error {

    private static final long serialVersionUID = 1L;
  }

  @FunctionalInterface
  private interface Step {
    void run(ShopSteps steps, PinnedService pinned) throws IOException;
  }

  @Test
  void a_stop_that_is_cut_off_anywhere_is_finished_by_the_next_attempt() throws IOException {
    try (ComposeShop shop = new ComposeShop(project).up(ComposeCli.V2)) {
      String container = shop.container();
      PinnedService pinned = ShopSteps.pinned(shop, "v2", Pin.LEAVE);
      int crashes = 0;
      while (isCrashed(shop, pinned, crashes, ShopSteps::stop)) {
        new ShopSteps(shop, state.resolve("s" + crashes), Means.API).stop(pinned);
        ServiceContainer stopped = new ServiceContainer(shop.inspect());
        assertThat(stopped.isUp()).as("after %d calls", crashes).isFalse();
        assertThat(stopped.id()).isEqualTo(container);
        assertThat(stopped.restarts()).as("the policy is its own").isEqualTo("unless-stopped");
        shop.docker("start", container);
        crashes++;
      }
      assertThat(crashes).isGreaterThan(3);
    }
  }

  @Test
  void an_emergency_stop_that_is_cut_off_anywhere_is_finished_and_keeps_the_policy_it_found()
      throws IOException {
    try (ComposeShop shop = new ComposeShop(project).up(ComposeCli.V2)) {
      PinnedService pinned = ShopSteps.pinned(shop, "v2", Pin.LEAVE);
      int crashes = 0;
      while (isCrashed(shop, pinned, crashes, ShopSteps::stopAfterFailure)) {
        StepResult again =
            new ShopSteps(shop, state.resolve("s" + crashes), Means.API).stopAfterFailure(pinned);
        ServiceContainer stopped = new ServiceContainer(shop.inspect());
        assertThat(stopped.isUp()).as("after %d calls", crashes).isFalse();
        assertThat(stopped.restarts()).isEqualTo("no");
        assertThat(again.evidence()).contains("unless-stopped");
        shop.docker("update", "--restart", "unless-stopped", stopped.id());
        shop.docker("start", stopped.id());
        crashes++;
      }
      assertThat(crashes).isGreaterThan(4);
    }
  }

  @Test
  void a_restart_of_the_stack_that_is_cut_off_anywhere_goes_on_where_it_was() throws IOException {
    try (ComposeShop shop = new ComposeShop(project)) {
      shop.write(
          "docker-compose.yml",
          shop.composeFile()
              + "    depends_on: [db]\n  db:\n    image: %s\n".formatted(shop.image("v1")));
      shop.up(ComposeCli.V2);
      PinnedService pinned = ShopSteps.pinned(shop, "v3", Pin.LEAVE);
      int crashes = 0;
      boolean crashed = true;
      while (crashed) {
        List<String> before = started(shop);
        crashed = isCrashed(shop, pinned, crashes, ShopSteps::restartStack);
        List<String> meanwhile = started(shop);
        new ShopSteps(shop, state.resolve("s" + crashes), Means.API).restartStack(pinned);
        List<String> after = started(shop);
        assertThat(after)
            .as("after %d calls", crashes)
            .hasSize(2)
            .doesNotContainAnyElementsOf(before);
        for (String done : meanwhile) {
          assertThat(before.contains(done) || after.contains(done))
              .as("%s is restarted once, after %d calls", done, crashes)
              .isTrue();
        }
        crashes += 2;
      }
      assertThat(crashes).isGreaterThan(10);
    }
  }

  private static List<String> started(ComposeShop shop) {
    List<String> started = new ArrayList<>();
    for (ServiceContainer each : ServiceContainer.ofProject(shop.engine(), shop.project())) {
      if (each.isRunning()) {
        started.add(each.id() + " " + each.startedAt());
      }
    }
    return started;
  }

  /** False when the step was done before it could crash. */
  private boolean isCrashed(ComposeShop shop, PinnedService pinned, int after, Step step)
      throws IOException {
    AtomicInteger calls = new AtomicInteger();
    ShopSteps steps =
        new ShopSteps(shop, state.resolve("s" + after), Means.API)
            .whileWaiting(
                () -> {
                  if (calls.getAndIncrement() == after) {
                    throw new Crash();
                  }
                });
    try {
      step.run(steps, pinned);
      return false;
    } catch (Crash e) {
      return true;
    }
  }
}

package dev.rollbook.compose;

import static java.util.concurrent.TimeUnit.MINUTES;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rollbook.Heartbeat;
import dev.rollbook.PinnedService;
import dev.rollbook.Redaction;
import dev.rollbook.StepReport;
import dev.rollbook.compose.ComposePin.Pin;
import dev.rollbook.local.MachineProcesses;
import io.temporal.failure.ActivityFailure;
import io.temporal.failure.ApplicationFailure;
import io.temporal.testing.TestActivityEnvironment;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@NeedsDocker
@Timeout(value = 5, unit = MINUTES)
class EngineContainersTest {

  @TempDir Path project;
  @TempDir Path state;

  @Test
  void stops_restarts_and_after_a_failure_stops_for_good_as_activities() {
    TestActivityEnvironment temporal = TestActivityEnvironment.newInstance();
    try (ComposeShop shop = new ComposeShop(project).up(ComposeCli.V1)) {
      temporal.registerActivitiesImplementations(
          new EngineContainers(
              (service, environment) -> shop.environment().build(),
              new DockerEngines(),
              state,
              new MachineProcesses(),
              Redaction.NONE,
              service -> StepReport.done("seen", "", 1),
              Heartbeat::ofActivity));
      ComposeContainers containers = temporal.newActivityStub(ComposeContainers.class);
      PinnedService pinned = ShopSteps.pinned(shop, "v2", Pin.EDIT);
      ShopSteps.edit(shop, pinned);

      assertEquals("seen", containers.captureEvidence(pinned).summary());
      assertTrue(containers.stop(pinned).changed());
      assertTrue(containers.restart(pinned).changed());
      assertEquals(shop.imageId("v2"), shop.runningImage());
      assertTrue(containers.restartStack(pinned).changed());
      assertTrue(containers.stopAfterFailure(pinned).changed());

      assertFalse(new ServiceContainer(shop.inspect()).isUp());
      ActivityFailure late = assertThrows(ActivityFailure.class, () -> containers.restart(pinned));
      assertEquals("Stopped", ((ApplicationFailure) late.getCause()).getType());
    } finally {
      temporal.close();
    }
  }
}

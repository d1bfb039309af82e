package dev.rollbook.compose;

import dev.rollbook.PinnedService;
import dev.rollbook.StepReport;
import io.temporal.activity.ActivityInterface;
import java.util.List;

/** Whether the service has come up. Reads only. */
@ActivityInterface(namePrefix = "ComposeHealth")
public interface ComposeHealth {

  /**
   * B6: follows the log of every container of the service, from this start on, until the start line
   * is there.
   *
   * @throws io.temporal.failure.ApplicationFailure ServiceDied, NotReady, ErrorLines, each with the
   *     last lines; NewerDeploy when other containers serve by now
   */
  StepReport awaitStart(PinnedService service);

  /**
   * B7: the container's own health check, where it has one, and the health URL, as often in a row
   * as the catalog wants.
   *
   * @throws io.temporal.failure.ApplicationFailure NotHealthy, DatabaseDown, ServiceDied;
   *     NewerDeploy when other containers serve by now
   */
  StepReport awaitHealthy(PinnedService service);

  /**
   * B8: the catalog's further checks, and a last look at whose containers have answered.
   *
   * @throws io.temporal.failure.ApplicationFailure CheckFailed, ServiceDied; NewerDeploy when other
   *     containers serve by now
   */
  StepReport verify(PinnedService service);

  /** Whether what the service depends on answers: URLs, TCP ports, containers. */
  Dependencies checkDependencies(PinnedService service);

  /**
   * @param down names of those that do not answer; empty when all do, or none is configured
   * @param databases those of them that the catalog calls a database; left out in histories from
   *     before it could
   */
  record Dependencies(List<String> down, List<String> databases, StepReport report) {

    public Dependencies {
      down = down == null ? List.of() : List.copyOf(down);
      databases = databases == null ? List.of() : List.copyOf(databases);
    }
  }
}

package dev.rollbook.verification;

import dev.rollbook.PinnedService;
import dev.rollbook.StepReport;
import io.temporal.activity.ActivityInterface;

/** Asks the service how it is, over HTTP. Reads only. */
@ActivityInterface(namePrefix = "Health")
public interface Health {

  /**
   * A4: asks the health URL until it says {@code UP} as often in a row as the catalog wants.
   *
   * @throws io.temporal.failure.ApplicationFailure NotHealthy when the time is up, saying how far
   *     it got and what the last answer was; DatabaseDown instead when that one names a database
   */
  StepReport awaitUp(PinnedService service);

  /**
   * The catalog's further checks, each asked once, all results told.
   *
   * @throws io.temporal.failure.ApplicationFailure CheckFailed naming those that failed
   */
  StepReport verify(PinnedService service);
}

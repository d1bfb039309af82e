package dev.rollbook.aftermath;

import dev.rollbook.PinnedService;
import dev.rollbook.StepReport;
import io.temporal.activity.ActivityInterface;

/** The record of versions that proved healthy, so that "last good" is known next time. */
@ActivityInterface(namePrefix = "HealthyVersions")
public interface HealthyVersions {

  /** The target is recorded healthy, what it replaced as withdrawn. Twice is once. */
  StepReport record(PinnedService service);
}

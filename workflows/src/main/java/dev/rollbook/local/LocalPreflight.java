package dev.rollbook.local;

import dev.rollbook.Plan;
import dev.rollbook.RollbackRequest;
import dev.rollbook.StepReport;
import io.temporal.activity.ActivityInterface;

/** Section A's preconditions. */
@ActivityInterface(namePrefix = "LocalPreflight")
public interface LocalPreflight {

  /**
   * Looks at everything a rollback needs and changes nothing; all findings come at once. The target
   * is pinned here: the given ref, else the last commit recorded healthy by us, else the configured
   * previous tag, else the parent commit.
   */
  Inspection inspect(RollbackRequest request);

  /**
   * @param plan without steps; its pinned service is null when no target was found
   */
  record Inspection(Plan plan, StepReport report) {}
}

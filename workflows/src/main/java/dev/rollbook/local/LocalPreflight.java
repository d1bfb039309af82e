package dev.rollbook.local;

import dev.rollbook.Inspection;
import dev.rollbook.RollbackRequest;
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
}

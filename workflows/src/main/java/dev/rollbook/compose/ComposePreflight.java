package dev.rollbook.compose;

import dev.rollbook.Inspection;
import dev.rollbook.RollbackRequest;
import io.temporal.activity.ActivityInterface;

/** Section B's preconditions. */
@ActivityInterface(namePrefix = "ComposePreflight")
public interface ComposePreflight {

  /**
   * Looks at everything a rollback needs and changes nothing; all findings come at once. The target
   * is pinned here to an image ID: the given tag, ID or digest, else the last image recorded
   * healthy by us, else the configured previous tag, else the newest older image of the same
   * repository. When there is none, or when a rebuild is asked for, it is the commit to build from.
   */
  Inspection inspect(RollbackRequest request);
}

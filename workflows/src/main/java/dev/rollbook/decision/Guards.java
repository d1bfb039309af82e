package dev.rollbook.decision;

import io.temporal.activity.ActivityInterface;

/** The guard, as a run reaches it. */
@ActivityInterface(namePrefix = "Guards")
public interface Guards {

  Permission mayRollBack(Asked asked);

  void decided(Asked asked);

  /**
   * @return the notice of those alerts that nobody has been told of
   */
  Asked untold(Asked notice);
}

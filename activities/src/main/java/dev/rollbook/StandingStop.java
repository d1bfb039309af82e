package dev.rollbook;

import java.util.List;
import java.util.Optional;

/** A service that Rollbook has stopped is started again by people, and never by an alert. */
public final class StandingStop {

  private StandingStop() {}

  /**
   * @param runs what is there: somebody has started it since, unless the stop is under way
   */
  public static List<Finding> findings(
      RollbackRequest request, Optional<KeptStop> stop, boolean runs) {
    return findings(request, stop.isPresent() && (!runs || stop.get().underWay()));
  }

  /**
   * @param stands it is on record, and nobody has started the service since
   */
  public static List<Finding> findings(RollbackRequest request, boolean stands) {
    if (!stands || request.trigger() != Trigger.ALERT) {
      return List.of();
    }
    String at = request.service() + " -e " + request.environment();
    return List.of(
        Finding.blocker(
            Finding.STOP,
            "%s in %s was stopped by Rollbook, and no alert starts it again: `rollbook release %s` does, or `rollbook run %s`"
                .formatted(request.service(), request.environment(), at, at)));
  }
}

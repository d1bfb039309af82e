package dev.rollbook.decision;

import java.util.List;
import java.util.Optional;

/**
 * An alert in the catalog's words, as far as it has words for it.
 *
 * @param quarantined why only a person may decide about it; empty when it may roll back
 * @param notes what was noticed about its times
 */
record MappedAlert(Alert alert, Optional<String> quarantined, List<String> notes) {

  /** As everybody calls it. */
  static final String WATCHDOG = "Watchdog";

  boolean isFiring() {
    return alert.state() == Alert.State.FIRING;
  }

  /** Fires always, so that its absence tells of a broken way; about no service. */
  boolean isWatchdog() {
    return WATCHDOG.equals(alert.name()) && alert.service() == null;
  }

  /** What takes its alerts together: one run. */
  record Place(String service, String environment) {}

  Place place() {
    return new Place(alert.service(), alert.environment());
  }
}

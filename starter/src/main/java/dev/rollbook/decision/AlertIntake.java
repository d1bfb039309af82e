package dev.rollbook.decision;

/** Where alerts go that have come in. */
public interface AlertIntake {

  /**
   * One call of Temporal; the same alert again changes nothing.
   *
   * @throws TemporalAway when the service does not answer within 2 s: send it again
   */
  Taken take(Alert alert);

  /** A person is told of it, once for each alert. */
  void quarantine(Alert alert, String why);

  /**
   * What became of an alert.
   *
   * @param runId the workflow id; null for none
   */
  record Taken(What what, String why, String runId) {

    public enum What {
      STARTED,
      JOINED,
      COOLDOWN,
      IGNORED,
      QUARANTINED
    }

    /** What a copy of the alert is told: only one has started the run. */
    Taken asCopy() {
      return what == What.STARTED ? new Taken(What.JOINED, why, runId) : this;
    }
  }
}

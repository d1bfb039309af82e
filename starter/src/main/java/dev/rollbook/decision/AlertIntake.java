package dev.rollbook.decision;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Where alerts go that have come in. Nobody waits in these calls: the answer comes by itself. */
public interface AlertIntake {

  /**
   * One call of Temporal, or one for each hundred of them; the same alerts again change nothing.
   *
   * @param ofOneRun of one service in one environment, in the order in which they count
   * @return of each; fails with {@link TemporalAway} when there is no answer within 2 s: send it
   *     all again
   */
  CompletableFuture<List<Taken>> take(List<Alert> ofOneRun);

  /**
   * A person is told of them together, and of each of them once.
   *
   * @param alike the first one stands for them
   * @return fails with {@link TemporalAway} as above
   */
  CompletableFuture<Void> quarantine(List<Alert> alike, String why);

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

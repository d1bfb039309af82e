package dev.rollbook;

import dev.rollbook.decision.DecisionPolicy;
import java.time.Duration;

/**
 * What a workflow must know of a service in an environment: where its steps run and how long they
 * may take. Addresses, commands and secrets stay with the worker.
 *
 * @param taskQueue the queue of the workers that are near the service
 * @param buildWithin for a step that builds and nothing else
 * @param approvalWithin how long people are asked before something that needs their word; zero: it
 *     is not done
 * @param keptWithin for watching, after a rollback, that nobody undoes it; null where nobody could
 * @param onFailure what becomes of the service when its rollback fails; null, as in histories from
 *     before there was a choice: it is stopped
 * @param decision how long people may take to decide after an alert; left out, as in histories from
 *     before there were alerts: what the runbook says
 * @param escalates whether people are called, or a board told, when the rollback fails
 */
public record CatalogEntry(
    Kind kind,
    String taskQueue,
    Duration stopWithin,
    Duration startWithin,
    Duration healthyWithin,
    Duration buildWithin,
    Duration approvalWithin,
    Duration keptWithin,
    OnFailure onFailure,
    boolean escalates,
    DecisionPolicy decision) {

  public CatalogEntry {
    decision = decision == null ? DecisionPolicy.RUNBOOK : decision;
  }

  public enum OnFailure {
    STOP,
    /** A bad version that serves may be better than none. */
    LEAVE
  }

  public enum Kind {
    LOCAL("A"),
    COMPOSE("B"),
    KUBERNETES("C");

    private final String section;

    Kind(String section) {
      this.section = section;
    }

    /** The runbook's section for this kind of environment: {@code A}. */
    public String section() {
      return section;
    }
  }
}

package dev.rollbook;

import java.time.Duration;

/**
 * What a workflow must know of a service in an environment: where its steps run and how long they
 * may take. Addresses, commands and secrets stay with the worker.
 *
 * @param taskQueue the queue of the workers that are near the service
 * @param buildWithin for a step that builds and nothing else
 * @param approvalWithin how long people are asked before something that needs their word; zero: it
 *     is not done
 */
public record CatalogEntry(
    Kind kind,
    String taskQueue,
    Duration stopWithin,
    Duration startWithin,
    Duration healthyWithin,
    Duration buildWithin,
    Duration approvalWithin) {

  public enum Kind {
    LOCAL("A"),
    COMPOSE("B");

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

package dev.rollbook.local;

/** The part of the catalog that Section A's activities read. */
public interface LocalEnvironments {

  /**
   * @throws io.temporal.failure.ApplicationFailure UnknownService, not retried, naming what exists
   */
  LocalEnvironment find(String service, String environment);
}

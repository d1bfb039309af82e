package dev.rollbook.compose;

/** The part of the catalog that Section B's activities read. */
public interface ComposeEnvironments {

  /**
   * @throws io.temporal.failure.ApplicationFailure UnknownService, not retried, naming what exists
   */
  ComposeEnvironment find(String service, String environment);
}

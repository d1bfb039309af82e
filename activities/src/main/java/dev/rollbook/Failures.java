package dev.rollbook;

import io.temporal.failure.ApplicationFailure;

/**
 * A step's failures that no second attempt can mend: a type to branch on, and what, which, what
 * now.
 */
public final class Failures {

  private Failures() {}

  public static ApplicationFailure hopeless(String type, String message) {
    return ApplicationFailure.newNonRetryableFailure(message, type);
  }
}

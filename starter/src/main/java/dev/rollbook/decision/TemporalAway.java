package dev.rollbook.decision;

/** Temporal has not answered in time. Whatever was sent may be sent again. */
public final class TemporalAway extends RuntimeException {

  public TemporalAway(String message, Throwable cause) {
    super(message, cause);
  }
}

package dev.rollbook.decision;

import java.time.Instant;

/**
 * What a run answers to an alert.
 *
 * @param receivedAt of the alert that was answered: a copy of it is told the same
 */
public record Joined(What what, String why, Instant receivedAt) {

  public enum What {
    STARTED,
    JOINED,
    /** A guard forbids another rollback for now. */
    COOLDOWN,
    IGNORED
  }
}

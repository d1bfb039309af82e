package dev.rollbook;

import java.time.Instant;

/**
 * One line of the runbook as this run did it.
 *
 * @param id the runbook line: {@code A1}; preflight, evidence, verification and aftermath have
 *     letters of their own
 * @param attempts how often it was tried; at least 1
 * @param endedAt null while it runs
 * @param evidence what it saw; null for none
 */
public record Step(
    String id,
    String title,
    Status status,
    int attempts,
    Instant startedAt,
    Instant endedAt,
    String summary,
    String evidence) {

  public enum Status {
    RUNNING,
    DONE,
    /** Everything was as wanted already. */
    SKIPPED,
    FAILED,
    /** Cut off by an abort. */
    STOPPED
  }

  public static Step started(String id, String title, Instant at) {
    return new Step(id, title, Status.RUNNING, 1, at, null, null, null);
  }

  public Step ended(Status status, int attempts, Instant at, String summary, String evidence) {
    return new Step(id, title, status, attempts, startedAt, at, summary, evidence);
  }
}

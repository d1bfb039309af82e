package dev.rollbook.decision;

import dev.rollbook.Elapsed;
import dev.rollbook.Severity;
import java.time.Duration;

/**
 * How long people may take to decide, and what happens when none of them does.
 *
 * @param critical for when something speaks against rolling back at once
 * @param needsEvidence critical is rolled back at once only when the metrics show why
 * @param releaseWithin how old a change may be to be the cause
 * @param asksMetrics the catalog says where the metrics are; false in histories from before it
 *     could
 */
public record DecisionPolicy(
    Row critical,
    Row high,
    Row medium,
    boolean needsEvidence,
    Duration releaseWithin,
    boolean asksMetrics) {

  /** What the runbook says, where the catalog says nothing. */
  public static final DecisionPolicy RUNBOOK =
      new DecisionPolicy(
          new Row(Duration.ofMinutes(10), Otherwise.ESCALATE),
          new Row(Duration.ofMinutes(10), Otherwise.ROLL_BACK),
          new Row(Duration.ofMinutes(30), Otherwise.ESCALATE),
          false,
          Duration.ofHours(24),
          false);

  private static final Row NEVER = new Row(Duration.ZERO, Otherwise.LEAVE);

  /**
   * A row of the table.
   *
   * @param within from the alert's receipt; of critical, from the moment when it is asked
   * @param otherwise when nobody has decided by then
   */
  public record Row(Duration within, Otherwise otherwise) {}

  public enum Otherwise {
    ROLL_BACK("roll back"),
    ESCALATE("call more people"),
    /** There is nothing to decide: no rollback. */
    LEAVE("no rollback");

    private final String words;

    Otherwise(String words) {
      this.words = words;
    }

    public String words() {
      return words;
    }
  }

  public DecisionPolicy {
    critical = critical == null ? RUNBOOK.critical() : critical;
    high = high == null ? RUNBOOK.high() : high;
    medium = medium == null ? RUNBOOK.medium() : medium;
    releaseWithin = releaseWithin == null ? RUNBOOK.releaseWithin() : releaseWithin;
  }

  public DecisionPolicy askingMetrics(boolean asks) {
    return new DecisionPolicy(critical, high, medium, needsEvidence, releaseWithin, asks);
  }

  Row of(Severity severity) {
    return switch (severity) {
      case CRITICAL -> critical;
      case HIGH -> high;
      case MEDIUM -> medium;
      case LOW -> NEVER;
    };
  }

  /** The row in words: {@code high: decide within 10 min, else roll back}. */
  String rule(Severity severity) {
    Row row = of(severity);
    return switch (severity) {
      case CRITICAL -> "critical: roll back at once";
      case HIGH -> "high: decide within " + limit(row);
      case MEDIUM -> "medium: try to mend it, then decide within " + limit(row);
      case LOW -> "low: a hotfix or the next release, no rollback";
    };
  }

  /** Critical, when something speaks against acting at once. */
  String doubted() {
    return "critical, with doubts: decide within " + limit(critical);
  }

  private static String limit(Row row) {
    return Elapsed.describe(row.within()) + ", else " + row.otherwise().words();
  }
}

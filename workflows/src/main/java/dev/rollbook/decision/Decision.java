package dev.rollbook.decision;

import dev.rollbook.Severity;
import java.time.Instant;
import java.util.List;

/**
 * How a run that an alert has started comes to its decision; its result once there is one.
 *
 * @param severity the worst of its alerts
 * @param rule the table's row, in words
 * @param until when it is decided by the rule, if by nobody; null when nobody is asked
 * @param decided null while it is open
 * @param alerts what has come in, in that order; the first ones, where they are many
 * @param alertsInAll how many have come in
 * @param notes what was noticed besides
 * @param symptoms what the metrics showed last; null when they were not asked
 */
public record Decision(
    Severity severity,
    String rule,
    Instant until,
    Decided decided,
    List<Alert> alerts,
    int alertsInAll,
    List<String> notes,
    Symptoms symptoms) {

  /** What the run does now. */
  public enum Answer {
    ROLL_BACK,
    NOT_NEEDED,
    ESCALATE
  }

  /**
   * @param by a person's name; {@code the rule}, {@code the alert}, {@code the guard} or {@code the
   *     metrics} when it was nobody
   */
  public record Decided(Answer answer, String by, String why, Instant at) {

    static final String RULE = "the rule";
    static final String ALERT = "the alert";
    static final String GUARD = "the guard";
    static final String METRICS = "the metrics";

    /** A person has said no. */
    public boolean rejects() {
      return answer == Answer.NOT_NEEDED && byAPerson();
    }

    public boolean byAPerson() {
      return !List.of(RULE, ALERT, GUARD, METRICS).contains(by);
    }

    public String describe() {
      String what =
          switch (answer) {
            case ROLL_BACK -> "roll back";
            case NOT_NEEDED -> "no rollback";
            case ESCALATE -> "call more people";
          };
      return what + ", by " + by + ": " + why;
    }
  }

  public Decision {
    alerts = alerts == null ? List.of() : List.copyOf(alerts);
    notes = notes == null ? List.of() : List.copyOf(notes);
  }
}

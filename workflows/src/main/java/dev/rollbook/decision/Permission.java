package dev.rollbook.decision;

import dev.rollbook.Severity;
import dev.rollbook.decision.Decision.Answer;

/**
 * A guard's answer.
 *
 * @param refusal null when it is given
 * @param why in words; null when it is given
 * @param rolled the execution whose rollback it is that forbids this one; null for none
 */
public record Permission(Refusal refusal, String why, String rolled) {

  static final Permission GIVEN = new Permission(null, null, null);

  static Permission refused(Refusal refusal, String why) {
    return new Permission(refusal, why, null);
  }

  public enum Refusal {
    FROZEN(Answer.NOT_NEEDED),
    /** Only what is critical is put before people. */
    COOL_DOWN(Answer.NOT_NEEDED),
    /** These alerts have been decided on. */
    DECIDED(Answer.NOT_NEEDED),
    TOO_MANY(Answer.ESCALATE),
    /** It was rolled back before, and is there again. */
    SAME_VERSION(Answer.ESCALATE),
    /** It was rolled back for these alerts, and that has not helped. */
    STILL_FIRES(Answer.ESCALATE),
    /** The guard could not be asked. */
    UNKNOWN(Answer.ESCALATE);

    private final Answer answer;

    Refusal(Answer answer) {
      this.answer = answer;
    }

    /** What the run does then. */
    Answer answer(Severity severity) {
      return this == COOL_DOWN && severity == Severity.CRITICAL ? Answer.ESCALATE : answer;
    }
  }

  /** Whether another alert could be answered otherwise. */
  boolean isOfTheseAlerts() {
    return refusal == Refusal.DECIDED || refusal == Refusal.STILL_FIRES;
  }

  public boolean given() {
    return refusal == null;
  }
}

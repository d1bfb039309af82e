package dev.rollbook.decision;

import dev.rollbook.Journal;
import dev.rollbook.RollbackRequest;
import dev.rollbook.Severity;
import dev.rollbook.decision.Decision.Answer;
import dev.rollbook.decision.Decision.Decided;
import dev.rollbook.decision.DecisionPolicy.Otherwise;
import java.time.Instant;

/** What the runbook's table says as things stand: by what has fired, the metrics and the time. */
final class Ruling {

  private final RollbackRequest request;
  private final Alerts alerts;
  private final DecisionPolicy policy;
  private final Doubts doubts;
  private final Instant began;
  private Severity weighed;
  private boolean weighedResolved;
  private boolean wasSilence;

  /**
   * @param began from when a run counts whose alert never came
   */
  Ruling(
      RollbackRequest request, Alerts alerts, DecisionPolicy policy, Doubts doubts, Instant began) {
    this.request = request;
    this.alerts = alerts;
    this.policy = policy;
    this.doubts = doubts;
    this.began = began;
  }

  static Decided decided(Answer answer, String by, String why) {
    return new Decided(answer, by, why, Journal.now());
  }

  /** Asks the metrics where there are some; null while people may decide. */
  Decided weigh() {
    Severity severity = severity();
    wasSilence = false;
    weighed = severity;
    weighedResolved = alerts.areResolved();
    if (weighedResolved && doubts.believeTheEnd(severity)) {
      return resolved();
    }
    return switch (severity) {
      case CRITICAL -> critical();
      case LOW -> decided(Answer.NOT_NEEDED, Decided.RULE, rule() + ". Ticket: " + ticket());
      case HIGH, MEDIUM -> {
        doubts.look(severity, alerts.areResolved());
        if (doubts.haveGone()) {
          yield gone();
        }
        yield Journal.now().isBefore(until()) ? null : byNobody();
      }
    };
  }

  /** False when alerts came in while the metrics were asked: it is weighed again then. */
  boolean isAsWeighed() {
    return severity() == weighed && alerts.areResolved() == weighedResolved;
  }

  Severity weighed() {
    return weighed;
  }

  /** Whether it was decided because nobody has answered. */
  boolean wasSilence() {
    return wasSilence;
  }

  Instant began() {
    return began;
  }

  Severity severity() {
    return alerts.worst().map(Alert::severity).orElse(request.severity());
  }

  /** The table's row in words. */
  String rule() {
    return isDoubted() ? policy.doubted() : policy.rule(severity());
  }

  /** What is done when nobody answers. */
  Otherwise otherwise() {
    return policy.of(severity()).otherwise();
  }

  boolean asksPeople() {
    return severity() == Severity.HIGH || severity() == Severity.MEDIUM || doubts.exist();
  }

  /** A run whose alert never came goes by its request. */
  Instant until() {
    if (isDoubted()) {
      return doubts.until();
    }
    return alerts
        .deadline(policy)
        .or(() -> Alerts.deadline(policy, severity(), began).findFirst())
        .orElse(began);
  }

  private boolean isDoubted() {
    return doubts.exist() && severity() == Severity.CRITICAL;
  }

  /** At once, unless something speaks against it; what is unknown does not, or only if told so. */
  private Decided critical() {
    String rule = policy.rule(Severity.CRITICAL);
    doubts.weighCritical(alerts.areResolved());
    if (!doubts.exist()) {
      return decided(Answer.ROLL_BACK, Decided.RULE, rule);
    }
    return Journal.now().isBefore(until()) ? null : byNobody();
  }

  /** What the rule says then, unless the metrics have come to speak against it. */
  private Decided byNobody() {
    Otherwise otherwise = otherwise();
    String silence = "nobody decided until " + until();
    boolean mayChange =
        alerts.areResolved()
            || otherwise == Otherwise.ROLL_BACK
            || severity() != Severity.CRITICAL && doubts.areWatched();
    Symptoms seen = mayChange ? doubts.lookNow().orElse(null) : null;
    if (seen != null && alerts.areResolved() && seen.allowAnEnd()) {
      return resolved();
    }
    if (severity() != Severity.CRITICAL && doubts.haveGone()) {
      return gone();
    }
    if (seen != null && seen.shown() == Shown.NOT_SHOWN && severity() != Severity.CRITICAL) {
      String why = silence + ", and the metrics say " + seen.describe();
      return decided(Answer.ESCALATE, Decided.RULE, why);
    }
    wasSilence = true;
    Answer answer =
        switch (otherwise) {
          case ROLL_BACK -> Answer.ROLL_BACK;
          case ESCALATE -> Answer.ESCALATE;
          case LEAVE -> Answer.NOT_NEEDED;
        };
    return decided(answer, Decided.RULE, silence);
  }

  /** The same table that says what is shown has it gone: nobody need decide any more. */
  private Decided gone() {
    String why = "the symptom has gone before anything was done: " + doubts.seen().describe();
    return decided(Answer.NOT_NEEDED, Decided.METRICS, why);
  }

  static Decided resolved() {
    return decided(Answer.NOT_NEEDED, Decided.ALERT, "resolved before anything was done");
  }

  /** For what is not asked, but mended some time. */
  private String ticket() {
    String what = request.service() + " in " + request.environment();
    return alerts
        .worst()
        .map(
            alert ->
                String.join(
                        " ",
                        what + ", " + alert.words() + ", " + alert.since(),
                        alert.runbookUrl() == null ? "" : alert.runbookUrl(),
                        alert.generatorUrl() == null ? "" : alert.generatorUrl())
                    .strip())
        .orElse(what);
  }
}

package dev.rollbook;

import io.temporal.failure.ApplicationFailure;
import io.temporal.workflow.CancellationScope;
import io.temporal.workflow.Promise;
import io.temporal.workflow.TimerOptions;
import io.temporal.workflow.Workflow;
import java.time.Duration;

/**
 * Something that is done only with a person's word. Silence is no.
 *
 * <p>One may be asked for at a time; verdicts at any other time are refused.
 */
public final class Approval {

  private final LiveRun live;
  private Boolean approved;
  private Verdict verdict;

  public Approval(LiveRun live) {
    this.live = live;
  }

  /**
   * Waits for the word, and puts the answer into the journal.
   *
   * @param within how long; zero: not asked, and not approved
   */
  public boolean isGiven(Plan.PlannedStep step, String question, Duration within) {
    if (within == null || within.isZero()) {
      return false;
    }
    approved = null;
    verdict = null;
    live.asks(new Question(step.id(), question, Journal.now().plus(within), null));
    CancellationScope waiting =
        Workflow.newCancellationScope(
            () -> {
              Promise<Void> timeUp = Workflow.newTimer(within, labelled(step));
              Workflow.await(() -> approved != null || timeUp.isCompleted());
            });
    try {
      waiting.run();
    } finally {
      waiting.cancel();
      live.asks(null);
    }
    if (approved == null) {
      live.journal().skipped(step, "nobody decided within " + Elapsed.describe(within));
      return false;
    }
    if (!approved) {
      live.journal().skipped(step, "rejected by " + verdict.by() + ": " + verdict.why());
    }
    return approved;
  }

  /** Who allowed it and why; null when nobody did. */
  public Verdict verdict() {
    return verdict;
  }

  /**
   * The updates {@code approve} and {@code reject}.
   *
   * @throws ApplicationFailure Refused, when nothing is asked or the verdict is without who and why
   */
  public String decide(boolean yes, Verdict word) {
    Requests.check(word);
    if (live.question() == null || approved != null) {
      throw Requests.refused(
          approved == null
              ? "nothing is asked at the moment"
              : "decided already by " + verdict.by() + ": " + verdict.why());
    }
    approved = yes;
    verdict = word;
    return yes ? "approved" : "rejected";
  }

  private static TimerOptions labelled(Plan.PlannedStep step) {
    return TimerOptions.newBuilder()
        .setSummary("Wait for approval: " + step.id() + " " + step.title())
        .build();
  }
}

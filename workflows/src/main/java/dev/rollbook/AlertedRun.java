package dev.rollbook;

import dev.rollbook.decision.Deciding;
import dev.rollbook.decision.Decision.Answer;
import dev.rollbook.decision.Decision.Decided;
import dev.rollbook.escalation.StandingIncident;
import dev.rollbook.escalation.Troubles;
import io.temporal.failure.CanceledFailure;
import io.temporal.workflow.Workflow;
import java.util.function.Supplier;

/**
 * What an alert has begun, until it is clear whether anything is done: it is decided, planned, held
 * against what would be rolled back, and allowed by the guard, in this order.
 */
final class AlertedRun {

  private final LiveRun live;
  private final Deciding deciding;
  private final ChildRun child;
  private final CatalogEntry entry;
  private final RollbackRequest request;
  private final Runnable onCancel;
  private boolean decidesAgain;

  /**
   * @param onCancel is told of a cancel from Temporal UI, in a detached scope
   */
  AlertedRun(
      LiveRun live,
      Deciding deciding,
      ChildRun child,
      CatalogEntry entry,
      RollbackRequest request,
      Runnable onCancel) {
    this.live = live;
    this.deciding = deciding;
    this.child = child;
    this.entry = entry;
    this.request = request;
    this.onCancel = onCancel;
  }

  /** Whether it is the decision that an abort reaches, and not a section. */
  boolean decides() {
    return decidesAgain || !child.hasBegun() && deciding.isOpen();
  }

  /** With the plan that the decision leads to; the run has ended when there is nothing to do. */
  RollbackRequest planned() {
    Decided decided = untilCancelled(deciding::decide);
    if (decided.answer() == Answer.ROLL_BACK) {
      Run planned = plan();
      if (isBlocked(planned)) {
        decided = deciding.blocked(planned.reason());
      }
      if (decided.answer() == Answer.ROLL_BACK && isToBeDone(planned)) {
        decided = lastWord(planned);
      }
    }
    endWithout(decided);
    return request.withPlan(live.snapshot().plan());
  }

  private Run plan() {
    child.startSection(entry, request.asDryRun());
    Run planned = child.end(onCancel);
    live.include(planned);
    return planned;
  }

  /** A service that Rollbook has stopped has people at it already. */
  private static boolean isBlocked(Run planned) {
    return planned.outcome() == Outcome.BLOCKED && !StandingIncident.hasStopped(planned);
  }

  /** Else the run has ended. */
  private boolean isToBeDone(Run planned) {
    if (planned.aborted() != null && planned.outcome() == null && anAbortEndsIt()) {
      live.end(Outcome.NOT_NEEDED, "aborted " + planned.aborted().describe());
    } else if (planned.outcome() != null || planned.plan() == null) {
      if (isBlocked(planned)) {
        callPeople("%s in %s: the rollback that was approved is blocked", planned.reason());
      } else if (planned.outcome() == Outcome.ALREADY_THERE) {
        callPeople("%s in %s: an alert fires, and no rollback can help", planned.reason());
        deciding.remember();
      }
      live.end(planned.outcome(), planned.reason());
      if (StandingIncident.hasStopped(planned)) {
        deciding.remember();
        StandingIncident.of(planned).hears(deciding.worst());
      }
    }
    return !live.hasEnded();
  }

  /** Also one that has let the plan's only step end by itself. */
  private static boolean anAbortEndsIt() {
    return Workflow.getVersion("an abort ends the plan", Workflow.DEFAULT_VERSION, 1) == 1;
  }

  /** What people have thought about for a while is planned anew: they decide on what runs now. */
  private Decided lastWord(Run planned) {
    decidesAgain = true;
    Decided first = deciding.decided();
    Decided decided = untilCancelled(() -> deciding.knowing(planned.plan()));
    decidesAgain = false;
    Run toDo = planned;
    if (decided != first && decided.answer() == Answer.ROLL_BACK) {
      toDo = plan();
      if (isBlocked(toDo)) {
        decided = deciding.blocked(toDo.reason());
      }
      if (decided.answer() != Answer.ROLL_BACK || !isToBeDone(toDo)) {
        return decided;
      }
    }
    if (decided.answer() == Answer.ROLL_BACK) {
      decidesAgain = true;
      decided = deciding.underGuard(toDo.from().id(), toDo.target().id());
      decidesAgain = false;
    }
    return decided;
  }

  private void callPeople(String title, String why) {
    new Alarm(live, entry)
        .raise(deciding.incident(), title, why, Troubles.ofFindings(live.snapshot().findings()));
  }

  private void endWithout(Decided decided) {
    if (live.hasEnded()) {
      return;
    }
    if (decided.answer() == Answer.NOT_NEEDED) {
      live.end(Outcome.NOT_NEEDED, decided.describe());
    } else if (decided.answer() == Answer.ESCALATE) {
      callPeople("%s in %s: people must decide whether to roll back", decided.why());
      live.end(Outcome.BLOCKED, decided.describe());
    }
  }

  private Decided untilCancelled(Supplier<Decided> decides) {
    try {
      return decides.get();
    } catch (CanceledFailure cancelled) {
      Workflow.newDetachedCancellationScope(onCancel).run();
      return deciding.decide();
    }
  }
}

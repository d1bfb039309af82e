package dev.rollbook;

import dev.rollbook.Plan.PlannedStep;
import dev.rollbook.escalation.Incident.Trouble;
import dev.rollbook.escalation.Troubles;
import io.temporal.failure.ApplicationFailure;
import io.temporal.failure.TemporalFailure;
import io.temporal.failure.TimeoutFailure;
import io.temporal.workflow.CancellationScope;
import io.temporal.workflow.Workflow;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** What every section does around its page of the runbook: preflight, plan, compensation, abort. */
public abstract class Section {

  /** What puts preparations back, as long as the service itself has not been touched. */
  protected final Compensations preparations = new Compensations();

  /** What stops the service; from the first one registered on, the service counts as touched. */
  protected final Compensations compensations = new Compensations();

  /** What was found to be in trouble besides what a failed step's own type says. */
  protected final Set<Trouble> troubles = EnumSet.noneOf(Trouble.class);

  protected LiveRun live;

  /** What a step that is over in a moment is left of it when the run is aborted. */
  private static final Duration ENDS_BY_ITSELF = Duration.ofSeconds(3);

  private CatalogEntry entry;
  private Alarm alarm;
  private CancellationScope work;
  private boolean failing;

  /** Called once, before anything else of the section. */
  protected abstract void open(CatalogEntry entry);

  /** Pins the target; changes nothing. */
  protected abstract Plan preflight(RollbackRequest request);

  /** The runbook's page. */
  protected abstract void rollBack(RollbackRequest request, Plan plan);

  protected final Run follow(RollbackRequest request) {
    Requests.checked(request);
    live = new LiveRun(request);
    entry = Requests.entryOf(request);
    live.found(entry);
    open(entry);
    alarm = new Alarm(live, entry);
    live.journal().whenNotTaken(step -> callForAWorker(request, step));
    work = Workflow.newCancellationScope(() -> planAndRollBack(request));
    try {
      work.run();
      tellOfTheEnd();
    } catch (TemporalFailure failure) {
      fail(request, failure);
    }
    Workflow.await(Workflow::isEveryHandlerFinished);
    return live.snapshot();
  }

  private void planAndRollBack(RollbackRequest request) {
    Plan plan = request.plan() != null ? request.plan() : preflight(request);
    live.planned(plan);
    if (plan.findings().stream().anyMatch(Finding::blocks)) {
      live.end(Outcome.BLOCKED, blockers(plan));
    } else if (plan.alreadyThere()) {
      live.end(Outcome.ALREADY_THERE, "runs " + plan.pinned().target().describe() + ", healthy");
    } else if (request.dryRun()) {
      live.end(null, "dry run: nothing was changed");
    } else {
      rollBack(request, plan);
    }
  }

  /** A rollback lifts an earlier stop. */
  private void tellOfTheEnd() {
    if (live.snapshot().outcome() == Outcome.ROLLED_BACK
        && entry.escalates()
        && Workflow.getVersion("boards hear of a rollback", Workflow.DEFAULT_VERSION, 1) == 1) {
      alarm.released();
    }
  }

  /** Nothing fails by it: a worker that comes late goes on from there. */
  private void callForAWorker(RollbackRequest request, PlannedStep step) {
    if (request.dryRun() && request.trigger() != Trigger.ALERT) {
      return;
    }
    alarm.raise(
        incident(),
        "rollback of %s in %s waits for a worker",
        Journal.notTaken(step, entry.taskQueue()),
        EnumSet.of(Trouble.ROLLBACK, Trouble.INFRASTRUCTURE));
  }

  private String incident() {
    Plan plan = live.snapshot().plan();
    return plan == null || plan.pinned() == null
        ? Workflow.getInfo().getRunId()
        : plan.pinned().planId();
  }

  /**
   * An operator sees it end; what an alert has begun nobody watches, and the bad version serves.
   */
  private void callUnlessWatched(RollbackRequest request, TemporalFailure failure, String why) {
    if (request.trigger() == Trigger.ALERT
        && !request.dryRun()
        && Workflow.getVersion("calls where nobody watches", Workflow.DEFAULT_VERSION, 1) == 1) {
      alarm.raise(incident(), "rollback of %s in %s could not be done", why, Troubles.of(failure));
    }
  }

  private void fail(RollbackRequest request, TemporalFailure failure) {
    failing = true;
    live.journal().goOn();
    boolean aborted = isAborted(failure);
    String why =
        aborted
            ? "aborted" + by()
            : live.journal().stepOf(failure) + " failed: " + Journal.reason(failure);
    boolean newerDeploy = Journal.type(failure).equals("NewerDeploy");
    if (compensations.isEmpty() || newerDeploy) {
      List<TemporalFailure> leftBehind = preparations.run();
      if (!aborted) {
        callUnlessWatched(request, failure, why);
      }
      live.end(
          aborted ? Outcome.NOT_NEEDED : Outcome.BLOCKED,
          why
              + (compensations.isEmpty() ? "; the running service was not touched" : "")
              + (leftBehind.isEmpty()
                  ? ""
                  : "; left behind: " + Journal.reason(leftBehind.get(0))));
    } else {
      troubles.addAll(Troubles.of(failure));
      alarm.raise(
          incident(),
          "rollback of %s in %s " + (aborted ? "was aborted" : "failed"),
          why,
          troubles);
      if (entry.onFailure() == CatalogEntry.OnFailure.LEAVE) {
        live.end(Outcome.STOPPED, why + "; left running, as the catalog says");
      } else {
        stop(why);
      }
    }
  }

  /** Also where the step's worker did not live to see it cut off. */
  protected final boolean isAborted(TemporalFailure failure) {
    return Journal.isCancelled(failure)
        || (live.aborted() != null && failure.getCause() instanceof TimeoutFailure);
  }

  private void stop(String why) {
    List<TemporalFailure> unmended = compensations.run();
    if (!unmended.isEmpty()) {
      String still = "the service could not be stopped: " + Journal.reason(unmended.get(0));
      alarm.worsened(still);
      live.fail(why + "; and " + still);
      throw ApplicationFailure.newNonRetryableFailure(
          live.snapshot().reason(), "StopFailed", live.snapshot());
    }
    alarm.stopped();
    live.end(Outcome.STOPPED, why + "; the service was stopped");
  }

  /** The update {@code abort}. */
  protected final String abortedBy(Abort abort) {
    Requests.check(abort);
    Workflow.await(() -> work != null);
    if (live.hasEnded()) {
      throw Requests.refused("nothing is under way that could be aborted");
    }
    if (failing) {
      throw Requests.refused("too late: it has failed, and what it leaves is not cut off");
    }
    cutOffBy(abort);
    return "aborting";
  }

  /**
   * The signal {@code cutOff}; sent again while the service is being stopped, it cuts off nothing.
   */
  protected final void cutOffBy(Abort abort) {
    // it may come before the first line of the section
    Workflow.await(() -> work != null);
    if (!failing && !live.hasEnded()) {
      live.aborted(abort);
      live.journal().endHere();
      // a cancel that crosses the end of its step gains nothing, and Temporal's test server hangs
      // on it
      Workflow.await(ENDS_BY_ITSELF, () -> live.hasEnded() || !live.journal().isSoonOver());
      work.cancel();
    }
  }

  private String by() {
    Abort abort = live.aborted();
    return abort == null ? "" : " " + abort.describe();
  }

  private static String blockers(Plan plan) {
    return plan.findings().stream()
        .filter(Finding::blocks)
        .map(finding -> finding.check() + ": " + finding.message())
        .reduce((a, b) -> a + "\n" + b)
        .orElse("");
  }
}

package dev.rollbook.local;

import dev.rollbook.Abort;
import dev.rollbook.CatalogEntry;
import dev.rollbook.Compensations;
import dev.rollbook.Finding;
import dev.rollbook.Journal;
import dev.rollbook.LiveRun;
import dev.rollbook.Outcome;
import dev.rollbook.PinnedService;
import dev.rollbook.Plan;
import dev.rollbook.Requests;
import dev.rollbook.RollbackRequest;
import dev.rollbook.Run;
import io.temporal.failure.ApplicationFailure;
import io.temporal.failure.TemporalFailure;
import io.temporal.workflow.CancellationScope;
import io.temporal.workflow.Workflow;
import java.util.List;

/** Section A: preflight, plan, evidence, A1 to A4, verification. */
public final class RollbackLocalWorkflow implements RollbackLocal {

  private final Compensations compensations = new Compensations();
  private LiveRun live;
  private CancellationScope work;

  @Override
  public Run rollBack(RollbackRequest request) {
    Requests.checked(request);
    live = new LiveRun(request);
    CatalogEntry entry = Requests.entryOf(request);
    live.found(entry);
    LocalSteps steps = new LocalSteps(live.journal(), entry);
    work = Workflow.newCancellationScope(() -> follow(request, steps));
    try {
      work.run();
    } catch (TemporalFailure failure) {
      fail(failure);
    }
    Workflow.await(Workflow::isEveryHandlerFinished);
    return live.snapshot();
  }

  private void follow(RollbackRequest request, LocalSteps steps) {
    Plan plan = request.plan() != null ? request.plan() : steps.preflight(request);
    live.planned(plan);
    if (plan.findings().stream().anyMatch(Finding::blocks)) {
      live.end(Outcome.BLOCKED, blockers(plan));
    } else if (plan.alreadyThere()) {
      live.end(Outcome.ALREADY_THERE, "runs " + plan.pinned().target().describe() + ", healthy");
    } else if (request.dryRun()) {
      live.end(null, "dry run: nothing was changed");
    } else {
      rollBack(request, plan, steps);
    }
  }

  /** The runbook's page. */
  private void rollBack(RollbackRequest request, Plan plan, LocalSteps steps) {
    PinnedService service = plan.pinned();
    Runnable stopAfterFailure = () -> steps.stopAfterFailure(service);
    if (request.begun()) {
      compensations.register(stopAfterFailure);
    }
    steps.keepPlan(request, plan);
    steps.captureEvidence(service);
    steps.checkOut(service);
    if (!request.begun()) {
      compensations.register(stopAfterFailure);
    }
    steps.stop(service);
    steps.buildAndStart(service);
    steps.awaitHealth(service);
    steps.verify(service);
    live.end(Outcome.ROLLED_BACK, "runs " + service.target().describe() + ", healthy");
  }

  private void fail(TemporalFailure failure) {
    boolean aborted = Journal.isCancelled(failure);
    String why = aborted ? "aborted" + by() : lastStep() + " failed: " + Journal.reason(failure);
    if (compensations.isEmpty()) {
      live.end(
          aborted ? Outcome.NOT_NEEDED : Outcome.BLOCKED,
          why + "; the running service was not touched");
    } else if (Journal.type(failure).equals("NewerDeploy")) {
      live.end(Outcome.BLOCKED, why);
    } else {
      List<TemporalFailure> unmended = compensations.run();
      if (!unmended.isEmpty()) {
        live.fail(
            why + "; and the service could not be stopped: " + Journal.reason(unmended.get(0)));
        throw ApplicationFailure.newNonRetryableFailure(
            live.snapshot().reason(), "StopFailed", live.snapshot());
      }
      live.end(Outcome.STOPPED, why + "; the service was stopped");
    }
  }

  @Override
  public Run status() {
    return live == null ? null : live.snapshot();
  }

  @Override
  public String abort(Abort abort) {
    Requests.check(abort);
    Workflow.await(() -> work != null);
    if (live.hasEnded()) {
      throw ApplicationFailure.newNonRetryableFailure(
          "Refused: nothing is under way that could be aborted", "Refused");
    }
    cutOff(abort);
    return "aborting";
  }

  @Override
  public void cutOff(Abort abort) {
    // it may come before the first line of the section
    Workflow.await(() -> work != null);
    if (!live.hasEnded()) {
      live.aborted(abort);
      work.cancel();
    }
  }

  private String by() {
    Abort abort = live.aborted();
    return abort == null ? "" : " by " + abort.by() + ": " + abort.why();
  }

  private String lastStep() {
    return live.journal().steps().isEmpty()
        ? "the run"
        : live.journal().steps().get(live.journal().steps().size() - 1).id();
  }

  private static String blockers(Plan plan) {
    return plan.findings().stream()
        .filter(Finding::blocks)
        .map(finding -> finding.check() + ": " + finding.message())
        .reduce((a, b) -> a + "\n" + b)
        .orElse("");
  }
}

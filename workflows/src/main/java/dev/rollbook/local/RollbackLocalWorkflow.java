package dev.rollbook.local;

import dev.rollbook.Abort;
import dev.rollbook.CatalogEntry;
import dev.rollbook.Outcome;
import dev.rollbook.PinnedService;
import dev.rollbook.Plan;
import dev.rollbook.RollbackRequest;
import dev.rollbook.Run;
import dev.rollbook.Section;

/** Section A: preflight, plan, evidence, A1 to A4, verification. */
public final class RollbackLocalWorkflow extends Section implements RollbackLocal {

  private LocalSteps steps;

  @Override
  public Run rollBack(RollbackRequest request) {
    return follow(request);
  }

  @Override
  protected void open(CatalogEntry entry) {
    steps = new LocalSteps(live.journal(), entry);
  }

  @Override
  protected Plan preflight(RollbackRequest request) {
    return steps.preflight(request);
  }

  @Override
  protected void rollBack(RollbackRequest request, Plan plan) {
    PinnedService service = plan.pinned();
    Runnable stopAfterFailure = () -> steps.stopAfterFailure(service);
    if (request.begun()) {
      compensations.register(stopAfterFailure);
    }
    steps.keepPlan(request, plan);
    steps.captureEvidence(service);
    if (!request.begun()) {
      preparations.register(() -> steps.putCheckoutBack(service));
    }
    steps.checkOut(service);
    if (!request.begun()) {
      compensations.register(stopAfterFailure);
    }
    steps.stop(service);
    // what is built next is built from there
    preparations.clear();
    steps.buildAndStart(service);
    steps.awaitHealth(service);
    steps.verify(service);
    live.end(Outcome.ROLLED_BACK, "runs " + service.target().describe() + ", healthy");
  }

  @Override
  public Run status() {
    return live == null ? null : live.snapshot();
  }

  @Override
  public String abort(Abort abort) {
    return abortedBy(abort);
  }

  @Override
  public void cutOff(Abort abort) {
    cutOffBy(abort);
  }
}

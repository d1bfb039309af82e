package dev.rollbook.local;

import dev.rollbook.CatalogEntry;
import dev.rollbook.Journal;
import dev.rollbook.PinnedService;
import dev.rollbook.Plan;
import dev.rollbook.Plan.PlannedStep;
import dev.rollbook.RollbackRequest;
import dev.rollbook.SectionSteps;
import dev.rollbook.StepOptions;
import dev.rollbook.verification.Health;
import io.temporal.workflow.Workflow;
import java.util.List;

/** Section A's lines as steps: id, title, promise, activity. */
final class LocalSteps extends SectionSteps {

  private static final String PUTS_BACK = "puts-checkout-back";
  private static final PlannedStep STOP = new PlannedStep("A2", "Stop the service");
  private static final PlannedStep BUILD_AND_START = new PlannedStep("A3", "Build and start");
  private static final PlannedStep HEALTH = new PlannedStep("A4", "Health check");
  private static final PlannedStep VERIFY = new PlannedStep("V1", "Verify");

  LocalSteps(Journal journal, CatalogEntry entry) {
    super(journal, entry);
  }

  Plan preflight(RollbackRequest request) {
    return preflight(request, LocalPreflight.class, preflight -> preflight.inspect(request));
  }

  void captureEvidence(PinnedService service) {
    captureEvidence(LocalService.class, local -> local.captureEvidence(service));
  }

  void checkOut(PinnedService service) {
    journal.step(
        checkOutStep(service),
        StepOptions.checkout(entry.taskQueue()),
        LocalRepository.class,
        repository -> repository.checkOut(service));
  }

  /** A run begun before there was this step ends without it. */
  void putCheckoutBack(PinnedService service) {
    if (Workflow.getVersion(PUTS_BACK, Workflow.DEFAULT_VERSION, 1) == Workflow.DEFAULT_VERSION) {
      return;
    }
    journal.step(
        new PlannedStep("A1", "Put the checkout back"),
        StepOptions.checkout(entry.taskQueue()),
        LocalRepository.class,
        repository -> repository.putBack(service));
  }

  void stop(PinnedService service) {
    journal.step(STOP, within(entry.stopWithin()), LocalService.class, s -> s.stop(service));
  }

  void buildAndStart(PinnedService service) {
    journal.step(
        BUILD_AND_START,
        within(entry.startWithin()),
        LocalService.class,
        local -> local.buildAndStart(service));
  }

  void awaitHealth(PinnedService service) {
    journal.step(
        HEALTH, within(entry.healthyWithin()), Health.class, health -> health.awaitUp(service));
  }

  void verify(PinnedService service) {
    journal.step(
        VERIFY, within(entry.healthyWithin()), Health.class, health -> health.verify(service));
  }

  void stopAfterFailure(PinnedService service) {
    stopAfterFailure(LocalService.class, local -> local.stopAfterFailure(service));
  }

  private static PlannedStep checkOutStep(PinnedService service) {
    return new PlannedStep("A1", "Check out " + service.target().describe());
  }

  @Override
  protected List<PlannedStep> runbook(PinnedService service) {
    return List.of(checkOutStep(service), STOP, BUILD_AND_START, HEALTH, VERIFY);
  }
}

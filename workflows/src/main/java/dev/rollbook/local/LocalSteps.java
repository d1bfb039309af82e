package dev.rollbook.local;

import dev.rollbook.CatalogEntry;
import dev.rollbook.Inspection;
import dev.rollbook.Journal;
import dev.rollbook.PinnedService;
import dev.rollbook.Plan;
import dev.rollbook.Plan.PlannedStep;
import dev.rollbook.RollbackRequest;
import dev.rollbook.RunJournal;
import dev.rollbook.StepOptions;
import dev.rollbook.verification.Health;
import io.temporal.activity.ActivityOptions;
import io.temporal.failure.ActivityFailure;
import java.time.Duration;
import java.util.List;

/** Section A's lines as steps: id, title, promise, activity. */
final class LocalSteps {

  private static final PlannedStep STOP = new PlannedStep("A2", "Stop the service");
  private static final PlannedStep BUILD_AND_START = new PlannedStep("A3", "Build and start");
  private static final PlannedStep HEALTH = new PlannedStep("A4", "Health check");
  private static final PlannedStep VERIFY = new PlannedStep("V1", "Verify");

  private final Journal journal;
  private final CatalogEntry entry;

  LocalSteps(Journal journal, CatalogEntry entry) {
    this.journal = journal;
    this.entry = entry;
  }

  Plan preflight(RollbackRequest request) {
    Plan inspected =
        journal
            .step(
                new PlannedStep("P1", "Preflight: " + request.service()),
                StepOptions.look(entry.taskQueue()),
                LocalPreflight.class,
                preflight -> preflight.inspect(request),
                Inspection::report)
            .plan();
    return inspected.pinned() == null
        ? inspected
        : new Plan(
            inspected.pinned(),
            inspected.alreadyThere(),
            inspected.findings(),
            runbook(inspected.pinned()));
  }

  void keepPlan(RollbackRequest request, Plan plan) {
    journal.step(
        new PlannedStep("P2", "Keep the plan"),
        StepOptions.look(entry.taskQueue()),
        RunJournal.class,
        runs -> runs.keepPlan(request, plan));
  }

  /** A rollback does not wait for evidence that cannot be had. */
  void captureEvidence(PinnedService service) {
    try {
      journal.step(
          new PlannedStep("E1", "Capture evidence"),
          StepOptions.aftermath(entry.taskQueue()),
          LocalService.class,
          local -> local.captureEvidence(service));
    } catch (ActivityFailure failure) {
      if (Journal.isCancelled(failure)) {
        throw failure;
      }
    }
  }

  void checkOut(PinnedService service) {
    journal.step(
        checkOutStep(service),
        StepOptions.checkout(entry.taskQueue()),
        LocalRepository.class,
        repository -> repository.checkOut(service));
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
    journal.step(
        new PlannedStep("S1", "Stop the service, since the rollback failed"),
        within(entry.stopWithin()),
        LocalService.class,
        local -> local.stopAfterFailure(service));
  }

  private static PlannedStep checkOutStep(PinnedService service) {
    return new PlannedStep("A1", "Check out " + service.target().describe());
  }

  private static List<PlannedStep> runbook(PinnedService service) {
    return List.of(checkOutStep(service), STOP, BUILD_AND_START, HEALTH, VERIFY);
  }

  private ActivityOptions within(Duration limit) {
    return StepOptions.within(entry.taskQueue(), limit);
  }
}

package dev.rollbook.compose;

import dev.rollbook.CatalogEntry;
import dev.rollbook.Journal;
import dev.rollbook.PinnedService;
import dev.rollbook.Plan;
import dev.rollbook.Plan.PlannedStep;
import dev.rollbook.RollbackRequest;
import dev.rollbook.SectionSteps;
import dev.rollbook.Verdict;
import dev.rollbook.Version;
import dev.rollbook.verification.Health;
import io.temporal.failure.ActivityFailure;
import io.temporal.workflow.Workflow;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Section B's lines as steps: id, title, promise, activity. */
final class ComposeSteps extends SectionSteps {

  static final PlannedStep RESTART_STACK = new PlannedStep("B9", "Restart the whole stack");

  private static final PlannedStep IMAGES = new PlannedStep("B2", "Protect the images");
  private static final PlannedStep STOP = new PlannedStep("B1", "Stop the service");
  private static final PlannedStep LOGS = new PlannedStep("B6", "Wait for the start line");
  private static final PlannedStep HEALTH = new PlannedStep("B7", "Health check");
  private static final PlannedStep API = new PlannedStep("B8", "Check the API");

  /** Runs from before it asked the API, and not whose containers have answered. */
  private static final String LAST_LOOK = "last-look-at-containers";

  ComposeSteps(Journal journal, CatalogEntry entry) {
    super(journal, entry);
  }

  Duration approvalWithin() {
    return entry.approvalWithin();
  }

  Plan preflight(RollbackRequest request) {
    return preflight(request, ComposePreflight.class, preflight -> preflight.inspect(request));
  }

  void captureEvidence(PinnedService service) {
    captureEvidence(ComposeContainers.class, containers -> containers.captureEvidence(service));
  }

  void protectImages(PinnedService service) {
    journal.step(IMAGES, look(), ComposeImages.class, images -> images.protect(service));
  }

  Version rebuild(PinnedService service) {
    return journal
        .step(
            rebuildStep(service),
            within(entry.buildWithin()),
            ComposeImages.class,
            images -> images.rebuild(service),
            ComposeImages.Built::report)
        .image();
  }

  void pinImage(PinnedService service) {
    journal.step(
        pinStep(service), look(), ComposeProject.class, project -> project.pinImage(service));
  }

  void unpinImage(PinnedService service) {
    journal.step(
        new PlannedStep("B3", "Put the compose file back"),
        look(),
        ComposeProject.class,
        project -> project.unpinImage(service));
  }

  void stop(PinnedService service) {
    journal.step(
        STOP,
        within(entry.stopWithin()),
        ComposeContainers.class,
        containers -> containers.stop(service));
  }

  void restart(PinnedService service) {
    journal.step(
        restartStep(service),
        within(entry.startWithin()),
        ComposeContainers.class,
        containers -> containers.restart(service));
  }

  /** B6 to B8. */
  void prove(PinnedService service) {
    journal.step(
        LOGS,
        within(entry.startWithin()),
        ComposeHealth.class,
        health -> health.awaitStart(service));
    journal.step(
        HEALTH,
        within(entry.healthyWithin()),
        ComposeHealth.class,
        health -> health.awaitHealthy(service));
    if (Workflow.getVersion(LAST_LOOK, Workflow.DEFAULT_VERSION, 1) == Workflow.DEFAULT_VERSION) {
      journal.step(
          API, within(entry.healthyWithin()), Health.class, health -> health.verify(service));
    } else {
      journal.step(
          API,
          within(entry.healthyWithin()),
          ComposeHealth.class,
          health -> health.verify(service));
    }
  }

  /** Empty when they cannot be looked at: that must not hide why the service is not healthy. */
  Optional<ComposeHealth.Dependencies> dependencies(PinnedService service) {
    try {
      return Optional.of(
          journal.step(
              new PlannedStep("D1", "Check what the service depends on"),
              look(),
              ComposeHealth.class,
              health -> health.checkDependencies(service),
              ComposeHealth.Dependencies::report));
    } catch (ActivityFailure failure) {
      if (Journal.isCancelled(failure)) {
        throw failure;
      }
      return Optional.empty();
    }
  }

  void restartStack(PinnedService service, Verdict allowed) {
    journal.step(
        new PlannedStep(RESTART_STACK.id(), RESTART_STACK.title() + ", allowed by " + allowed.by()),
        within(entry.stopWithin().plus(entry.startWithin())),
        ComposeContainers.class,
        containers -> containers.restartStack(service));
  }

  void stopAfterFailure(PinnedService service) {
    stopAfterFailure(ComposeContainers.class, containers -> containers.stopAfterFailure(service));
  }

  private static PlannedStep rebuildStep(PinnedService service) {
    return new PlannedStep("B4", "Check out and build " + service.target().describe());
  }

  private static PlannedStep pinStep(PinnedService service) {
    String how =
        switch (service.compose().pin()) {
          case EDIT -> "Pin the image in the compose file";
          case OVERRIDE -> "Pin the image in an override file";
          case LEAVE -> "Leave the compose file as it is";
        };
    return new PlannedStep("B3", how);
  }

  private static PlannedStep restartStep(PinnedService service) {
    return new PlannedStep("B5", "Restart with " + service.compose().image());
  }

  @Override
  protected List<PlannedStep> runbook(PinnedService service) {
    PlannedStep image =
        service.target().kind() == Version.Kind.COMMIT ? rebuildStep(service) : IMAGES;
    return List.of(image, pinStep(service), STOP, restartStep(service), LOGS, HEALTH, API);
  }
}

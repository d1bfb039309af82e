package dev.rollbook;

import dev.rollbook.Plan.PlannedStep;
import dev.rollbook.compose.ComposeContainers;
import dev.rollbook.compose.ComposeEmergency;
import dev.rollbook.kubernetes.KubernetesEmergency;
import dev.rollbook.kubernetes.KubernetesRollout;
import dev.rollbook.local.LocalEmergency;
import dev.rollbook.local.LocalService;
import java.util.List;

/** What is done to a service of any section without a rollback, as steps. */
final class EmergencySteps extends SectionSteps {

  private static final PlannedStep STOP = new PlannedStep("S1", "Stop the service");

  EmergencySteps(Journal journal, CatalogEntry entry) {
    super(journal, entry);
  }

  PinnedService pin(Order order, String planId) {
    return journal
        .step(
            new PlannedStep("P1", "Pin what runs"),
            look(),
            emergency(),
            section -> section.pin(order.service(), order.environment(), planId),
            Emergency.Pinned::report)
        .service();
  }

  void stop(PinnedService service) {
    switch (entry.kind()) {
      case LOCAL ->
          journal.step(
              STOP,
              within(entry.stopWithin()),
              LocalService.class,
              local -> local.stopAfterFailure(service));
      case COMPOSE ->
          journal.step(
              STOP,
              within(entry.stopWithin()),
              ComposeContainers.class,
              containers -> containers.stopAfterFailure(service));
      case KUBERNETES ->
          journal.step(
              STOP,
              within(entry.stopWithin()),
              KubernetesRollout.class,
              rollout -> rollout.stopAfterFailure(service));
    }
  }

  StepReport release(Order order) {
    return journal.step(
        new PlannedStep("S2", "Lift the stop"),
        within(entry.startWithin()),
        emergency(),
        section ->
            section.release(
                order.service(), order.environment(), order.requestedBy(), order.reason()));
  }

  private Class<? extends Emergency> emergency() {
    return switch (entry.kind()) {
      case LOCAL -> LocalEmergency.class;
      case COMPOSE -> ComposeEmergency.class;
      case KUBERNETES -> KubernetesEmergency.class;
    };
  }

  /** None: nothing is rolled back. */
  @Override
  protected List<PlannedStep> runbook(PinnedService service) {
    return List.of();
  }
}

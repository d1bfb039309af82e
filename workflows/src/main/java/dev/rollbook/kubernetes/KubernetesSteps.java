package dev.rollbook.kubernetes;

import dev.rollbook.CatalogEntry;
import dev.rollbook.Journal;
import dev.rollbook.PinnedService;
import dev.rollbook.Plan;
import dev.rollbook.Plan.PlannedStep;
import dev.rollbook.RollbackRequest;
import dev.rollbook.SectionSteps;
import dev.rollbook.Verdict;
import dev.rollbook.verification.Health;
import java.time.Duration;
import java.util.List;

/** Section C's lines as steps: id, title, promise, activity. */
final class KubernetesSteps extends SectionSteps {

  static final PlannedStep SCALE = new PlannedStep("C10", "Scale to 0 and back");

  private static final PlannedStep HISTORY = new PlannedStep("C1", "Look at the rollout history");
  private static final PlannedStep STATUS = new PlannedStep("C3", "Wait for the rollout");
  private static final PlannedStep PODS = new PlannedStep("C4", "Check the pods");
  private static final PlannedStep LOGS = new PlannedStep("C5", "Check the pods' logs");
  private static final PlannedStep ENDPOINTS = new PlannedStep("C6", "Check the endpoints");
  private static final PlannedStep HEALTH = new PlannedStep("C7", "Health check");
  private static final PlannedStep INGRESS = new PlannedStep("C8", "Check ingress and gateway");
  private static final PlannedStep KEPT =
      new PlannedStep("C9", "Watch that nobody puts the bad version back");

  KubernetesSteps(Journal journal, CatalogEntry entry) {
    super(journal, entry);
  }

  Duration approvalWithin() {
    return entry.approvalWithin();
  }

  Plan preflight(RollbackRequest request) {
    return preflight(request, KubernetesPreflight.class, preflight -> preflight.inspect(request));
  }

  void lookAtHistory(PinnedService service) {
    journal.step(HISTORY, look(), KubernetesRollout.class, rollout -> rollout.history(service));
  }

  void captureEvidence(PinnedService service) {
    captureEvidence(KubernetesRollout.class, rollout -> rollout.captureEvidence(service));
  }

  void undo(PinnedService service, RollbackRequest request) {
    journal.step(
        undoStep(service),
        look(),
        KubernetesRollout.class,
        rollout -> rollout.undo(service, request.requestedBy(), request.reason()));
  }

  void awaitRollout(PinnedService service) {
    journal.step(
        STATUS,
        within(entry.startWithin()),
        KubernetesRollout.class,
        rollout -> rollout.awaitRollout(service));
  }

  /** The runbook's "수동 스케일 조정". */
  void scaleToZeroAndBack(PinnedService service, Verdict allowed) {
    journal.step(
        new PlannedStep(SCALE.id(), "Scale to 0, allowed by " + allowed.by()),
        within(entry.stopWithin()),
        KubernetesRollout.class,
        rollout -> rollout.scaleToZero(service));
    journal.step(
        new PlannedStep("C11", "Scale back to the recorded count"),
        look(),
        KubernetesRollout.class,
        rollout -> rollout.scaleBack(service));
  }

  /** C4 to C8; returns the service with the images that its pods really run. */
  PinnedService prove(PinnedService service) {
    PinnedService running =
        service.withImages(
            journal
                .step(
                    PODS,
                    within(entry.healthyWithin()),
                    KubernetesPods.class,
                    pods -> pods.awaitStable(service),
                    KubernetesPods.Running::report)
                .images());
    journal.step(
        LOGS, within(entry.startWithin()), KubernetesPods.class, pods -> pods.checkLogs(service));
    journal.step(
        ENDPOINTS,
        within(entry.healthyWithin()),
        KubernetesPods.class,
        pods -> pods.awaitEndpoints(service));
    journal.step(
        HEALTH,
        within(entry.healthyWithin()),
        KubernetesPods.class,
        pods -> pods.awaitHealthy(service));
    journal.step(
        INGRESS, within(entry.healthyWithin()), Health.class, health -> health.verify(service));
    return running;
  }

  /** C9; may take as long as a reconciler needs to come round. */
  void watchKept(PinnedService service) {
    journal.step(
        KEPT,
        within(entry.keptWithin()),
        KubernetesRollout.class,
        rollout -> rollout.watchKept(service));
  }

  void stopAfterFailure(PinnedService service) {
    stopAfterFailure(KubernetesRollout.class, rollout -> rollout.stopAfterFailure(service));
  }

  private static PlannedStep undoStep(PinnedService service) {
    return new PlannedStep("C2", "Undo rollout to " + service.target().describe());
  }

  @Override
  protected List<PlannedStep> runbook(PinnedService service) {
    return List.of(
        HISTORY, undoStep(service), STATUS, PODS, LOGS, ENDPOINTS, HEALTH, INGRESS, KEPT);
  }
}

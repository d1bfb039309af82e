package dev.rollbook;

import dev.rollbook.aftermath.HealthyVersions;
import dev.rollbook.aftermath.IncidentReport;
import dev.rollbook.kubernetes.KubernetesEmergency;
import dev.rollbook.kubernetes.KubernetesPin;
import dev.rollbook.kubernetes.KubernetesPods;
import dev.rollbook.kubernetes.KubernetesPreflight;
import dev.rollbook.kubernetes.KubernetesRollout;
import dev.rollbook.verification.Health;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Every activity of Section C as a small real thing: says what was asked of it, or fails as told.
 */
final class RecordingKubernetesSteps extends Recording
    implements ServiceCatalog,
        KubernetesEmergency,
        RunJournal,
        KubernetesPreflight,
        KubernetesRollout,
        KubernetesPods,
        Health,
        HealthyVersions,
        IncidentReport {

  static final Version GOOD =
      Version.replicaSet("uid-of-good", "revision 2 (shopping-service:1.2.3)");
  static final Version BAD =
      Version.replicaSet("uid-of-bad", "revision 3 (shopping-service:1.2.4)");
  static final KubernetesPin.Image PINNED =
      new KubernetesPin.Image("shop", "shopping-service:1.2.3", null);
  static final KubernetesPin.Image SEEN =
      new KubernetesPin.Image("shop", "shopping-service:1.2.3", "sha256:" + "2".repeat(64));
  static final Duration ASKED_WITHIN = Duration.ofMinutes(5);

  final List<PinnedService> recorded = Collections.synchronizedList(new ArrayList<>());
  final List<String> askedBy = Collections.synchronizedList(new ArrayList<>());
  final List<Finding> findings = new ArrayList<>(List.of(Finding.ok("cluster", "v1.34")));
  KubernetesPin.Workload workload = KubernetesPin.Workload.DEPLOYMENT;
  Duration askedWithin = ASKED_WITHIN;
  boolean alreadyThere;

  @Override
  public CatalogEntry find(String service, String environment) {
    Duration limit = Duration.ofMinutes(10);
    return new CatalogEntry(
        CatalogEntry.Kind.KUBERNETES,
        TaskQueues.ROLLBOOK,
        limit,
        limit,
        limit,
        Duration.ZERO,
        askedWithin,
        limit,
        onFailure,
        escalates,
        decision);
  }

  @Override
  public Inspection inspect(RollbackRequest request) {
    KubernetesPin pin =
        new KubernetesPin(
            "shopping",
            workload,
            "shopping-service",
            "uid-of-workload",
            "shopping-service-7d8f9c5b6",
            "7d8f9c5b6",
            2,
            List.of(PINNED),
            "shopping-service-5c9b8d7f4",
            "5c9b8d7f4",
            2);
    PinnedService pinned =
        new PinnedService(
            request.service(), request.environment(), "plan-1", BAD, GOOD, null, null, pin);
    return answer(
        "preflight",
        () ->
            new Inspection(
                new Plan(pinned, alreadyThere, findings, List.of()),
                StepReport.done("looked", "rollout history", 1)));
  }

  @Override
  public StepReport keepPlan(RollbackRequest request, Plan plan) {
    return step("keepPlan");
  }

  @Override
  public void close(Run run) {
    asked.add("close");
  }

  @Override
  public StepReport history(PinnedService service) {
    return step("history");
  }

  @Override
  public StepReport captureEvidence(PinnedService service) {
    return step("captureEvidence");
  }

  @Override
  public StepReport undo(PinnedService service, String by, String why) {
    askedBy.add(by + ": " + why);
    return step("undo");
  }

  @Override
  public StepReport awaitRollout(PinnedService service) {
    return step("awaitRollout");
  }

  @Override
  public StepReport scaleToZero(PinnedService service) {
    return step("scaleToZero");
  }

  @Override
  public StepReport scaleBack(PinnedService service) {
    return step("scaleBack");
  }

  @Override
  public StepReport watchKept(PinnedService service) {
    return step("watchKept");
  }

  @Override
  public StepReport stopAfterFailure(PinnedService service) {
    return step("stopAfterFailure");
  }

  @Override
  public Running awaitStable(PinnedService service) {
    return answer(
        "awaitStable", () -> new Running(List.of(SEEN), StepReport.done("2 pods ready", null, 1)));
  }

  @Override
  public StepReport checkLogs(PinnedService service) {
    return step("checkLogs");
  }

  @Override
  public StepReport awaitEndpoints(PinnedService service) {
    return step("awaitEndpoints");
  }

  @Override
  public StepReport awaitHealthy(PinnedService service) {
    return step("awaitHealthy");
  }

  @Override
  public StepReport awaitUp(PinnedService service) {
    return step("awaitUp");
  }

  @Override
  public StepReport verify(PinnedService service) {
    return step("verify");
  }

  @Override
  public StepReport record(PinnedService service) {
    recorded.add(service);
    return step("record");
  }

  @Override
  public Written write(RollbackRequest request, Run run, String executionId) {
    return answer("write", () -> new Written("/reports/TS.md", 1));
  }
}

package dev.rollbook;

import dev.rollbook.aftermath.HealthyVersions;
import dev.rollbook.aftermath.IncidentReport;
import dev.rollbook.decision.Guards;
import dev.rollbook.decision.Metrics;
import dev.rollbook.local.LocalEmergency;
import dev.rollbook.local.LocalPin;
import dev.rollbook.local.LocalPreflight;
import dev.rollbook.local.LocalRepository;
import dev.rollbook.local.LocalService;
import dev.rollbook.verification.Health;
import io.temporal.failure.ApplicationFailure;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Every activity of Section A as a small real thing: says what was asked of it, or fails as told.
 */
final class RecordingSteps extends Recording
    implements ServiceCatalog,
        LocalEmergency,
        Guards,
        Metrics,
        RunJournal,
        LocalPreflight,
        LocalRepository,
        LocalService,
        Health,
        HealthyVersions,
        IncidentReport {

  static final Version V2 = Version.commit("2".repeat(40), "v2");
  static final Version V3 = Version.commit("3".repeat(40), "v3");

  final List<Run> reported = Collections.synchronizedList(new ArrayList<>());
  final List<Run> closed = Collections.synchronizedList(new ArrayList<>());
  final List<Finding> findings = new ArrayList<>(List.of(Finding.ok("disk", "enough")));
  String taskQueue = TaskQueues.ROLLBOOK;
  boolean alreadyThere;
  boolean withoutTarget;
  Instant changedAt;

  @Override
  public CatalogEntry find(String service, String environment) {
    if (!service.equals("shopping-service")) {
      throw ApplicationFailure.newNonRetryableFailure(
          "no service " + service + "; there are: shopping-service", "UnknownService");
    }
    Duration limit = Duration.ofMinutes(10);
    return new CatalogEntry(
        CatalogEntry.Kind.LOCAL,
        taskQueue,
        limit,
        limit,
        Duration.ofMinutes(2),
        limit,
        Duration.ZERO,
        null,
        onFailure,
        escalates,
        decision);
  }

  @Override
  public Inspection inspect(RollbackRequest request) {
    PinnedService pinned =
        new PinnedService(
            request.service(),
            request.environment(),
            "plan-1",
            V3,
            V2,
            new LocalPin(new ProcessId(42, Instant.EPOCH), List.of()),
            null,
            null,
            changedAt,
            null);
    if (withoutTarget) {
      List<Finding> nothing = List.of(Finding.blocker("target", "nothing older"));
      return new Inspection(
          new Plan(null, false, nothing, List.of()), StepReport.done("looked", null, 1));
    }
    return answer(
        "preflight",
        () ->
            new Inspection(
                new Plan(pinned, alreadyThere, findings, List.of()),
                StepReport.done("looked", "git log", 1)));
  }

  @Override
  public StepReport keepPlan(RollbackRequest request, Plan plan) {
    return step("keepPlan");
  }

  @Override
  public void close(Run run) {
    closed.add(run);
  }

  @Override
  public StepReport checkOut(PinnedService service) {
    return step("checkOut");
  }

  @Override
  public StepReport putBack(PinnedService service) {
    return step("putBack");
  }

  @Override
  public StepReport captureEvidence(PinnedService service) {
    return step("captureEvidence");
  }

  @Override
  public StepReport stop(PinnedService service) {
    return step("stop");
  }

  @Override
  public StepReport buildAndStart(PinnedService service) {
    return step("buildAndStart");
  }

  @Override
  public StepReport stopAfterFailure(PinnedService service) {
    return step("stopAfterFailure");
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
    return step("record");
  }

  @Override
  public Written write(RollbackRequest request, Run run, String executionId) {
    reported.add(run);
    return answer("write", () -> new Written("/reports/TS.md", 1));
  }
}

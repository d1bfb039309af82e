package dev.rollbook.escalation;

import dev.rollbook.Inspection;
import dev.rollbook.PinnedService;
import dev.rollbook.Plan;
import dev.rollbook.RollbackRequest;
import dev.rollbook.StepReport;
import dev.rollbook.Version;
import dev.rollbook.local.LocalEmergency;
import dev.rollbook.local.LocalPreflight;
import dev.rollbook.local.LocalRepository;
import dev.rollbook.local.LocalService;
import dev.rollbook.verification.Health;
import io.temporal.failure.ApplicationFailure;
import java.util.List;
import java.util.Set;

/** Section A's steps, done at once, but for those that fail. */
final class PlainLocal
    implements LocalPreflight, LocalRepository, LocalService, LocalEmergency, Health {

  private static final Version BAD = Version.commit("3".repeat(40), "v3");
  private static final Version GOOD = Version.commit("2".repeat(40), "v2");

  private final Set<String> failing;

  PlainLocal(String... failing) {
    this.failing = Set.of(failing);
  }

  private StepReport step(String name) {
    if (failing.contains(name)) {
      throw ApplicationFailure.newNonRetryableFailure(name + " broke", "Broken");
    }
    return StepReport.done(name, null, 1);
  }

  private static PinnedService pinned(String service, String environment, Version target) {
    return new PinnedService(service, environment, "plan-1", BAD, target, null, null, null);
  }

  @Override
  public Inspection inspect(RollbackRequest request) {
    PinnedService service = pinned(request.service(), request.environment(), GOOD);
    return new Inspection(new Plan(service, false, List.of(), List.of()), step("inspect"));
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
  public Pinned pin(String service, String environment, String planId) {
    return new Pinned(pinned(service, environment, BAD), step("pin"));
  }

  @Override
  public StepReport release(String service, String environment, String by, String why) {
    return step("release");
  }
}

package dev.rollbook;

import dev.rollbook.compose.ComposeContainers;
import dev.rollbook.compose.ComposeEmergency;
import dev.rollbook.compose.ComposeHealth;
import dev.rollbook.compose.ComposeImages;
import dev.rollbook.compose.ComposePin;
import dev.rollbook.compose.ComposePreflight;
import dev.rollbook.compose.ComposeProject;
import dev.rollbook.verification.Health;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Every activity of Section B as a small real thing: says what was asked of it, or fails as told.
 */
final class RecordingComposeSteps extends Recording
    implements ServiceCatalog,
        ComposeEmergency,
        RunJournal,
        ComposePreflight,
        ComposeImages,
        ComposeProject,
        ComposeContainers,
        ComposeHealth,
        Health {

  static final Version GOOD = Version.image("sha256:" + "2".repeat(64), "previous");
  static final Version BAD = Version.image("sha256:" + "3".repeat(64), "latest");
  static final Version COMMIT = Version.commit("2".repeat(40), "v2");
  static final Duration ASKED_WITHIN = Duration.ofMinutes(5);

  final List<Version> stoppedFor = Collections.synchronizedList(new ArrayList<>());
  final List<Finding> findings = new ArrayList<>(List.of(Finding.ok("engine", "1.41")));
  final List<String> down = new ArrayList<>();
  final List<String> databases = new ArrayList<>();
  Version target = GOOD;
  Duration askedWithin = ASKED_WITHIN;
  boolean alreadyThere;

  @Override
  public CatalogEntry find(String service, String environment) {
    Duration limit = Duration.ofMinutes(10);
    return new CatalogEntry(
        CatalogEntry.Kind.COMPOSE,
        TaskQueues.ROLLBOOK,
        limit,
        limit,
        limit,
        limit,
        askedWithin,
        null,
        onFailure,
        escalates,
        decision);
  }

  @Override
  public Inspection inspect(RollbackRequest request) {
    ComposePin pin =
        new ComposePin(
            "shop",
            "shopping-service",
            "/srv/shop",
            List.of("/srv/shop/docker-compose.yml"),
            List.of(new ComposePin.Container("c".repeat(64), 1, BAD.id())),
            "rollback/shopping-service:1",
            ComposePin.Pin.EDIT,
            null,
            null);
    PinnedService pinned =
        new PinnedService(
            request.service(), request.environment(), "plan-1", BAD, target, null, pin, null);
    return answer(
        "preflight",
        () ->
            new Inspection(
                new Plan(pinned, alreadyThere, findings, List.of()),
                StepReport.done("looked", "docker images", 1)));
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
  public StepReport captureEvidence(PinnedService service) {
    return step("captureEvidence");
  }

  @Override
  public StepReport protect(PinnedService service) {
    return step("protect");
  }

  @Override
  public Built rebuild(PinnedService service) {
    return answer(
        "rebuild of " + service.target().label(),
        () -> new Built(GOOD, StepReport.done("built", "BUILD SUCCESSFUL", 1)));
  }

  @Override
  public StepReport pinImage(PinnedService service) {
    return step("pinImage");
  }

  @Override
  public StepReport unpinImage(PinnedService service) {
    return step("unpinImage");
  }

  @Override
  public StepReport stop(PinnedService service) {
    stoppedFor.add(service.target());
    return step("stop");
  }

  @Override
  public StepReport restart(PinnedService service) {
    return step("restart");
  }

  @Override
  public StepReport restartStack(PinnedService service) {
    return step("restartStack");
  }

  @Override
  public StepReport stopAfterFailure(PinnedService service) {
    return step("stopAfterFailure");
  }

  @Override
  public StepReport awaitStart(PinnedService service) {
    return step("awaitStart");
  }

  @Override
  public StepReport awaitHealthy(PinnedService service) {
    return step("awaitHealthy");
  }

  @Override
  public Dependencies checkDependencies(PinnedService service) {
    return answer(
        "checkDependencies",
        () -> new Dependencies(down, databases, StepReport.done("down: " + down, null, 1)));
  }

  @Override
  public StepReport awaitUp(PinnedService service) {
    return step("awaitUp");
  }

  @Override
  public StepReport verify(PinnedService service) {
    return step("verify");
  }
}

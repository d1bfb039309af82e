package dev.rollbook.compose;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rollbook.Failures;
import dev.rollbook.KeptStop;
import dev.rollbook.PinnedService;
import dev.rollbook.ReleaseOrder;
import dev.rollbook.StepResult;
import dev.rollbook.StopFile;
import dev.rollbook.compose.ComposePlanFolder.Snapshot;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** B5: the service's containers run the pinned image. */
final class ContainerRestart {

  private final PinnedService service;
  private final ComposePin pin;
  private final ComposePlanFolder plan;
  private final StopFile stops;
  private final DockerEngine engine;
  private final ContainerRecreation recreation;
  private final ReplacedContainers containers;
  private final ServiceOwnership ownership;
  private final ComposeUp compose;
  private String how = "";

  ContainerRestart(
      PinnedService service,
      ComposeEnvironment environment,
      ComposePlanFolder plan,
      StopFile stops,
      DockerEngine engine,
      ComposeUp compose) {
    this.service = service;
    this.pin = service.compose();
    this.plan = plan;
    this.stops = stops;
    this.engine = engine;
    this.compose = compose;
    this.recreation =
        new ContainerRecreation(plan, engine, environment.stopGrace(), OwnSettings.of(pin));
    this.containers = new ReplacedContainers(service, plan, engine, recreation);
    this.ownership = new ServiceOwnership(service);
  }

  /** An earlier stop is lifted by it. */
  StepResult restart() throws IOException {
    plan.refuseIfFenced();
    stops.refuseLaterThan(service);
    Optional<KeptStop> stop = stops.standing();
    if (stop.isPresent()) {
      // before anything is made after them: a container made new would stay down with the engine
      RestartPolicies policies = new RestartPolicies(engine, stop.get());
      containers.all().forEach(policies::restore);
    }
    StepResult result = restarted();
    if (stop.isPresent()) {
      stops.lift(stop.get(), ReleaseOrder.ofRollback(service));
    }
    return result;
  }

  private StepResult restarted() throws IOException {
    compose.endLeftOver();
    containers.keepOldOnes();
    refuseMovedTag();
    if (containers.areAsWanted() && containers.run()) {
      return new StepResult(false, "already runs " + service.target().describe(), states());
    }
    containers.settle();
    Optional<ComposeCommand> command = compose.installed(containers.all());
    if (command.isEmpty() || !composeDoesIt(command.get())) {
      recreateOldOnes();
    }
    startAll();
    if (!containers.areAsWanted()) {
      throw Failures.hopeless(
          "RestartFailed",
          "%s does not run %s after the restart by %s: %s"
              .formatted(service.service(), service.target().describe(), how, states()));
    }
    return new StepResult(
        true, "runs %s, by %s".formatted(service.target().describe(), how), states() + sharers());
  }

  /** False when Compose failed; what it left behind is settled then. */
  private boolean composeDoesIt(ComposeCommand command) throws IOException {
    try {
      plan.refuseIfFenced();
      how = command.describe();
      compose.up(command, List.of());
      if (containers.all().stream().anyMatch(each -> !ownership.runsTarget(each))) {
        // by its labels Compose took it for what it is not
        compose.up(command, List.of("--force-recreate"));
      }
      containers.settle();
      return true;
    } catch (ComposeFailed e) {
      how = "the engine's API, since Compose failed (" + e.getMessage() + ")";
      containers.settle();
      return false;
    }
  }

  /** One after the other: while the engine refuses one, no other is given up. */
  private void recreateOldOnes() throws IOException {
    how = how.isEmpty() ? "the engine's API" : how;
    if (pin.containers().isEmpty()) {
      throw Failures.hopeless(
          "RestartFailed",
          "%s had no container when planned, so there is nothing to create one from%s; start it with Compose."
              .formatted(service.service(), how.isEmpty() ? "" : ": " + how));
    }
    for (ServiceContainer each : containers.all()) {
      if (!ownership.runsTarget(each)) {
        Snapshot old = new Snapshot(each, plan.kept(each.id()).flatMap(Snapshot::image));
        recreation.start(recreation.replace(old, pin.image()));
      }
    }
  }

  private void startAll() {
    for (ServiceContainer each : containers.all()) {
      if (ownership.runsTarget(each) && !each.isUp()) {
        recreation.start(each.id());
      }
    }
  }

  private void refuseMovedTag() {
    String means =
        engine
            .findImage(pin.image())
            .map(image -> image.path("Id").asText())
            .orElseThrow(
                () ->
                    Failures.hopeless(
                        "RestartFailed",
                        "%s: the image %s is gone; nothing was restarted. Plan again."
                            .formatted(service.service(), pin.image())));
    if (!means.equals(service.target().id())) {
      throw Failures.hopeless(
          "TagMoved",
          "%s: %s means %s by now, not the target %s: somebody moved it. Nothing was restarted; look who, then plan again."
              .formatted(service.service(), pin.image(), means, service.target().describe()));
    }
  }

  private String states() {
    List<String> states = new ArrayList<>();
    for (ServiceContainer each : ServiceContainer.of(engine, pin)) {
      JsonNode state = each.inspect().path("State");
      states.add(
          "%s: %s, image %s, started %s"
              .formatted(
                  each.describe(), state.path("Status").asText(), each.image(), each.startedAt()));
    }
    return states.isEmpty() ? "no container" : String.join("\n", states);
  }

  /** They hold the id of a container that is gone; nobody has asked us to touch them. */
  private String sharers() {
    StringBuilder words = new StringBuilder();
    List<String> old = pin.containers().stream().map(ComposePin.Container::id).toList();
    for (NamespaceSharers.Sharer each : new NamespaceSharers(engine).of(old)) {
      words.append(
          "%n%s uses the %s of a container that was replaced, and has lost it: create it anew%s"
              .formatted(each.container().describe(), each.namespace(), each.remedy()));
    }
    return words.toString();
  }
}

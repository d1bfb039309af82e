package dev.rollbook.compose;

import dev.rollbook.Evidence;
import dev.rollbook.Failures;
import dev.rollbook.PinnedService;
import dev.rollbook.StepResult;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** B1: the pinned containers are down, and nothing else was touched. */
final class ContainerStop {

  private final PinnedService service;
  private final ComposePlanFolder plan;
  private final DockerEngine engine;
  private final ContainerEnding ending;
  private final ServiceOwnership ownership;

  ContainerStop(
      PinnedService service,
      ComposePlanFolder plan,
      DockerEngine engine,
      Optional<Duration> grace) {
    this.service = service;
    this.plan = plan;
    this.engine = engine;
    this.ending = new ContainerEnding(engine, grace);
    this.ownership = new ServiceOwnership(service);
  }

  StepResult stopPinned() throws IOException {
    List<ServiceContainer> all = ServiceContainer.of(engine, service.compose());
    ownership.refuseOthers(all);
    List<ServiceContainer> old = all.stream().filter(this::isOld).toList();
    if (!isBegun()) {
      WrittenImage.refuseMoved(engine, service);
    }
    for (ServiceContainer container : old) {
      // before it is stopped: a container may be set up to vanish then
      plan.keep(container, engine);
    }
    List<ServiceContainer> up = old.stream().filter(ServiceContainer::isUp).toList();
    // a late attempt could meet what a newer run has started
    plan.refuseIfFenced();
    ending.stop(up);
    List<String> words = new ArrayList<>();
    for (ServiceContainer container : up) {
      words.add(described(container));
    }
    refuseRisen();
    String summary = up.isEmpty() ? "already stopped" : String.join("; ", words);
    return new StepResult(!up.isEmpty(), summary, Evidence.bounded(states(old), Evidence.LIMIT));
  }

  /** What an earlier attempt has stopped is not left down for somebody's new tag. */
  private boolean isBegun() throws IOException {
    for (ComposePin.Container pinned : service.compose().containers()) {
      if (plan.kept(pinned.id()).isPresent()) {
        return true;
      }
    }
    return false;
  }

  /** One that runs the target already is where it shall be. */
  private boolean isOld(ServiceContainer container) {
    return ownership.isPinned(container) && !ownership.runsTarget(container);
  }

  private String described(ServiceContainer stopped) {
    return engine
        .findContainer(stopped.id())
        .map(ServiceContainer::new)
        .map(ending::describe)
        .orElse(stopped.describe() + " ended and was removed by the engine");
  }

  /** The engine's own restart policies leave a stopped container alone; others may not. */
  private void refuseRisen() {
    List<ServiceContainer> now = ServiceContainer.of(engine, service.compose());
    ownership.refuseOthers(now);
    now.stream()
        .filter(this::isOld)
        .filter(ServiceContainer::isUp)
        .findFirst()
        .ifPresent(
            risen -> {
              throw Failures.hopeless(
                  "StillRunning",
                  "%s: %s was stopped, but runs again since %s: something outside of Compose starts it (systemd, a watchdog?). Stop that first, then run again."
                      .formatted(service.service(), risen.describe(), risen.startedAt()));
            });
  }

  private String states(List<ServiceContainer> before) {
    StringBuilder states = new StringBuilder();
    for (ServiceContainer container : before) {
      states.append(
          "%s: image %s, restart policy %s, was %s%n"
              .formatted(
                  container.describe(),
                  container.image(),
                  container.restartPolicy().path("Name").asText("no"),
                  container.inspect().path("State").path("Status").asText()));
    }
    return states.isEmpty() ? "no pinned container is left" : states.toString();
  }
}

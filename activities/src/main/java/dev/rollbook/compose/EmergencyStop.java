package dev.rollbook.compose;

import dev.rollbook.Evidence;
import dev.rollbook.KeptStop;
import dev.rollbook.PinnedService;
import dev.rollbook.StepResult;
import dev.rollbook.StopFile;
import dev.rollbook.local.Pause;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * S1: no container of the service runs, nor will one when the engine comes up again. What their
 * restart policies were is kept, for whoever lets the service run again.
 */
final class EmergencyStop {

  private static final Duration COMES_WITHIN = Duration.ofSeconds(2);
  private static final Duration LOOK_EVERY = Duration.ofMillis(100);

  private final PinnedService service;
  private final StopFile file;
  private final DockerEngine engine;
  private final ContainerEnding ending;
  private final ServiceOwnership ownership;

  EmergencyStop(
      PinnedService service, StopFile file, DockerEngine engine, Optional<Duration> grace) {
    this.service = service;
    this.file = file;
    this.engine = engine;
    this.ending = new ContainerEnding(engine, grace);
    this.ownership = ServiceOwnership.of(service, engine);
  }

  /**
   * @param watched when a Compose was ended just now: what it asked the engine for may come yet
   */
  StepResult stop(boolean watched) throws IOException {
    KeptStop kept = file.of(service.planId());
    RestartPolicies policies = new RestartPolicies(engine, kept);
    List<ServiceContainer> all = all();
    all.forEach(policies::keep);
    file.begin(kept);
    boolean changed = false;
    for (ServiceContainer container : all) {
      changed |= policies.stayDown(container);
    }
    List<ServiceContainer> up = all.stream().filter(ServiceContainer::isUp).toList();
    ending.stop(up);
    long until = System.nanoTime() + (watched ? COMES_WITHIN.toNanos() : 0);
    while (System.nanoTime() < until) {
      all().forEach(this::refuseUp);
      Pause.of(LOOK_EVERY);
    }
    List<String> words = new ArrayList<>();
    for (ServiceContainer container : all()) {
      refuseUp(container);
      if (up.stream().anyMatch(each -> each.id().equals(container.id()))) {
        words.add(ending.describe(container));
      }
    }
    file.done(kept);
    String summary =
        (up.isEmpty() ? "nothing ran" : String.join("; ", words))
            + "; no container of the service runs, none starts with the engine";
    return new StepResult(
        changed || !up.isEmpty(), summary, Evidence.bounded(policies.describe(), Evidence.LIMIT));
  }

  /** What somebody has deployed meanwhile goes on. */
  private List<ServiceContainer> all() {
    List<ServiceContainer> all = ServiceContainer.of(engine, service.compose());
    ownership.refuseOthers(all);
    return all;
  }

  /** One of ours that was started since by somebody else: the next attempt stops it too. */
  private void refuseUp(ServiceContainer container) {
    if (container.isUp()) {
      throw new IllegalStateException(
          "%s: %s runs (again), though all were stopped: something else starts it"
              .formatted(service.service(), container.describe()));
    }
  }
}

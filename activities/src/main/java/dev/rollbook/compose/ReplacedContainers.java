package dev.rollbook.compose;

import dev.rollbook.PinnedService;
import dev.rollbook.compose.ComposePlanFolder.Snapshot;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * The service's containers while old ones give way to new ones, whoever began it: Compose v1, v2 or
 * Rollbook, each of which may have been interrupted anywhere.
 */
final class ReplacedContainers {

  private final PinnedService service;
  private final ComposePlanFolder plan;
  private final DockerEngine engine;
  private final ContainerRecreation recreation;
  private final ServiceOwnership ownership;

  ReplacedContainers(
      PinnedService service,
      ComposePlanFolder plan,
      DockerEngine engine,
      ContainerRecreation recreation) {
    this.service = service;
    this.plan = plan;
    this.engine = engine;
    this.recreation = recreation;
    this.ownership = new ServiceOwnership(service);
  }

  /** Refuses a newer deploy: nothing of it may be touched. */
  List<ServiceContainer> all() {
    List<ServiceContainer> all = ServiceContainer.of(engine, service.compose());
    ownership.refuseOthers(all);
    return all;
  }

  /** Keeps what is needed to bring the old ones back, before anything is changed. */
  void keepOldOnes() throws IOException {
    for (ServiceContainer container : all()) {
      if (ownership.isPinned(container)) {
        plan.keep(container, engine);
      }
    }
  }

  /**
   * Every number has exactly one container, of its proper name: a new one if it was started or is
   * the only one, else the old one.
   */
  void settle() throws IOException {
    for (ComposePin.Container pinned : service.compose().containers()) {
      settle(pinned);
    }
  }

  private void settle(ComposePin.Container pinned) throws IOException {
    List<ServiceContainer> there =
        all().stream().filter(each -> each.number() == pinned.number()).toList();
    if (there.isEmpty()) {
      Optional<Snapshot> kept = plan.kept(pinned.id());
      if (kept.isPresent()) {
        recreation.replace(kept.get(), service.compose().image());
      }
      return;
    }
    ServiceContainer keeper = keeper(there);
    for (ServiceContainer other : there) {
      if (!other.id().equals(keeper.id())) {
        recreation.stopAndRemove(other);
      }
    }
    Optional<Snapshot> old = plan.kept(pinned.id()).filter(it -> it.image().isPresent());
    if (old.isPresent() && ownership.runsTarget(keeper) && !keeper.wasStarted()) {
      recreation.complete(keeper, old.get());
    }
    if (!keeper.isProperlyNamed()) {
      recreation.rename(keeper.id(), keeper.properName());
    }
  }

  private ServiceContainer keeper(List<ServiceContainer> there) {
    Optional<ServiceContainer> started =
        there.stream()
            .filter(ownership::runsTarget)
            .filter(ServiceContainer::wasStarted)
            .findFirst();
    Optional<ServiceContainer> old = there.stream().filter(ownership::isPinned).findFirst();
    return started.or(() -> old).orElse(there.get(there.size() - 1));
  }

  /** One started container of the target for each number, and no other. */
  boolean areAsWanted() {
    List<ServiceContainer> all = all();
    List<Integer> wanted = service.compose().numbers();
    List<Integer> there = all.stream().map(ServiceContainer::number).toList();
    return (wanted.isEmpty() ? !there.isEmpty() : there.equals(wanted))
        && all.stream().allMatch(each -> ownership.runsTarget(each) && each.isProperlyNamed());
  }

  boolean run() {
    return all().stream().allMatch(ServiceContainer::isRunning);
  }
}

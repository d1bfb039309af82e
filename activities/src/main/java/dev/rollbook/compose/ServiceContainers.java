package dev.rollbook.compose;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rollbook.Heartbeat;
import dev.rollbook.PinnedService;
import dev.rollbook.local.Pause;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** One service's containers, found as Compose itself finds them: by labels, never by names. */
final class ServiceContainers {

  /** Compose v1 stops the old container before it makes the new one. */
  private static final Duration SUCCEEDED_WITHIN = Duration.ofSeconds(5);

  private static final Duration LOOK_EVERY = Duration.ofMillis(200);
  private static final Duration EVENTS_OF = Duration.ofHours(1);

  private final DockerEngine engine;
  private final String project;
  private final String service;
  private final Predicate<ServiceContainer> which;
  private final Consumer<List<ServiceContainer>> refusal;

  ServiceContainers(DockerEngine engine, String project, String service) {
    this(engine, project, service, each -> true, all -> {});
  }

  private ServiceContainers(
      DockerEngine engine,
      String project,
      String service,
      Predicate<ServiceContainer> which,
      Consumer<List<ServiceContainer>> refusal) {
    this.engine = engine;
    this.project = project;
    this.service = service;
    this.which = which;
    this.refusal = refusal;
  }

  /** Without what an interrupted rollback has left beside them. */
  ServiceContainers only(List<String> ids) {
    return new ServiceContainers(
        engine, project, service, each -> ids.contains(each.id()), refusal);
  }

  static ServiceContainers of(DockerEngine engine, ComposePin pin) {
    return new ServiceContainers(engine, pin.project(), pin.service());
  }

  /** Each look at them is refused as a newer deploy when somebody else's are among them. */
  static ServiceContainers ownedBy(DockerEngine engine, PinnedService service) {
    ComposePin pin = service.compose();
    return new ServiceContainers(
        engine,
        pin.project(),
        pin.service(),
        each -> true,
        new ServiceOwnership(service)::refuseOthers);
  }

  /** By Compose's number, stopped ones too. One that is removed meanwhile is left out. */
  List<ContainerState> states() {
    List<ServiceContainer> all = ServiceContainer.of(engine, project, service);
    refusal.accept(all);
    return all.stream().filter(which).map(ContainerState::of).toList();
  }

  /**
   * Whether it has ended because somebody puts another one in its place: that one comes a moment
   * later. One that ended by itself is not waited for.
   */
  boolean isSucceeded(ContainerState ended, Heartbeat heartbeat) {
    return wasStopped(ended)
        && comes(
            heartbeat,
            now ->
                !now.isEmpty()
                    && now.stream()
                        .noneMatch(each -> each.id().equals(ended.id()) && each.hasEnded()));
  }

  /** Whether some come, when none was left. */
  boolean come(Heartbeat heartbeat) {
    return comes(heartbeat, now -> !now.isEmpty());
  }

  private boolean comes(Heartbeat heartbeat, Predicate<List<ContainerState>> wanted) {
    long until = System.nanoTime() + SUCCEEDED_WITHIN.toNanos();
    while (System.nanoTime() < until) {
      if (wanted.test(states())) {
        return true;
      }
      heartbeat.beat("looking whether somebody else deploys");
      Pause.of(LOOK_EVERY);
    }
    return false;
  }

  /** A signal that somebody sent through the engine; its own end is no such event. */
  private boolean wasStopped(ContainerState ended) {
    Instant now = Instant.now();
    List<JsonNode> kills =
        engine.getLines(
            "/events?since=%d&until=%d.%09d&filters=%s"
                .formatted(
                    now.minus(EVENTS_OF).getEpochSecond(),
                    now.getEpochSecond(),
                    now.getNano(),
                    DockerEngine.encoded(
                        "{\"container\":[\"" + ended.id() + "\"],\"event\":[\"kill\"]}")));
    return !kills.isEmpty();
  }
}

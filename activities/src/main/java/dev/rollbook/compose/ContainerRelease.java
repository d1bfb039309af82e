package dev.rollbook.compose;

import dev.rollbook.Failures;
import dev.rollbook.Heartbeat;
import dev.rollbook.KeptStop;
import dev.rollbook.Redaction;
import dev.rollbook.ReleaseOrder;
import dev.rollbook.StepResult;
import dev.rollbook.StopFile;
import dev.rollbook.compose.EngineFailure.Refused;
import dev.rollbook.local.Pause;
import java.io.IOException;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * S2: the containers that were stopped run again, with the restart policies they had. The record of
 * the stop is closed last: whatever comes between, the next attempt goes on from there.
 */
final class ContainerRelease {

  private static final Duration STAYS_UP_FOR = Duration.ofSeconds(1);
  private static final Duration IS_STILL_WELL_WITHIN = Duration.ofSeconds(10);

  private final String service;
  private final ComposeEnvironment environment;
  private final DockerEngine engine;
  private final StopFile file;
  private final ReleaseOrder order;
  private final Redaction redaction;
  private final Heartbeat heartbeat;

  ContainerRelease(
      String service,
      ComposeEnvironment environment,
      DockerEngine engine,
      StopFile file,
      ReleaseOrder order,
      Redaction redaction,
      Heartbeat heartbeat) {
    this.service = service;
    this.environment = environment;
    this.engine = engine;
    this.file = file;
    this.order = order;
    this.redaction = redaction;
    this.heartbeat = heartbeat;
  }

  StepResult release() throws IOException {
    Optional<KeptStop> stop = file.toLift(order);
    if (stop.isEmpty()) {
      return new StepResult(false, "already released", "");
    }
    RestartPolicies policies = new RestartPolicies(engine, stop.get());
    List<ServiceContainer> all = containers();
    refuseOthers(all, policies);
    List<ServiceContainer> wanted = served(all);
    boolean ranAlready = wanted.stream().allMatch(ServiceContainer::isUp);
    wanted.forEach(policies::restore);
    file.toLift(order); // a stop may have come in between
    wanted.stream().filter(each -> !each.isUp()).forEach(this::start);
    String states = awaitWell(wanted);
    file.lift(stop.get(), order);
    return new StepResult(
        true,
        "%s%s; the stop is lifted by %s"
            .formatted(
                ranAlready ? "ran already: " : "runs again: ",
                wanted.stream().map(ServiceContainer::describe).collect(Collectors.joining(", ")),
                order.describe()),
        states + "\n" + policies.describe());
  }

  private List<ServiceContainer> containers() {
    ProjectSearch search = new ProjectSearch(engine);
    List<ServiceContainer> all = search.find(environment.project(), environment.composeService());
    if (all.isEmpty()) {
      throw Failures.hopeless(
          "TargetMissing",
          "%s: none of the stopped containers is left (%s). `docker compose up -d` makes new ones."
              .formatted(service, search.findings().get(0).message()));
    }
    return all;
  }

  private void refuseOthers(List<ServiceContainer> all, RestartPolicies policies) {
    for (ServiceContainer each : all) {
      if (!policies.knows(each)) {
        throw Failures.hopeless(
            "NewerDeploy",
            "%s: %s was made after the service was stopped: somebody has deployed since. Nothing was changed; if that is to run, `docker start %s`."
                .formatted(service, each.describe(), each.name()));
      }
    }
  }

  /** Of several of one number, as an interrupted rollback leaves them, the one that ran last. */
  private static List<ServiceContainer> served(List<ServiceContainer> all) {
    TreeMap<Integer, ServiceContainer> served =
        new TreeMap<>(
            all.stream()
                .collect(
                    Collectors.toMap(
                        ServiceContainer::number,
                        each -> each,
                        (one, other) ->
                            Comparator.comparing(ServiceContainer::startedAt).compare(one, other)
                                    >= 0
                                ? one
                                : other)));
    return List.copyOf(served.values());
  }

  private void start(ServiceContainer container) {
    try {
      engine.post("/containers/" + container.id() + "/start", null);
    } catch (Refused e) {
      if (e.status() == 304) {
        return; // it runs already
      }
      if (e.status() >= 500) {
        throw e;
      }
      throw Failures.hopeless(
          "RestartFailed",
          "%s: the engine cannot start %s: %s"
              .formatted(service, container.describe(), e.getMessage()));
    }
  }

  private String awaitWell(List<ServiceContainer> wanted) {
    List<String> ids = wanted.stream().map(ServiceContainer::id).toList();
    ServiceContainers these =
        new ServiceContainers(engine, wanted.get(0).project(), wanted.get(0).service()).only(ids);
    OwnHealth own = new OwnHealth(service, these, redaction, heartbeat);
    own.await(environment.startWithin());
    Pause.of(STAYS_UP_FOR); // one without a check of its own is "well" from its first instant
    return own.await(IS_STILL_WELL_WITHIN);
  }
}

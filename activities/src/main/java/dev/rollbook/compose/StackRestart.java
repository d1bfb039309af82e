package dev.rollbook.compose;

import dev.rollbook.Elapsed;
import dev.rollbook.Failures;
import dev.rollbook.PinnedService;
import dev.rollbook.StepResult;
import dev.rollbook.local.Pause;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Every service of the project is restarted, one after the other, each once all that it depends on
 * is up: {@code restart} of Compose v1 knows no order, and neither waits for health.
 */
final class StackRestart {

  private static final Duration LOOK_EVERY = Duration.ofMillis(100);

  private final PinnedService service;
  private final ComposeEnvironment environment;
  private final ComposePlanFolder plan;
  private final DockerEngine engine;
  private final ContainerRecreation recreation;
  private final ContainerEnding ending;
  private final ComposeUp compose;
  private final Runnable whileWaiting;

  StackRestart(
      PinnedService service,
      ComposeEnvironment environment,
      ComposePlanFolder plan,
      DockerEngine engine,
      ComposeUp compose,
      Runnable whileWaiting) {
    this.service = service;
    this.environment = environment;
    this.plan = plan;
    this.engine = engine;
    this.recreation =
        new ContainerRecreation(plan, engine, environment.stopGrace(), OwnSettings.NONE);
    this.ending = new ContainerEnding(engine, environment.stopGrace());
    this.compose = compose;
    this.whileWaiting = whileWaiting;
  }

  StepResult restart() throws IOException {
    plan.refuseIfFenced();
    new ServiceOwnership(service).refuseOthers(ServiceContainer.of(engine, service.compose()));
    List<ServiceContainer> all = ServiceContainer.ofProject(engine, project());
    StackBefore before = StackBefore.of(all, plan);
    // containers of one project are created in the order in which they can start
    all.sort(Comparator.comparing(each -> each.inspect().path("Created").asText()));
    ServiceDependencies dependencies = ServiceDependencies.of(all, () -> compose.config(all));
    List<String> words = new ArrayList<>();
    boolean changed = false;
    for (String name : dependencies.inOrder()) {
      for (ServiceContainer each : all) {
        if (each.service().equals(name)) {
          boolean job = dependencies.isJob(name);
          boolean down = before.wasDown(each) && !each.isRestartedByTheEngine();
          boolean ended = down && !each.isUp() && each.wasStarted() && each.exitCode() == 0;
          if (ended && (job || isNobodysServer(each, dependencies))) {
            words.add(each.describe() + ": its work was done, left alone");
          } else {
            changed |= restart(each, before.isStartedSince(each), job || down);
            words.add(each.describe() + ": restarted");
          }
        }
      }
    }
    return new StepResult(
        changed,
        "restarted in order: " + String.join(", ", dependencies.inOrder()),
        String.join("\n", words));
  }

  /** Nothing is known to wait for it or to reach it, so it does some work and ends. */
  private boolean isNobodysServer(ServiceContainer container, ServiceDependencies dependencies) {
    return !container.service().equals(service.compose().service())
        && !dependencies.isNeeded(container.service())
        && environment.dependencies().stream().noneMatch(each -> each.isOn(container.service()))
        && container.health().isEmpty()
        && container.inspect().at("/HostConfig/PortBindings").isEmpty();
  }

  /**
   * @param isStarted by an earlier attempt
   * @param mayEnd it is up also once it has ended well
   */
  private boolean restart(ServiceContainer container, boolean isStarted, boolean mayEnd) {
    boolean done = isStarted && (container.isUp() || (mayEnd && container.exitCode() == 0));
    if (!done) {
      plan.refuseIfFenced();
      ending.stop(List.of(container));
      recreation.start(container.id());
    }
    awaitUp(container, mayEnd);
    return !done;
  }

  private void awaitUp(ServiceContainer restarted, boolean mayEnd) {
    long until = System.nanoTime() + environment.startWithin().toNanos();
    while (true) {
      ServiceContainer now = new ServiceContainer(engine.inspectContainer(restarted.id()));
      if (now.isWell() || (mayEnd && !now.isUp() && now.exitCode() == 0)) {
        return;
      }
      if (System.nanoTime() > until) {
        throw failed(now, "is not up within " + Elapsed.describe(environment.startWithin()));
      }
      if (!now.isUp()) {
        throw failed(now, "ended with exit code " + now.exitCode());
      }
      whileWaiting.run();
      Pause.of(LOOK_EVERY);
    }
  }

  private RuntimeException failed(ServiceContainer container, String how) {
    return Failures.hopeless(
        "RestartFailed",
        "%s of %s %s after its restart%s; the services after it were not restarted. Look at `docker logs %s`."
            .formatted(
                container.describe(),
                project(),
                how,
                container.health().isEmpty() ? "" : ", " + container.health(),
                container.name()));
  }

  private String project() {
    return service.compose().project();
  }
}

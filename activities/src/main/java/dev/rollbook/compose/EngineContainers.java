package dev.rollbook.compose;

import dev.rollbook.Evidence;
import dev.rollbook.Heartbeat;
import dev.rollbook.PinnedService;
import dev.rollbook.Redaction;
import dev.rollbook.StepReport;
import dev.rollbook.StepResult;
import dev.rollbook.StopFile;
import dev.rollbook.local.MachineProcesses;
import io.temporal.activity.Activity;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The service as containers of a Docker Engine: B1, B5, the stack's restart, the emergency stop.
 */
public final class EngineContainers implements ComposeContainers {

  private final ComposeEnvironments environments;
  private final DockerEngines engines;
  private final Path state;
  private final MachineProcesses machine;
  private final Redaction redaction;
  private final Function<PinnedService, StepReport> evidence;
  private final Supplier<Heartbeat> heartbeat;

  /**
   * @param evidence captures what the rollback will destroy
   */
  public EngineContainers(
      ComposeEnvironments environments,
      DockerEngines engines,
      Path state,
      MachineProcesses machine,
      Redaction redaction,
      Function<PinnedService, StepReport> evidence,
      Supplier<Heartbeat> heartbeat) {
    this.environments = environments;
    this.engines = engines;
    this.state = state;
    this.machine = machine;
    this.redaction = redaction;
    this.evidence = evidence;
    this.heartbeat = heartbeat;
  }

  @Override
  public StepReport captureEvidence(PinnedService service) {
    return evidence.apply(service);
  }

  @Override
  public StepReport stop(PinnedService service) {
    return step(
        service,
        "stopping the containers",
        at ->
            new ContainerStop(service, at.plan, at.engine, at.environment.stopGrace())
                .stopPinned());
  }

  @Override
  public StepReport restart(PinnedService service) {
    return step(
        service,
        "starting the containers",
        at ->
            new ContainerRestart(service, at.environment, at.plan, at.stops, at.engine, at.compose)
                .restart());
  }

  @Override
  public StepReport restartStack(PinnedService service) {
    return step(
        service,
        "restarting the stack",
        at ->
            new StackRestart(
                    service, at.environment, at.plan, at.engine, at.compose, at.whileWaiting)
                .restart());
  }

  /** Fenced before the engine is asked for: it may take long to answer, and be asked again. */
  @Override
  public StepReport stopAfterFailure(PinnedService service) {
    try {
      new ComposePlanFolder(state, service).fence();
    } catch (IOException e) {
      throw Activity.wrap(e);
    }
    return step(
        service,
        "stopping the containers for good",
        at -> {
          boolean startedElsewhere = at.compose.endLeftOver();
          return new EmergencyStop(service, at.stops, at.engine, at.environment.stopGrace())
              .stop(startedElsewhere);
        });
  }

  /** What a step has at hand while its connection is open. */
  private record At(
      ComposeEnvironment environment,
      ComposePlanFolder plan,
      StopFile stops,
      DockerEngine engine,
      ComposeUp compose,
      Runnable whileWaiting) {}

  @FunctionalInterface
  private interface Step {
    StepResult run(At at) throws IOException;
  }

  private StepReport step(PinnedService service, String progress, Step step) {
    ComposeEnvironment environment = environments.find(service.service(), service.environment());
    ComposePlanFolder plan = new ComposePlanFolder(state, service);
    Heartbeat beat = heartbeat.get();
    Runnable whileWaiting = () -> beat.beat(progress);
    try (DockerEngine engine = engines.open(environment, whileWaiting)) {
      ComposeUp compose =
          new ComposeUp(service, environment, plan, machine, engine.host(), whileWaiting);
      return report(
          step.run(
              new At(
                  environment, plan, new StopFile(state, service), engine, compose, whileWaiting)));
    } catch (IOException e) {
      throw Activity.wrap(e);
    }
  }

  private StepReport report(StepResult result) {
    return new StepReport(
        result.changed(),
        redaction.clean(Evidence.plain(result.summary()).replace('\n', ' ')),
        Evidence.bounded(redaction.clean(result.evidence()), Evidence.LIMIT),
        Heartbeat.attempt());
  }
}

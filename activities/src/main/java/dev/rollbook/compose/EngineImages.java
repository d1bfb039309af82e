package dev.rollbook.compose;

import dev.rollbook.Evidence;
import dev.rollbook.Failures;
import dev.rollbook.Heartbeat;
import dev.rollbook.PinnedService;
import dev.rollbook.Redaction;
import dev.rollbook.StepReport;
import dev.rollbook.aftermath.HealthyVersionsFile;
import dev.rollbook.local.MachineProcesses;
import dev.rollbook.local.PlanFolder;
import io.temporal.activity.Activity;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** B2 and B4 on a Docker Engine. */
public final class EngineImages implements ComposeImages {

  /** What the bad image's own tag ends with. */
  private static final String FROM = "-from";

  private final ComposeEnvironments environments;
  private final DockerEngines engines;
  private final Path state;
  private final MachineProcesses machine;
  private final HealthyVersionsFile versions;
  private final Redaction redaction;
  private final Supplier<Heartbeat> heartbeat;

  public EngineImages(
      ComposeEnvironments environments,
      DockerEngines engines,
      Path state,
      MachineProcesses machine,
      HealthyVersionsFile versions,
      Redaction redaction,
      Supplier<Heartbeat> heartbeat) {
    this.environments = environments;
    this.engines = engines;
    this.state = state;
    this.machine = machine;
    this.versions = versions;
    this.redaction = redaction;
    this.heartbeat = heartbeat;
  }

  @Override
  public StepReport protect(PinnedService service) {
    ComposeEnvironment compose = environments.find(service.service(), service.environment());
    Heartbeat beat = heartbeat.get();
    try (DockerEngine engine = engines.open(compose, () -> beat.beat("looking at the images"))) {
      List<ServiceContainer> containers =
          service.compose().containers().stream()
              .map(container -> engine.findContainer(container.id()))
              .flatMap(Optional::stream)
              .map(ServiceContainer::new)
              .toList();
      String table =
          ImageCandidate.table(
              ImageCandidate.all(
                  engine, containers, versions, service.service(), service.environment()));
      if (engine.findImage(service.target().id()).isEmpty()) {
        throw Failures.hopeless(
            "TargetMissing",
            "%s: the image %s is not on the engine any more; plan again. There are:%n%s"
                .formatted(service.service(), service.target().describe(), table));
      }
      versions.withdraw(service);
      String tag = service.compose().image();
      boolean tagged = new RollbackTag(engine, service.service(), tag).put(service.target().id());
      if (!service.from().isSameAs(service.target())) {
        tagged |= tagBad(engine, service, new RollbackTag(engine, service.service(), tag + FROM));
      }
      return new StepReport(
          tagged,
          (tagged ? "" : "already: ") + tag + " is " + service.target().describe(),
          Evidence.bounded(table + "\n\n" + tag + " = " + service.target().id(), Evidence.LIMIT),
          Heartbeat.attempt());
    }
  }

  /** It may be gone: then there is nothing to keep. */
  private static boolean tagBad(DockerEngine engine, PinnedService service, RollbackTag tag) {
    return engine.findImage(service.from().id()).isPresent() && tag.put(service.from().id());
  }

  @Override
  public Built rebuild(PinnedService service) {
    versions.withdraw(service);
    ComposeEnvironment compose = environments.find(service.service(), service.environment());
    Heartbeat beat = heartbeat.get();
    try (DockerEngine engine = engines.open(compose, () -> beat.beat("building the image"))) {
      PlanFolder plan = new PlanFolder(state, service, machine);
      Built built =
          new ImageBuild(compose, engine, plan, machine, redaction, beat, Heartbeat.attempt())
              .build(service);
      String tag = service.compose().image();
      if (!built.image().isSameAs(service.from())) {
        tagBad(engine, service, new RollbackTag(engine, service.service(), tag + FROM));
      }
      return built;
    } catch (IOException e) {
      throw Activity.wrap(e);
    }
  }
}

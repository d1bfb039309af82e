package dev.rollbook.compose;

import dev.rollbook.Evidence;
import dev.rollbook.Failures;
import dev.rollbook.Heartbeat;
import dev.rollbook.PinnedService;
import dev.rollbook.Redaction;
import dev.rollbook.ReleaseOrder;
import dev.rollbook.StepReport;
import dev.rollbook.StepResult;
import dev.rollbook.StopFile;
import dev.rollbook.Version;
import io.temporal.activity.Activity;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** Pinned for a stop, and released from one, on a Docker Engine. */
public final class EngineEmergency implements ComposeEmergency {

  private final ComposeEnvironments environments;
  private final DockerEngines engines;
  private final Path state;
  private final Redaction redaction;
  private final Supplier<Heartbeat> heartbeat;

  public EngineEmergency(
      ComposeEnvironments environments,
      DockerEngines engines,
      Path state,
      Redaction redaction,
      Supplier<Heartbeat> heartbeat) {
    this.environments = environments;
    this.engines = engines;
    this.state = state;
    this.redaction = redaction;
    this.heartbeat = heartbeat;
  }

  @Override
  public Pinned pin(String service, String environment, String planId) {
    ComposeEnvironment compose = environments.find(service, environment);
    Heartbeat beat = heartbeat.get();
    try (DockerEngine engine = engines.open(compose, () -> beat.beat("asking the engine"))) {
      ProjectSearch search = new ProjectSearch(engine);
      List<ServiceContainer> all = search.find(compose.project(), compose.composeService());
      if (all.isEmpty()) {
        throw Failures.hopeless(
            "TargetMissing", service + ": " + search.findings().get(0).message());
      }
      ServiceContainer first =
          all.stream().filter(ServiceContainer::isUp).findFirst().orElse(all.get(0));
      Version runs = Version.image(first.image(), first.reference());
      PinnedService pinned =
          new PinnedService(
              service, environment, planId, runs, runs, null, pin(compose, first, all), null);
      String summary =
          all.stream()
              .map(each -> each.describe() + " " + each.status())
              .collect(Collectors.joining(", "));
      return new Pinned(pinned, StepReport.done(summary, "", Heartbeat.attempt()));
    }
  }

  private ComposePin pin(
      ComposeEnvironment compose, ServiceContainer first, List<ServiceContainer> all) {
    ProjectFolder folder = ProjectFolder.of(first, state);
    return new ComposePin(
        first.project(),
        compose.composeService(),
        folder.directory(),
        folder.fileNames(),
        all.stream()
            .map(each -> new ComposePin.Container(each.id(), each.number(), each.image()))
            .toList(),
        null,
        ComposePin.Pin.LEAVE,
        null,
        null);
  }

  @Override
  public StepReport release(String service, String environment, String by, String why) {
    ComposeEnvironment compose = environments.find(service, environment);
    StopFile file = new StopFile(state, service, environment);
    Heartbeat beat = heartbeat.get();
    try (DockerEngine engine = engines.open(compose, () -> beat.beat("starting the containers"))) {
      StepResult result =
          new ContainerRelease(
                  service, compose, engine, file, ReleaseOrder.ofActivity(by, why), redaction, beat)
              .release();
      return new StepReport(
          result.changed(),
          redaction.clean(Evidence.plain(result.summary()).replace('\n', ' ')),
          Evidence.bounded(redaction.clean(result.evidence()), Evidence.LIMIT),
          Heartbeat.attempt());
    } catch (IOException e) {
      throw Activity.wrap(e);
    }
  }
}

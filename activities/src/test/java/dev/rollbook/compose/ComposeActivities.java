package dev.rollbook.compose;

import dev.rollbook.Finding;
import dev.rollbook.Finding.Level;
import dev.rollbook.Heartbeat;
import dev.rollbook.Plan;
import dev.rollbook.Redaction;
import dev.rollbook.StepReport;
import dev.rollbook.aftermath.HealthyVersionsFile;
import dev.rollbook.local.MachineProcesses;
import dev.rollbook.verification.HttpHealth;
import io.temporal.activity.ActivityInterface;
import io.temporal.testing.TestActivityEnvironment;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/** Section B's looking activities as Temporal calls them, for one shop. */
final class ComposeActivities implements AutoCloseable {

  final AtomicReference<ComposeEnvironment> environment = new AtomicReference<>();
  final Path state;
  final HealthyVersionsFile versions;
  final ComposePreflight preflight;
  final ComposeImages images;
  final ComposeProject project;
  final Evidences evidences;

  private final TestActivityEnvironment temporal = TestActivityEnvironment.newInstance();

  /** Evidence alone, as the other steps on containers have it. */
  @ActivityInterface(namePrefix = "Evidences")
  public interface Evidences {
    StepReport capture(dev.rollbook.PinnedService service);
  }

  ComposeActivities(Path state, ComposeEnvironment first) {
    this.state = state;
    this.environment.set(first);
    this.versions = new HealthyVersionsFile(state, Clock.systemUTC(), () -> 1);
    ComposeEnvironments environments = (service, name) -> environment.get();
    DockerEngines engines = new DockerEngines();
    HttpHealth health = new HttpHealth((service, name) -> null, Redaction.NONE);
    ContainerEvidence evidence =
        new ContainerEvidence(
            environments, engines, state, health, Redaction.NONE, Heartbeat::ofActivity);
    temporal.registerActivitiesImplementations(
        new ComposeInspection(
            environments,
            engines,
            versions,
            health,
            state,
            Clock.systemUTC(),
            Heartbeat::ofActivity),
        new EngineImages(
            environments,
            engines,
            state,
            new MachineProcesses(),
            versions,
            Redaction.NONE,
            Heartbeat::ofActivity),
        new ProjectFiles(
            environments,
            new ComposeCommands(engines),
            state,
            Redaction.NONE,
            Heartbeat::ofActivity),
        (Evidences) evidence::capture);
    project = temporal.newActivityStub(ComposeProject.class);
    preflight = temporal.newActivityStub(ComposePreflight.class);
    images = temporal.newActivityStub(ComposeImages.class);
    evidences = temporal.newActivityStub(Evidences.class);
  }

  static List<String> of(Plan plan, Level level, String check) {
    return plan.findings().stream()
        .filter(finding -> finding.level() == level && finding.check().equals(check))
        .map(Finding::message)
        .toList();
  }

  @Override
  public void close() {
    temporal.close();
  }
}

package dev.rollbook.compose;

import dev.rollbook.Evidence;
import dev.rollbook.Finding;
import dev.rollbook.Heartbeat;
import dev.rollbook.IncidentReason;
import dev.rollbook.Inspection;
import dev.rollbook.KeptStop;
import dev.rollbook.PinnedService;
import dev.rollbook.Plan;
import dev.rollbook.RollbackRequest;
import dev.rollbook.StandingStop;
import dev.rollbook.StepReport;
import dev.rollbook.StopFile;
import dev.rollbook.TeamsToTell;
import dev.rollbook.Version;
import dev.rollbook.aftermath.HealthyVersion.Verdict;
import dev.rollbook.aftermath.HealthyVersionsFile;
import dev.rollbook.compose.ComposePin.Container;
import dev.rollbook.compose.ComposePin.Pin;
import dev.rollbook.verification.HttpHealth;
import io.temporal.activity.Activity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;

/** Section B's preflight: looks at everything, changes nothing, and pins what it finds. */
public final class ComposeInspection implements ComposePreflight {

  private static final DateTimeFormatter MINUTE =
      DateTimeFormatter.ofPattern("yyyyMMdd-HHmm", Locale.ROOT).withZone(ZoneOffset.UTC);

  private final ComposeEnvironments environments;
  private final DockerEngines engines;
  private final HealthyVersionsFile versions;
  private final HttpHealth health;
  private final Path state;
  private final Clock clock;
  private final Supplier<Heartbeat> heartbeat;

  public ComposeInspection(
      ComposeEnvironments environments,
      DockerEngines engines,
      HealthyVersionsFile versions,
      HttpHealth health,
      Path state,
      Clock clock,
      Supplier<Heartbeat> heartbeat) {
    this.environments = environments;
    this.engines = engines;
    this.versions = versions;
    this.health = health;
    this.state = state;
    this.clock = clock;
    this.heartbeat = heartbeat;
  }

  @Override
  public Inspection inspect(RollbackRequest request) {
    ComposeEnvironment compose = environments.find(request.service(), request.environment());
    List<Finding> findings =
        new ArrayList<>(List.of(IncidentReason.finding(request.reason()), TeamsToTell.finding()));
    Heartbeat beat = heartbeat.get();
    try (DockerEngine engine = engines.open(compose, () -> beat.beat("asking the engine"))) {
      findings.add(reached(engine));
      return inspect(request, compose, engine, findings);
    } catch (EngineFailure failure) {
      findings.add(Finding.blocker(Finding.ENGINE, failure.getMessage()));
      return without(findings, "");
    } catch (IOException e) {
      throw Activity.wrap(e);
    }
  }

  private static Finding reached(DockerEngine engine) {
    String text =
        "Docker Engine %s at %s, API %s; the worker may use it"
            .formatted(engine.version().path("Version").asText("?"), engine.host(), engine.api());
    return engine.api().isNewerThanKnown()
        ? Finding.warning(
            Finding.ENGINE,
            text
                + ", though that is newer than "
                + ApiVersion.NEWEST
                + ", the newest that Rollbook knows")
        : Finding.ok(Finding.ENGINE, text);
  }

  private Inspection inspect(
      RollbackRequest request,
      ComposeEnvironment compose,
      DockerEngine engine,
      List<Finding> findings)
      throws IOException {
    ProjectSearch search = new ProjectSearch(engine);
    List<ServiceContainer> containers = search.find(compose.project(), compose.composeService());
    findings.addAll(search.findings());
    if (containers.isEmpty()) {
      return without(findings, "");
    }
    findings.addAll(new ContainerFindings(engine, containers).all());
    Optional<KeptStop> stop =
        new StopFile(state, request.service(), request.environment()).standing();
    findings.addAll(
        StandingStop.findings(request, stop, containers.stream().anyMatch(ServiceContainer::isUp)));
    ServiceContainer first = running(containers);
    Version from =
        engine
            .findImage(first.image())
            .map(image -> Version.image(first.image(), first.reference()))
            .orElseGet(() -> Version.image(first.image(), null));
    List<ImageCandidate> candidates =
        ImageCandidate.all(engine, containers, versions, request.service(), request.environment());
    String table = "Images\n" + ImageCandidate.table(candidates);
    Optional<Version> target =
        target(request, compose, engine, containers, candidates, from, findings);
    ProjectFolder folder = ProjectFolder.of(first, state);
    findings.add(folder.finding());
    if (target.isEmpty()) {
      return without(findings, table);
    }
    String image = rollbackTag(compose.composeService(), target.get());
    PinChoice choice = new PinChoice(new ComposeCommands(engines), heartbeat.get(), state);
    Pin pin = choice.choose(compose, folder, containers, first, image);
    findings.addAll(choice.findings());
    PinnedService pinned =
        new PinnedService(
            request.service(),
            request.environment(),
            Activity.getExecutionContext().getInfo().getWorkflowRunId(),
            from,
            target.get(),
            null,
            new ComposePin(
                first.project(),
                compose.composeService(),
                folder.directory(),
                folder.fileNames(),
                containers.stream()
                    .map(each -> new Container(each.id(), each.number(), each.image()))
                    .toList(),
                image,
                pin,
                ComposeFiles.joined(folder.environmentFiles(first)),
                choice.accepted(),
                WrittenImage.of(engine, choice.named().orElse(first.reference()))),
            null,
            changedAt(containers, from),
            KeptStop.madeBy(stop));
    boolean there = isThere(pinned, compose, containers, folder);
    if (!there
        && isAllThatRuns(pinned.target(), from, containers)
        && !isTriedAgain(request, from)) {
      findings.add(sameImage(request, from, containers, compose));
    }
    Plan plan = new Plan(pinned, there, findings, List.of());
    return new Inspection(plan, report(plan, table));
  }

  private Optional<Version> target(
      RollbackRequest request,
      ComposeEnvironment compose,
      DockerEngine engine,
      List<ServiceContainer> containers,
      List<ImageCandidate> candidates,
      Version from,
      List<Finding> findings)
      throws IOException {
    RebuildChoice rebuild = new RebuildChoice(compose.rebuild(), versions, heartbeat.get());
    if (request.rebuild()) {
      Optional<Version> commit = rebuild.choose(request);
      findings.addAll(rebuild.findings());
      return commit;
    }
    ImageChoice choice =
        new ImageChoice(
            engine, versions, ImageCandidate.repositories(engine, containers), candidates, from);
    Optional<Version> image =
        choice.choose(
            request.service(), request.environment(), request.to(), compose.previousTag());
    findings.addAll(choice.findings());
    if (image.isPresent() || choice.isHopeless()) {
      return image;
    }
    Optional<Version> commit = rebuild.choose(request);
    findings.addAll(rebuild.findings());
    return commit;
  }

  /** An earlier rollback to it was begun: it goes on from there. */
  private boolean isTriedAgain(RollbackRequest request, Version from) {
    return versions
        .targetOfLastWithdrawal(request.service(), request.environment(), from)
        .isPresent();
  }

  /** While some container runs another image, there is something to go back from. */
  private static boolean isAllThatRuns(
      Version target, Version from, List<ServiceContainer> containers) {
    return from.isSameAs(target)
        && containers.stream()
            .filter(ServiceContainer::isRunning)
            .allMatch(each -> each.image().equals(target.id()));
  }

  /** Healthy is not good: what is wrong with it may be what no health check sees. */
  private Finding sameImage(
      RollbackRequest request,
      Version from,
      List<ServiceContainer> containers,
      ComposeEnvironment compose) {
    boolean well = containers.stream().allMatch(ServiceContainer::isWell) && isUp(compose);
    boolean good =
        versions
            .verdict(request.service(), request.environment(), from)
            .filter(Verdict.HEALTHY::equals)
            .isPresent();
    return well && good
        ? Finding.warning(
            "target",
            "that image runs already, healthy, and was recorded so; it is only not written down any more")
        : Finding.blocker(
            "target",
            "that is the very image that runs now, and %s: going back to it changes nothing; pass another one with --to"
                .formatted(well ? "no rollback has recorded it healthy" : "it is not healthy"));
  }

  /** Proven, not assumed: all containers run it, well, and the next {@code up} keeps it. */
  private boolean isThere(
      PinnedService pinned,
      ComposeEnvironment compose,
      List<ServiceContainer> containers,
      ProjectFolder folder)
      throws IOException {
    return containers.stream()
            .allMatch(each -> each.image().equals(pinned.target().id()) && each.isWell())
        && containers.stream().allMatch(ServiceContainer::isProperlyNamed)
        && (pinned.compose().pin() == Pin.LEAVE || isWrittenDown(containers, folder))
        && isUp(compose);
  }

  private boolean isUp(ComposeEnvironment compose) {
    return health.probe(compose.health(), () -> heartbeat.get().beat("asking for health")).isUp();
  }

  private static boolean isWrittenDown(List<ServiceContainer> containers, ProjectFolder folder)
      throws IOException {
    List<Path> files = new ArrayList<>(folder.files());
    Path override = OverrideFile.of(folder.project(containers.get(0))).file();
    if (Files.isReadable(override)) {
      files.add(override);
    }
    List<String> texts = new ArrayList<>();
    for (Path file : files) {
      texts.add(Files.readString(file));
    }
    return containers.stream()
        .map(ServiceContainer::reference)
        .allMatch(
            reference ->
                reference.startsWith(ImageCandidate.OWN)
                    && texts.stream().anyMatch(text -> text.contains(reference)));
  }

  /** What a crashed recreate left may not be what serves. */
  private static ServiceContainer running(List<ServiceContainer> containers) {
    return containers.stream()
        .filter(ServiceContainer::isRunning)
        .findFirst()
        .orElse(containers.get(0));
  }

  /** When the first of them that run it was made; null where the engine does not say. */
  private static Instant changedAt(List<ServiceContainer> containers, Version from) {
    return containers.stream()
        .filter(each -> each.image().equals(from.id()))
        .flatMap(each -> each.created().stream())
        .min(Comparator.naturalOrder())
        .orElse(null);
  }

  /** Docker takes no capitals in a repository's name, though Compose does in a service's. */
  private String rollbackTag(String service, Version target) {
    String name =
        service.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-").replaceAll("^-|-$", "");
    return ImageCandidate.OWN
        + (name.isEmpty() ? "service" : name)
        + ":"
        + MINUTE.format(clock.instant())
        + "-"
        + ContainerFindings.shortId(target.id());
  }

  private static Inspection without(List<Finding> findings, String evidence) {
    Plan plan = new Plan(null, false, findings, List.of());
    return new Inspection(plan, report(plan, evidence));
  }

  private static StepReport report(Plan plan, String evidence) {
    long blockers = plan.findings().stream().filter(Finding::blocks).count();
    long warnings =
        plan.findings().stream().filter(f -> f.level() == Finding.Level.WARNING).count();
    return StepReport.done(
        "%d blocker(s), %d warning(s)%s"
            .formatted(
                blockers,
                warnings,
                plan.pinned() == null ? "" : "; target " + plan.pinned().target().describe()),
        Evidence.bounded(evidence, Evidence.LIMIT),
        Heartbeat.attempt());
  }
}

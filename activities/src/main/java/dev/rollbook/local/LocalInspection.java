package dev.rollbook.local;

import dev.rollbook.Evidence;
import dev.rollbook.Finding;
import dev.rollbook.Heartbeat;
import dev.rollbook.IncidentReason;
import dev.rollbook.Inspection;
import dev.rollbook.KeptStop;
import dev.rollbook.PinnedService;
import dev.rollbook.Plan;
import dev.rollbook.ProcessId;
import dev.rollbook.RollbackRequest;
import dev.rollbook.StandingStop;
import dev.rollbook.StepReport;
import dev.rollbook.StopFile;
import dev.rollbook.TeamsToTell;
import dev.rollbook.Version;
import dev.rollbook.aftermath.HealthyVersionsFile;
import dev.rollbook.verification.HttpHealth;
import io.temporal.activity.Activity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Section A's preflight: looks at everything, changes nothing, and pins what it finds. */
public final class LocalInspection implements LocalPreflight {

  private final LocalEnvironments environments;
  private final Path state;
  private final HealthyVersionsFile versions;
  private final HttpHealth health;
  private final MachineProcesses machine;
  private final Supplier<Heartbeat> heartbeat;

  public LocalInspection(
      LocalEnvironments environments,
      Path state,
      HealthyVersionsFile versions,
      HttpHealth health,
      MachineProcesses machine,
      Supplier<Heartbeat> heartbeat) {
    this.environments = environments;
    this.state = state;
    this.versions = versions;
    this.health = health;
    this.machine = machine;
    this.heartbeat = heartbeat;
  }

  @Override
  public Inspection inspect(RollbackRequest request) {
    LocalEnvironment local = environments.find(request.service(), request.environment());
    String planId = Activity.getExecutionContext().getInfo().getWorkflowRunId();
    try {
      Plan plan = inspect(request, local, planId);
      return new Inspection(plan, report(plan, local));
    } catch (IOException e) {
      throw Activity.wrap(e);
    }
  }

  private Plan inspect(RollbackRequest request, LocalEnvironment local, String planId)
      throws IOException {
    List<Finding> findings = new ArrayList<>();
    PortOwner owner = PortOwner.of(local.port(), machine);
    findings.add(owner.finding());
    findings.add(MachineChecks.disk(local.repository(), local.freeDiskBytes()));
    findings.add(IncidentReason.finding(request.reason()));
    findings.add(TeamsToTell.finding());
    Optional<KeptStop> stop =
        new StopFile(state, request.service(), request.environment()).standing();
    findings.addAll(StandingStop.findings(request, stop, owner.process().isPresent()));
    Optional<Finding> noRepository = MachineChecks.repository(local.repository(), git(local));
    findings.addAll(MachineChecks.secrets(local));
    findings.addAll(MachineChecks.detaching(System.getenv()));
    if (noRepository.isPresent()) {
      findings.add(noRepository.get());
      return new Plan(null, false, findings, List.of());
    }
    return inRepository(request, local, planId, owner.process(), KeptStop.madeBy(stop), findings);
  }

  private Plan inRepository(
      RollbackRequest request,
      LocalEnvironment local,
      String planId,
      Optional<ProcessId> listener,
      String standingStop,
      List<Finding> findings)
      throws IOException {
    Git git = git(local);
    String head = git.head();
    Version from = Version.commit(head, git.label(head));
    TargetChoice choice = new TargetChoice(git, versions);
    Optional<Version> target =
        choice.choose(
            request.service(), request.environment(), request.to(), local.previousTag(), from);
    findings.addAll(choice.findings());
    findings.addAll(MachineChecks.otherDeployments(local, listener, machine));
    findings.addAll(MachineChecks.running(from, listener, machine));
    if (target.isEmpty()) {
      findings.addAll(new WorkTree(git, local.repository()).findings(from.id(), from.id(), false));
      return new Plan(null, false, findings, List.of());
    }
    String sha = target.get().id();
    WorkTree workTree = new WorkTree(git, local.repository());
    findings.addAll(workTree.findings(from.id(), sha, request.stash()));
    findings.addAll(MachineChecks.filters(git, sha));
    findings.addAll(MachineChecks.migrations(git, sha, from.id()));
    CommandCheck commands = new CommandCheck(git, local.repository());
    findings.add(commands.check("build command", local.build(), sha));
    findings.add(commands.check("start command", local.start(), sha));
    PinnedService pinned =
        new PinnedService(
            request.service(),
            request.environment(),
            planId,
            from,
            target.get(),
            new LocalPin(
                listener.orElse(null),
                request.stash() ? workTree.inTheWay(sha) : List.of(),
                listener.map(each -> PinnedTree.belongingTo(each, machine)).orElse(List.of())),
            null,
            null,
            HeadMove.last(git).orElse(null),
            standingStop);
    return new Plan(pinned, isThere(pinned, workTree, local), findings, List.of());
  }

  /** Proven, not assumed: our own start of the target owns the port, and it is healthy. */
  private boolean isThere(PinnedService pinned, WorkTree workTree, LocalEnvironment local)
      throws IOException {
    return pinned.from().isSameAs(pinned.target())
        && workTree.inTheWay(pinned.target().id()).isEmpty()
        && pinned.local().listener() != null
        && PlanFolder.versionOf(pinned.local().listener().pid(), machine)
            .filter(pinned.target()::isSameAs)
            .isPresent()
        && health.probe(local.health(), () -> heartbeat.get().beat("asking for health")).isUp();
  }

  private StepReport report(Plan plan, LocalEnvironment local) throws IOException {
    long blockers = plan.findings().stream().filter(Finding::blocks).count();
    long warnings =
        plan.findings().stream().filter(f -> f.level() == Finding.Level.WARNING).count();
    String log =
        Files.isDirectory(local.repository())
            ? git(local).tryRead("log", "--oneline", "-n", "10").orElse("")
            : "";
    String summary =
        "%d blocker(s), %d warning(s)%s"
            .formatted(
                blockers,
                warnings,
                plan.pinned() == null ? "" : "; target " + plan.pinned().target().describe());
    String evidence = log.isEmpty() ? "" : "git log --oneline -n 10\n" + log;
    return StepReport.done(
        summary, Evidence.bounded(evidence, Evidence.LIMIT), Heartbeat.attempt());
  }

  private Git git(LocalEnvironment local) {
    return new Git(local.repository(), heartbeat.get());
  }
}

package dev.rollbook.local;

import dev.rollbook.Elapsed;
import dev.rollbook.Evidence;
import dev.rollbook.Failures;
import dev.rollbook.Heartbeat;
import dev.rollbook.KeptStop;
import dev.rollbook.PinnedService;
import dev.rollbook.Redaction;
import dev.rollbook.ReleaseOrder;
import dev.rollbook.StepReport;
import dev.rollbook.StepResult;
import dev.rollbook.StopFile;
import dev.rollbook.verification.HealthAnswer;
import dev.rollbook.verification.HttpHealth;
import io.temporal.activity.Activity;
import io.temporal.client.ActivityCanceledException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Supplier;

/** The service as a process of this machine: A2, A3, its evidence, and its emergency stop. */
public final class LocalProcess implements LocalService {

  private static final int LINES = 50;
  private static final int LONGEST_LINE = 200;

  private final LocalEnvironments environments;
  private final Path state;
  private final HttpHealth health;
  private final MachineProcesses machine;
  private final Redaction redaction;
  private final Supplier<Heartbeat> heartbeat;

  public LocalProcess(
      LocalEnvironments environments,
      Path state,
      HttpHealth health,
      MachineProcesses machine,
      Redaction redaction,
      Supplier<Heartbeat> heartbeat) {
    this.environments = environments;
    this.state = state;
    this.health = health;
    this.machine = machine;
    this.redaction = redaction;
    this.heartbeat = heartbeat;
  }

  @Override
  public StepReport captureEvidence(PinnedService service) {
    LocalEnvironment local = find(service);
    PlanFolder plan = plan(service);
    try {
      Optional<StepReport> kept = plan.evidence();
      if (kept.isPresent()) {
        return StepReport.alreadyDone(
            kept.get().summary(), kept.get().evidence(), Heartbeat.attempt());
      }
      Optional<Path> log = log(service, local);
      String lines =
          log.isPresent()
              ? Evidence.lastLines(log.get(), LINES, redaction)
              : "(no log known; 'log' in the catalog names it)";
      Heartbeat beat = heartbeat.get();
      HealthAnswer answer =
          health.probe(local.health(), () -> beat.beat("asking " + local.health().url()));
      String text =
          "version: %s %s%nprocess: %s%nhealth: %s%n%nlast lines of %s%n%s"
              .formatted(
                  service.from().describe(),
                  service.from().id(),
                  service.local().listener() == null ? "none" : service.local().listener(),
                  answer.words() + "\n" + answer.body(),
                  log.map(Path::toString).orElse("the log"),
                  lines);
      String summary =
          "running %s; health: %s".formatted(service.from().describe(), answer.words());
      StepReport seen =
          StepReport.done(
              redaction.clean(summary),
              Evidence.bounded(redaction.clean(text), Evidence.LIMIT),
              Heartbeat.attempt());
      plan.keepEvidence(seen);
      return seen;
    } catch (IOException e) {
      throw Activity.wrap(e);
    }
  }

  @Override
  public StepReport stop(PinnedService service) {
    LocalEnvironment local = find(service);
    Stopping stopping = new Stopping(service, local, plan(service), machine, heartbeat.get());
    try {
      return stopping.stopPinned().report(Heartbeat.attempt());
    } catch (IOException e) {
      throw Activity.wrap(e);
    }
  }

  @Override
  public StepReport stopAfterFailure(PinnedService service) {
    LocalEnvironment local = find(service);
    PlanFolder plan = plan(service);
    try {
      plan.fence();
    } catch (IOException e) {
      throw Activity.wrap(e);
    }
    Heartbeat beat = heartbeat.get();
    String unrecorded = putOnRecord(service, local, plan, beat);
    Stopping stopping = new Stopping(service, local, plan, machine, beat);
    StepResult stopped = stopping.stopEverythingOfThisRun();
    unrecorded = unrecorded.isEmpty() ? putOnRecordAsDone(service) : unrecorded;
    return new StepResult(stopped.changed(), stopped.summary() + unrecorded, stopped.evidence())
        .report(Heartbeat.attempt());
  }

  /** What cannot be written down is stopped all the same. */
  private String putOnRecord(
      PinnedService service, LocalEnvironment local, PlanFolder plan, Heartbeat beat) {
    StopFile file = new StopFile(state, service);
    try {
      KeptStop stop = file.of(service.planId());
      if (stop.before().isEmpty()) {
        Git git = new Git(local.repository(), beat);
        StoppedProcess.of(service, local, plan, machine, git).keepIn(stop);
      }
      file.begin(stop);
      endReleases(service, stop, local.stopGrace(), beat);
      return "";
    } catch (IOException e) {
      return unrecorded(e);
    }
  }

  private String putOnRecordAsDone(PinnedService service) {
    StopFile file = new StopFile(state, service);
    try {
      file.done(file.of(service.planId()));
      return "";
    } catch (IOException e) {
      return unrecorded(e);
    }
  }

  private String unrecorded(IOException why) {
    return "; `rollbook release` will not know of it: " + redaction.clean(why.getMessage());
  }

  /** What a release has begun, or would begin late, is stopped too. */
  private void endReleases(PinnedService service, KeptStop stop, Duration grace, Heartbeat beat)
      throws IOException {
    Ending ending = new Ending(machine, beat);
    for (String release : StoppedProcess.of(stop).releases()) {
      PlanFolder begun = plan(service.withPlan(release));
      begun.fence();
      ending.kill(() -> begun.job("build").processes());
      ending.end(() -> begun.job("start").processes(), grace);
    }
  }

  @Override
  public StepReport buildAndStart(PinnedService service) {
    LocalEnvironment local = find(service);
    PlanFolder plan = plan(service);
    Heartbeat beat = heartbeat.get();
    Start start = new Start(service, local, plan, machine, redaction, beat);
    try {
      plan.refuseIfFenced();
      new StopFile(state, service).refuseLaterThan(service);
      boolean wasRunning = start.isUnderWay();
      refuseMovedTree(service, new Git(local.repository(), beat), start, wasRunning);
      if (!wasRunning) {
        new Build(service, local.build(), local.variables(), plan, machine, redaction, beat)
            .finish();
      }
      Instant begun = Instant.now();
      Start.Started started = start.finish();
      String summary =
          "%s; %s, output in %s%s"
              .formatted(
                  shortened(redaction.clean(Evidence.plain(started.line()))),
                  started.process(),
                  started.log(),
                  wasRunning ? " (a start under way was taken over)" : "");
      Optional<KeptStop> stop = new StopFile(state, service).standing();
      if (stop.isPresent()) {
        new StopFile(state, service).lift(stop.get(), ReleaseOrder.ofRollback(service));
      }
      String evidence =
          "build: %s%n%s%n%nstart: %s, %s%n%s"
              .formatted(
                  local.build().describe(),
                  tail(plan.job("build")),
                  local.start().describe(),
                  Elapsed.describe(Duration.between(begun, Instant.now())),
                  tail(plan.job("start")));
      return StepReport.done(
          summary, Evidence.bounded(evidence, Evidence.LIMIT), Heartbeat.attempt());
    } catch (ActivityCanceledException e) {
      new Ending(machine, progress -> {}).kill(() -> plan.job("build").processes());
      throw e;
    } catch (IOException e) {
      throw Activity.wrap(e);
    }
  }

  private static String shortened(String line) {
    return line.length() <= LONGEST_LINE ? line : line.substring(0, LONGEST_LINE) + "…";
  }

  /** A newer deploy that runs is left alone; where nothing runs, the service is down through us. */
  private static void refuseMovedTree(
      PinnedService service, Git git, Start start, boolean wasRunning) throws IOException {
    String head = git.head();
    if (!head.equals(service.target().id())) {
      if (!wasRunning) {
        start.refuseOtherListener();
      }
      throw Failures.hopeless(
          "TreeMoved",
          "%s: the work tree is at %s, no longer at the target %s: somebody moved it meanwhile. Nothing was built or started; look who, then plan again."
              .formatted(service.service(), head, service.target().describe()));
    }
  }

  private String tail(DetachedJob job) throws IOException {
    return Files.exists(job.output())
        ? Evidence.lastLines(job.output(), LINES, redaction)
        : "(nothing)";
  }

  /** Where the bad version writes: the log of our own start job, else the configured one. */
  private Optional<Path> log(PinnedService service, LocalEnvironment local) {
    Optional<Path> own =
        Optional.ofNullable(service.local().listener())
            .flatMap(process -> machine.variableOf(process.pid(), DetachedJob.COOKIE))
            .map(job -> Path.of(job, "output.log"));
    return own.or(local::log).filter(Files::isReadable);
  }

  private LocalEnvironment find(PinnedService service) {
    return environments.find(service.service(), service.environment());
  }

  private PlanFolder plan(PinnedService service) {
    return new PlanFolder(state, service, machine);
  }
}

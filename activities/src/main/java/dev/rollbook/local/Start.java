package dev.rollbook.local;

import dev.rollbook.Elapsed;
import dev.rollbook.Evidence;
import dev.rollbook.Failures;
import dev.rollbook.Heartbeat;
import dev.rollbook.PinnedService;
import dev.rollbook.ProcessId;
import dev.rollbook.Redaction;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The service's start, done once for a plan; the service outlives Rollbook. */
final class Start {

  private static final int LINES = 50;
  private static final Duration LISTENS_WITHIN = Duration.ofSeconds(10);
  private static final Duration LOOK_EVERY = Duration.ofMillis(20);

  private final PinnedService service;
  private final LocalEnvironment local;
  private final PlanFolder plan;
  private final DetachedJob job;
  private final MachineProcesses machine;
  private final Redaction redaction;
  private final Heartbeat heartbeat;

  Start(
      PinnedService service,
      LocalEnvironment local,
      PlanFolder plan,
      MachineProcesses machine,
      Redaction redaction,
      Heartbeat heartbeat) {
    this.service = service;
    this.local = local;
    this.plan = plan;
    this.job = plan.job("start");
    this.machine = machine;
    this.redaction = redaction;
    this.heartbeat = heartbeat;
  }

  /**
   * @param line what the service printed
   * @param process the one that listens
   */
  record Started(String line, ProcessId process, Path log) {}

  /** True when an earlier attempt has started it. */
  boolean isUnderWay() {
    return job.state() == DetachedJob.State.RUNNING;
  }

  /** Returns when the start line came and the service listens. */
  Started finish() throws IOException {
    if (job.state() == DetachedJob.State.LOST) {
      new Ending(machine, heartbeat).kill(job::processes);
      job.putAside();
    }
    RestartWatch restarts = new RestartWatch(service, plan, machine, heartbeat);
    if (job.state() == DetachedJob.State.NOT_STARTED) {
      restarts.look();
      refuseOtherListener();
      if (service.target() != null) {
        plan.keepVersion(service.target());
      }
    }
    job.startOnce(local.start(), local.variables());
    Optional<String> line =
        new JobWatch(job, "starting", redaction, restarts.beside())
            .prints(local.startLine(), local.start().within());
    if (line.isEmpty()) {
      restarts.look(); // it may be why ours has no port
      throw job.state() == DetachedJob.State.RUNNING
          ? failure(
              "NotReady",
              "did not print '%s' within %s"
                  .formatted(local.startLine(), Elapsed.describe(local.start().within())))
          : died();
    }
    Started started = new Started(line.get().strip(), awaitListener(), job.output());
    restarts.end();
    return started;
  }

  /**
   * @throws io.temporal.failure.ApplicationFailure NewerDeploy when the port is taken again
   */
  void refuseOtherListener() {
    List<MachineProcesses.Listener> others = machine.listeners(local.port());
    if (!others.isEmpty()) {
      throw Failures.hopeless(
          "NewerDeploy",
          "%s: port %d is taken again, by %s, although the service was stopped: something restarts it, or somebody deployed meanwhile. Nothing was started."
              .formatted(service.service(), local.port(), others.get(0).describe()));
    }
  }

  private ProcessId awaitListener() throws IOException {
    long until = System.nanoTime() + LISTENS_WITHIN.toNanos();
    do {
      Optional<ProcessId> ours =
          machine.listeners(local.port()).stream()
              .map(MachineProcesses.Listener::process)
              .flatMap(Optional::stream)
              .filter(process -> job.owns(process.pid()))
              .findFirst();
      if (ours.isPresent()) {
        return ours.get();
      }
      heartbeat.beat("started; waiting for port " + local.port());
      Pause.of(LOOK_EVERY);
    } while (System.nanoTime() < until && job.state() == DetachedJob.State.RUNNING);
    if (job.state() != DetachedJob.State.RUNNING) {
      throw died();
    }
    throw failure(
        "NotReady",
        "printed its start line, but does not listen on port %d".formatted(local.port()));
  }

  private RuntimeException died() throws IOException {
    String how =
        job.exitCode().isPresent()
            ? "ended with exit code " + job.exitCode().getAsInt()
            : "was killed";
    return failure("ServiceDied", how);
  }

  private RuntimeException failure(String type, String what) throws IOException {
    String lines =
        Files.exists(job.output())
            ? Evidence.lastLines(job.output(), LINES, redaction)
            : "(no output)";
    return Failures.hopeless(
        type,
        "%s: %s %s while starting; its last lines (all of them in %s):%n%s"
            .formatted(service.service(), local.start().describe(), what, job.output(), lines));
  }
}

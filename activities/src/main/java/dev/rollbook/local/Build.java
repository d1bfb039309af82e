package dev.rollbook.local;

import dev.rollbook.Elapsed;
import dev.rollbook.Evidence;
import dev.rollbook.Failures;
import dev.rollbook.Heartbeat;
import dev.rollbook.PinnedService;
import dev.rollbook.Redaction;
import dev.rollbook.Secret;
import java.io.IOException;
import java.util.Map;

/** The configured build, done once for a plan. */
public final class Build {

  private static final int LINES = 50;

  private final PinnedService service;
  private final Command command;
  private final Map<String, Secret> variables;
  private final DetachedJob job;
  private final MachineProcesses machine;
  private final Redaction redaction;
  private final Heartbeat heartbeat;

  public Build(
      PinnedService service,
      Command command,
      Map<String, Secret> variables,
      PlanFolder plan,
      MachineProcesses machine,
      Redaction redaction,
      Heartbeat heartbeat) {
    this.service = service;
    this.command = command;
    this.variables = variables;
    this.job = plan.job("build");
    this.machine = machine;
    this.redaction = redaction;
    this.heartbeat = heartbeat;
  }

  /** Returns when it has succeeded, now or in an earlier attempt. */
  public void finish() throws IOException {
    if (job.state() == DetachedJob.State.LOST) {
      // the machine went down, or somebody killed it: what it left is no build
      new Ending(machine, heartbeat).kill(job::processes);
      job.putAside();
    }
    job.startOnce(command, variables);
    if (!new JobWatch(job, "building", redaction, heartbeat).ends(command.within())) {
      new Ending(machine, heartbeat).kill(job::processes);
      throw failure("BuildTimedOut", "ran longer than " + Elapsed.describe(command.within()));
    }
    int exitCode = job.exitCode().orElseThrow(() -> new IOException("the build was killed"));
    if (exitCode != 0) {
      throw failure("BuildFailed", "exited " + exitCode);
    }
  }

  /** After an abort: nothing of the build goes on. */
  public void giveUp() {
    new Ending(machine, progress -> {}).kill(job::processes);
  }

  /** What it said last. */
  public String output() throws IOException {
    return Evidence.lastLines(job.output(), LINES, redaction);
  }

  private RuntimeException failure(String type, String what) throws IOException {
    return Failures.hopeless(
        type,
        "%s: %s %s; its last lines (all of them in %s):%n%s"
            .formatted(
                service.service(),
                command.describe(),
                what,
                job.output(),
                Evidence.lastLines(job.output(), LINES, redaction)));
  }
}

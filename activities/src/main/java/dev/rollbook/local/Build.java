package dev.rollbook.local;

import dev.rollbook.Elapsed;
import dev.rollbook.Evidence;
import dev.rollbook.Failures;
import dev.rollbook.Heartbeat;
import dev.rollbook.PinnedService;
import dev.rollbook.Redaction;
import java.io.IOException;

/** The configured build, done once for a plan. */
final class Build {

  private static final int LINES = 50;

  private final PinnedService service;
  private final LocalEnvironment local;
  private final DetachedJob job;
  private final MachineProcesses machine;
  private final Redaction redaction;
  private final Heartbeat heartbeat;

  Build(
      PinnedService service,
      LocalEnvironment local,
      PlanFolder plan,
      MachineProcesses machine,
      Redaction redaction,
      Heartbeat heartbeat) {
    this.service = service;
    this.local = local;
    this.job = plan.job("build");
    this.machine = machine;
    this.redaction = redaction;
    this.heartbeat = heartbeat;
  }

  /** Returns when it has succeeded, now or in an earlier attempt. */
  void finish() throws IOException {
    if (job.state() == DetachedJob.State.LOST) {
      // the machine went down, or somebody killed it: what it left is no build
      new Ending(machine, heartbeat).kill(job::processes);
      job.putAside();
    }
    job.startOnce(local.build(), local.variables());
    if (!new JobWatch(job, "building", redaction, heartbeat).ends(local.build().within())) {
      new Ending(machine, heartbeat).kill(job::processes);
      throw failure("BuildTimedOut", "ran longer than " + Elapsed.describe(local.build().within()));
    }
    int exitCode = job.exitCode().orElseThrow(() -> new IOException("the build was killed"));
    if (exitCode != 0) {
      throw failure("BuildFailed", "exited " + exitCode);
    }
  }

  private RuntimeException failure(String type, String what) throws IOException {
    return Failures.hopeless(
        type,
        "%s: %s %s; its last lines (all of them in %s):%n%s"
            .formatted(
                service.service(),
                local.build().describe(),
                what,
                job.output(),
                Evidence.lastLines(job.output(), LINES, redaction)));
  }
}

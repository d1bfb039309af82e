package dev.rollbook.local;

import dev.rollbook.Failures;
import dev.rollbook.Heartbeat;
import dev.rollbook.PinnedService;
import dev.rollbook.ProcessId;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Watches whether what had started a service starts it again. A2 begins to watch when the service
 * has ended, A3 looks before it starts the next one and watches on while that one starts: neither
 * build nor start is held up by it. A service whose parent has ended is not watched, it cannot come
 * back by it.
 */
final class RestartWatch {

  private static final Duration RESTARTS_WITHIN = Duration.ofMillis(300);
  private static final Duration LOOK_EVERY = Duration.ofMillis(50);

  private final PinnedService service;
  private final PlanFolder plan;
  private final MachineProcesses machine;
  private final Heartbeat heartbeat;

  RestartWatch(
      PinnedService service, PlanFolder plan, MachineProcesses machine, Heartbeat heartbeat) {
    this.service = service;
    this.plan = plan;
    this.machine = machine;
    this.heartbeat = heartbeat;
  }

  /** Before the service is ended: later nobody can tell who its parent was. */
  void prepare(ProcessId running) throws IOException {
    Optional<Supervisor> supervisor = ProcessHandle.of(running.pid()).flatMap(Supervisor::of);
    if (supervisor.isPresent()) {
      plan.keepSupervisor(supervisor.get());
    }
  }

  /** The service has ended. */
  void begin() throws IOException {
    Optional<Supervisor> supervisor = plan.supervisor();
    if (supervisor.isPresent()) {
      plan.keepSupervisor(supervisor.get());
      refuseRestart(supervisor.get());
    }
  }

  /** Whether it has been started again by now. */
  void look() throws IOException {
    Optional<Supervisor> supervisor = plan.supervisor();
    if (supervisor.isPresent()) {
      refuseRestart(supervisor.get());
    }
  }

  /** As {@code heartbeat}, and looks with every beat until it was watched for long enough. */
  Heartbeat beside() throws IOException {
    Optional<Supervisor> supervisor = plan.supervisor();
    if (supervisor.isEmpty()) {
      return heartbeat;
    }
    long until = System.nanoTime() + left().toNanos();
    return progress -> {
      heartbeat.beat(progress);
      if (System.nanoTime() < until) {
        refuseRestart(supervisor.get());
      }
    };
  }

  /** Returns when it was watched for long enough. */
  void end() throws IOException {
    Optional<Supervisor> supervisor = plan.supervisor();
    if (supervisor.isEmpty()) {
      return;
    }
    long until = System.nanoTime() + left().toNanos();
    while (System.nanoTime() < until && machine.runs(supervisor.get().process())) {
      heartbeat.beat("watching whether " + supervisor.get().describe() + " starts it again");
      refuseRestart(supervisor.get());
      Pause.of(LOOK_EVERY);
    }
    refuseRestart(supervisor.get());
  }

  private Duration left() throws IOException {
    Duration passed = Duration.between(plan.supervisorKeptAt(), Instant.now());
    return passed.isNegative() ? RESTARTS_WITHIN : RESTARTS_WITHIN.minus(passed);
  }

  private void refuseRestart(Supervisor supervisor) {
    if (!machine.runs(supervisor.process())) {
      return;
    }
    for (ProcessHandle again : supervisor.startedAgain()) {
      // ours comes to the same parent where that one adopts what was detached
      if (plan.job("start").owns(again.pid()) || !machine.runs(again)) {
        continue;
      }
      throw Failures.hopeless(
          "StillListening",
          "%s: the pinned process ended, but was started again as pid %d by %s: stop that first, then run again."
              .formatted(service.service(), again.pid(), supervisor.describe()));
    }
  }
}

package dev.rollbook.local;

import dev.rollbook.Elapsed;
import dev.rollbook.Failures;
import dev.rollbook.Heartbeat;
import dev.rollbook.PinnedService;
import dev.rollbook.ProcessId;
import dev.rollbook.StepResult;
import java.io.IOException;
import java.time.Duration;
import java.util.stream.Stream;

/** Ends the pinned process with all that belongs to it, and nothing else. */
final class Stopping {

  private static final Duration PORT_FREE_WITHIN = Duration.ofSeconds(10);
  private static final Duration STAYS_FREE_FOR = Duration.ofSeconds(2);
  private static final Duration LOOK_EVERY = Duration.ofMillis(100);

  private final PinnedService service;
  private final LocalEnvironment local;
  private final PlanFolder plan;
  private final MachineProcesses machine;
  private final Heartbeat heartbeat;
  private final PinnedTree tree;

  Stopping(
      PinnedService service,
      LocalEnvironment local,
      PlanFolder plan,
      MachineProcesses machine,
      Heartbeat heartbeat) {
    this.service = service;
    this.local = local;
    this.plan = plan;
    this.machine = machine;
    this.heartbeat = heartbeat;
    this.tree = new PinnedTree(service.local(), machine);
  }

  /** A2. */
  StepResult stopPinned() throws IOException {
    tree.keepIn(plan);
    refuseOtherListener();
    ProcessId pinned = service.local().listener();
    RestartWatch restarts = new RestartWatch(service, plan, machine, heartbeat);
    if (tree.running().isEmpty()) {
      restarts.begin();
      return new StepResult(false, "already stopped: " + portState(), describePinned());
    }
    boolean isRootGone = !machine.runs(pinned);
    if (!isRootGone) {
      restarts.prepare(pinned);
    }
    Ending.How how = new Ending(machine, heartbeat).end(tree::running, local.stopGrace());
    if (how == Ending.How.NOT_ENDED) {
      throw Failures.hopeless(
          "PermissionDenied",
          "%s: %s did not end, though it was asked and killed: it is another user's, or hangs in the kernel. Run Rollbook as its user."
              .formatted(service.service(), pinned));
    }
    awaitFreePort();
    restarts.begin();
    String words =
        how == Ending.How.KILLED
            ? "killed after " + Elapsed.describe(local.stopGrace()) + " of grace"
            : "ended gracefully";
    return new StepResult(
        true,
        "%s%s %s; port %d is free"
            .formatted(isRootGone ? "what was left of " : "", pinned, words, local.port()),
        describePinned());
  }

  /** The emergency stop: the bad process, and whatever this plan has started. */
  StepResult stopEverythingOfThisRun() {
    keepIfPossible();
    Ending ending = new Ending(machine, heartbeat);
    Ending.How built = ending.kill(() -> plan.job("build").processes());
    Ending.How started = ending.end(() -> plan.job("start").processes(), local.stopGrace());
    Ending.How pinned = ending.end(tree::running, local.stopGrace());
    if (Stream.of(built, started, pinned).anyMatch(Ending.How.NOT_ENDED::equals)) {
      throw new IllegalStateException(
          service.service() + ": a process of this run did not end, though it was killed");
    }
    boolean nothing = Stream.of(built, started, pinned).allMatch(Ending.How.NOTHING_RAN::equals);
    refuseSurvivor();
    return new StepResult(
        !nothing, (nothing ? "nothing ran; " : "stopped; ") + portState(), describePinned());
  }

  /** What cannot be written down is stopped all the same. */
  private void keepIfPossible() {
    try {
      tree.keepIn(plan);
    } catch (IOException e) {
      heartbeat.beat("stopping without a record of its processes: " + e.getMessage());
    }
  }

  /** "Stopped" must be true: what still serves on the port is not of this run, and is left. */
  private void refuseSurvivor() {
    long until = System.nanoTime() + STAYS_FREE_FOR.toNanos();
    while (System.nanoTime() < until) {
      for (MachineProcesses.Listener other : machine.listeners(local.port())) {
        throw Failures.hopeless(
            "StillListening",
            "%s: port %d is used by %s, which is not of this run and was left: something restarts the service, or somebody deployed meanwhile. The service is not stopped; look who."
                .formatted(service.service(), local.port(), other.describe()));
      }
      heartbeat.beat("watching that port " + local.port() + " stays free");
      Pause.of(LOOK_EVERY);
    }
  }

  private void refuseOtherListener() {
    for (MachineProcesses.Listener listener : machine.listeners(local.port())) {
      boolean pinned = listener.process().filter(tree::has).isPresent();
      boolean ours = listener.process().filter(p -> plan.job("start").owns(p.pid())).isPresent();
      if (!pinned && !ours) {
        throw Failures.hopeless(
            "NewerDeploy",
            "%s: port %d is owned by %s by now, not by what was pinned (%s): somebody deployed meanwhile. Nothing was stopped; look who, then plan again."
                .formatted(
                    service.service(),
                    local.port(),
                    listener.describe(),
                    service.local().listener() == null
                        ? "nothing listened"
                        : service.local().listener()));
      }
    }
  }

  private void awaitFreePort() {
    long until = System.nanoTime() + PORT_FREE_WITHIN.toNanos();
    while (!machine.listeners(local.port()).isEmpty()) {
      if (System.nanoTime() > until) {
        throw Failures.hopeless(
            "StillListening",
            "%s: the pinned process ended, but port %d is taken again by %s: something restarts it (systemd, a supervisor, an IDE?). Stop that first, then run again."
                .formatted(
                    service.service(),
                    local.port(),
                    machine.listeners(local.port()).get(0).describe()));
      }
      heartbeat.beat("waiting for port " + local.port() + " to be free");
      Pause.of(LOOK_EVERY);
    }
  }

  private String portState() {
    boolean free = machine.listeners(local.port()).isEmpty();
    return "port " + local.port() + (free ? " is free" : " is taken");
  }

  private String describePinned() {
    return "pinned: "
        + (service.local().listener() == null ? "nothing listened" : service.local().listener());
  }
}

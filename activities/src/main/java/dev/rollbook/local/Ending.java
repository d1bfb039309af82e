package dev.rollbook.local;

import dev.rollbook.Heartbeat;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

/** Ends processes: asks, waits, then kills. */
final class Ending {

  private static final Duration LOOK_EVERY = Duration.ofMillis(25);
  private static final Duration KILLED_WITHIN = Duration.ofSeconds(10);

  private final MachineProcesses machine;
  private final Heartbeat heartbeat;

  Ending(MachineProcesses machine, Heartbeat heartbeat) {
    this.machine = machine;
    this.heartbeat = heartbeat;
  }

  enum How {
    NOTHING_RAN,
    GRACEFULLY,
    KILLED,
    /** They are another user's, or hang in the kernel. */
    NOT_ENDED
  }

  /**
   * Ends all of them, also those that appear meanwhile.
   *
   * @param processes asked again at every look
   * @param grace from asking to killing
   */
  How end(Supplier<List<ProcessHandle>> processes, Duration grace) {
    List<ProcessHandle> running = processes.get();
    if (running.isEmpty()) {
      return How.NOTHING_RAN;
    }
    running.forEach(ProcessHandle::destroy);
    if (awaitEnd(running, processes, grace, "asked to end")) {
      return How.GRACEFULLY;
    }
    return awaitKilled(running, processes) ? How.KILLED : How.NOT_ENDED;
  }

  /** Kills all of them at once. */
  How kill(Supplier<List<ProcessHandle>> processes) {
    List<ProcessHandle> running = processes.get();
    if (running.isEmpty()) {
      return How.NOTHING_RAN;
    }
    return awaitKilled(running, processes) ? How.KILLED : How.NOT_ENDED;
  }

  private boolean awaitKilled(List<ProcessHandle> first, Supplier<List<ProcessHandle>> processes) {
    long until = System.nanoTime() + KILLED_WITHIN.toNanos();
    do {
      first.stream().filter(machine::runs).forEach(ProcessHandle::destroyForcibly);
      processes.get().forEach(ProcessHandle::destroyForcibly);
      if (ended(first, processes)) {
        return true;
      }
      Pause.of(LOOK_EVERY);
    } while (System.nanoTime() < until);
    return false;
  }

  private boolean awaitEnd(
      List<ProcessHandle> first,
      Supplier<List<ProcessHandle>> processes,
      Duration within,
      String what) {
    long until = System.nanoTime() + within.toNanos();
    while (System.nanoTime() < until) {
      if (ended(first, processes)) {
        return true;
      }
      heartbeat.beat(what + " " + first.size() + " process(es)");
      Pause.of(LOOK_EVERY);
    }
    return ended(first, processes);
  }

  private boolean ended(List<ProcessHandle> first, Supplier<List<ProcessHandle>> processes) {
    return first.stream().noneMatch(machine::runs) && processes.get().isEmpty();
  }
}

package dev.rollbook.local;

import dev.rollbook.ProcessId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A service's process, its descendants, and the rest of the job it was started by, if by us. What
 * was seen of them once stays known, and is ended also when it has lost its parent: nobody could
 * tell any more that it belongs here.
 */
final class PinnedTree {

  private final LocalPin pin;
  private final MachineProcesses machine;
  private final List<ProcessId> seen = new ArrayList<>();
  private Optional<DetachedJob> knownJob = Optional.empty();

  PinnedTree(LocalPin pin, MachineProcesses machine) {
    this.pin = pin;
    this.machine = machine;
    if (pin.listener() != null) {
      seen.add(pin.listener());
      pin.belonging().forEach(this::remember);
    }
  }

  /** What belongs to it besides itself, to be pinned with it. */
  static List<ProcessId> belongingTo(ProcessId listener, MachineProcesses machine) {
    PinnedTree tree = new PinnedTree(new LocalPin(listener, List.of()), machine);
    tree.running();
    return tree.seen.subList(1, tree.seen.size());
  }

  /** Before anything is signalled: an attempt after a crash finds here what this one has seen. */
  void keepIn(PlanFolder plan) throws IOException {
    List<ProcessId> kept = plan.processes();
    kept.forEach(this::remember);
    running();
    if (seen.size() > kept.size()) {
      plan.keepProcesses(seen);
    }
  }

  boolean has(ProcessId process) {
    return seen.stream().anyMatch(process::isSameAs);
  }

  /** As of now. */
  List<ProcessHandle> running() {
    List<ProcessHandle> running = new ArrayList<>();
    for (ProcessId each : seen) {
      if (running.stream().noneMatch(known -> known.pid() == each.pid())) {
        machine.tree(each).forEach(running::add);
      }
    }
    startJob().map(DetachedJob::processes).ifPresent(running::addAll);
    List<ProcessHandle> own = running.stream().distinct().filter(machine::runs).toList();
    own.forEach(
        process ->
            process
                .info()
                .startInstant()
                .ifPresent(at -> remember(new ProcessId(process.pid(), at))));
    return own;
  }

  private void remember(ProcessId process) {
    if (!has(process)) {
      seen.add(process);
    }
  }

  /** Remembered, since its variable can be read only while the process lives. */
  private Optional<DetachedJob> startJob() {
    if (knownJob.isEmpty() && pin.listener() != null && machine.runs(pin.listener())) {
      knownJob =
          machine
              .variableOf(pin.listener().pid(), DetachedJob.COOKIE)
              .map(Path::of)
              .filter(folder -> folder.endsWith("start"))
              .map(folder -> new DetachedJob(folder, machine));
    }
    return knownJob;
  }
}

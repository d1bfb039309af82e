package dev.rollbook.local;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** What started a service and may start it again when it ends: a loop in a shell, an IDE. */
final class Supervisor {

  private static final long INIT = 1;

  private final ProcessHandle parent;
  private final Optional<String> program;
  private final Set<Long> before;

  private Supervisor(ProcessHandle parent, Optional<String> program) {
    this.parent = parent;
    this.program = program;
    this.before = parent.children().map(ProcessHandle::pid).collect(Collectors.toSet());
  }

  /** Empty for a service whose parent has ended. */
  static Optional<Supervisor> of(ProcessHandle service) {
    return service
        .parent()
        .filter(parent -> parent.pid() != INIT)
        .map(parent -> new Supervisor(parent, service.info().command()));
  }

  boolean runs(MachineProcesses machine) {
    return machine.runs(parent);
  }

  /** The same program, started since. */
  List<ProcessHandle> startedAgain() {
    return parent
        .children()
        .filter(child -> !before.contains(child.pid()))
        .filter(child -> program.isPresent() && child.info().command().equals(program))
        .toList();
  }

  String describe() {
    return "pid " + parent.pid() + parent.info().command().map(name -> ", " + name).orElse("");
  }
}

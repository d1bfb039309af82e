package dev.rollbook.local;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** What started a service and may start it again when it ends: a loop in a shell, an IDE. */
final class Supervisor {

  private static final long INIT = 1;

  private final ProcessHandle parent;
  private final Optional<String> commandLine;
  private final Set<Long> before;

  private Supervisor(ProcessHandle parent, Optional<String> commandLine) {
    this.parent = parent;
    this.commandLine = commandLine;
    this.before = parent.children().map(ProcessHandle::pid).collect(Collectors.toSet());
  }

  /** Empty for a service whose parent has ended. */
  static Optional<Supervisor> of(ProcessHandle service) {
    return service
        .parent()
        .filter(parent -> parent.pid() != INIT)
        .map(parent -> new Supervisor(parent, service.info().commandLine()));
  }

  boolean runs(MachineProcesses machine) {
    return machine.runs(parent);
  }

  /** The same command line, started since: a shell or an IDE starts other things too. */
  List<ProcessHandle> startedAgain() {
    return parent
        .children()
        .filter(child -> !before.contains(child.pid()))
        .filter(child -> commandLine.isPresent() && child.info().commandLine().equals(commandLine))
        .toList();
  }

  String describe() {
    return "pid " + parent.pid() + parent.info().command().map(name -> ", " + name).orElse("");
  }
}

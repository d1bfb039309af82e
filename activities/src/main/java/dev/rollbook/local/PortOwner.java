package dev.rollbook.local;

import dev.rollbook.Finding;
import dev.rollbook.ProcessId;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/**
 * Who owns the service's port, and whether it may be stopped as a local process.
 *
 * @param process the one process to stop; empty when the port is free, or when it must not be
 */
record PortOwner(Optional<ProcessId> process, Finding finding) {

  /** Programs that hold a port for a container: ending them leaves the container running. */
  private static final Set<String> CONTAINER_PROXIES =
      Set.of(
          "docker-proxy",
          "com.docker.backend",
          "vpnkit",
          "rootlesskit",
          "rootlessport",
          "slirp4netns",
          "pasta",
          "pasta.avx2",
          "conmon",
          "gvproxy",
          "limactl");

  static PortOwner of(int port, MachineProcesses machine) {
    return judge(port, machine.listeners(port), () -> machine.answers(port));
  }

  static PortOwner judge(
      int port, List<MachineProcesses.Listener> listeners, BooleanSupplier answers) {
    Optional<MachineProcesses.Listener> proxy =
        listeners.stream().filter(l -> CONTAINER_PROXIES.contains(l.program())).findFirst();
    if (proxy.isPresent()) {
      return blocked(
          "port %d belongs to a container (%s holds it): this is no local process. Use the service's compose environment, or 'docker ps --filter publish=%d' to find the container"
              .formatted(port, proxy.get().program(), port));
    }
    if (listeners.isEmpty()) {
      return answers.getAsBoolean()
          ? blocked(
              "port %d answers, but no process that can be seen owns it: a container published by the kernel, or another user's process; run Rollbook as that user"
                  .formatted(port))
          : new PortOwner(
              Optional.empty(),
              Finding.ok("port", "nothing listens on port " + port + ": the service is down"));
    }
    if (listeners.stream().anyMatch(l -> l.process().isEmpty())) {
      return blocked(
          "port %d belongs to another user's process, which cannot be seen or ended from here: run Rollbook as that user; or to a container ('docker ps --filter publish=%d' finds it): use the service's compose environment"
              .formatted(port, port));
    }
    if (listeners.size() > 1) {
      return blocked(
          "port %d has %d owners (%s): which one is the service?"
              .formatted(
                  port,
                  listeners.size(),
                  String.join(
                      "; ", listeners.stream().map(MachineProcesses.Listener::describe).toList())));
    }
    return single(port, listeners.get(0));
  }

  private static PortOwner single(int port, MachineProcesses.Listener owner) {
    String me = System.getProperty("user.name");
    // Not even root: what it starts instead would run as root.
    if (!owner.user().equals(me)) {
      return blocked(
          "port %d belongs to %s, and this is user %s: either it is not the service, or Rollbook must run as %s"
              .formatted(port, owner.describe(), me, owner.user()));
    }
    if (owner.process().filter(PortOwner::isOurselves).isPresent()) {
      return blocked(
          "port %d belongs to Rollbook itself, or to what runs it (%s): correct 'port' in the catalog"
              .formatted(port, owner.describe()));
    }
    return new PortOwner(
        owner.process(), Finding.ok("port", "port " + port + " is owned by " + owner.describe()));
  }

  /** Ending it would end this rollback. */
  private static boolean isOurselves(ProcessId owner) {
    return Stream.iterate(
            Optional.of(ProcessHandle.current()),
            Optional::isPresent,
            each -> each.flatMap(ProcessHandle::parent))
        .anyMatch(each -> each.get().pid() == owner.pid());
  }

  private static PortOwner blocked(String message) {
    return new PortOwner(Optional.empty(), Finding.blocker("port", message));
  }
}

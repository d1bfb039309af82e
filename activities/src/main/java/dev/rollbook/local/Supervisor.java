package dev.rollbook.local;

import dev.rollbook.ProcessId;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What started a service and may start it again when it ends: a loop in a shell, an IDE.
 *
 * @param commandLine the service's, as a digest, since it may hold a secret; null when it is hidden
 * @param before its children while the service ran
 */
record Supervisor(ProcessId process, String program, String commandLine, Set<Long> before) {

  private static final long INIT = 1;

  /** Empty for a service whose parent has ended. */
  static Optional<Supervisor> of(ProcessHandle service) {
    return service
        .parent()
        .filter(parent -> parent.pid() != INIT)
        .map(
            parent ->
                new Supervisor(
                    new ProcessId(parent.pid(), MachineProcesses.startedAt(parent)),
                    parent.info().command().orElse(null),
                    digest(service).orElse(null),
                    parent.children().map(ProcessHandle::pid).collect(Collectors.toSet())));
  }

  /** The same command line, started since: a shell or an IDE starts other things too. */
  List<ProcessHandle> startedAgain() {
    return ProcessHandle.of(process.pid())
        .map(ProcessHandle::children)
        .orElse(Stream.empty())
        .filter(child -> !before.contains(child.pid()))
        .filter(child -> commandLine != null)
        .filter(child -> digest(child).filter(commandLine::equals).isPresent())
        .toList();
  }

  private static Optional<String> digest(ProcessHandle process) {
    return process
        .info()
        .commandLine()
        .map(
            line -> {
              try {
                MessageDigest sha = MessageDigest.getInstance("SHA-256");
                return HexFormat.of().formatHex(sha.digest(line.getBytes(StandardCharsets.UTF_8)));
              } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every Java has SHA-256", e);
              }
            });
  }

  String describe() {
    return "pid " + process.pid() + (program == null ? "" : ", " + program);
  }
}

package dev.rollbook.local;

import dev.rollbook.ProcessId;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import oshi.SystemInfo;
import oshi.software.os.InternetProtocolStats.IPConnection;
import oshi.software.os.InternetProtocolStats.TcpState;
import oshi.software.os.OSProcess;
import oshi.software.os.OperatingSystem;

/** This machine's processes and who listens on its ports, as the operating system tells. */
public final class MachineProcesses {

  private static final Duration CONNECT_WITHIN = Duration.ofMillis(500);
  private static final Duration CLOCKS_DIFFER = Duration.ofSeconds(2);
  private static final Duration LOOK_EVERY = Duration.ofMillis(30);
  private static final int LOOKS = 4;

  private final OperatingSystem system = new SystemInfo().getOperatingSystem();
  private final Instant lookedAt = Instant.now();
  private final long lookedAtNanos = System.nanoTime();

  /**
   * Whoever listens on a TCP port, on any address of either family.
   *
   * @param process empty when the owner is another user's and hidden from us
   * @param program the executable's name; "unknown" when it is hidden
   */
  public record Listener(Optional<ProcessId> process, String program, String user) {

    public String describe() {
      return process.map(ProcessId::toString).orElse("a hidden process")
          + ", "
          + program
          + ", user "
          + user;
    }
  }

  /**
   * A child between fork and exec holds its parent's sockets, and is gone a moment later: an owner
   * that cannot be found is looked for again.
   */
  public List<Listener> listeners(int port) {
    List<Listener> listeners = look(port);
    for (int looks = 1;
        looks < LOOKS && listeners.stream().anyMatch(each -> each.process().isEmpty());
        looks++) {
      Pause.of(LOOK_EVERY);
      listeners = look(port);
    }
    return listeners;
  }

  private List<Listener> look(int port) {
    if (ListeningPorts.areWithout(port)) {
      return List.of();
    }
    return system.getInternetProtocolStats().getConnections().stream()
        .filter(c -> c.getState() == TcpState.LISTEN && c.getLocalPort() == port)
        .map(IPConnection::getowningProcessId)
        .distinct()
        .map(this::listener)
        .toList();
  }

  /** True when something accepts connections on the port, whether or not its owner can be seen. */
  public boolean answers(int port) {
    try (Socket socket = new Socket()) {
      socket.connect(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
          (int) CONNECT_WITHIN.toMillis());
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** Empty when no such process runs; a zombie does not run. */
  public Optional<ProcessId> find(long pid) {
    return ProcessHandle.of(pid)
        .filter(this::runs)
        .map(handle -> new ProcessId(pid, startedAt(handle)));
  }

  public boolean runs(ProcessId process) {
    return find(process.pid()).filter(process::isSameAs).isPresent();
  }

  /** An ended process that nobody waited for is still "alive" to Java, but runs no more. */
  boolean runs(ProcessHandle handle) {
    if (!handle.isAlive()) {
      return false;
    }
    OSProcess process = system.getProcess(Math.toIntExact(handle.pid()));
    return process != null
        && process.getState() != OSProcess.State.ZOMBIE
        && process.getState() != OSProcess.State.INVALID;
  }

  /**
   * The processes that inherited this environment variable with this value.
   *
   * @param since none of them is older; asking a process for its variables is dear
   */
  public List<ProcessHandle> carrying(String variable, String value, Instant since) {
    boolean all = since.equals(Instant.MIN) || clockWasStepped();
    Instant oldest = all ? Instant.MIN : since.minus(CLOCKS_DIFFER);
    return ProcessHandle.allProcesses()
        .filter(handle -> handle.pid() != ProcessHandle.current().pid())
        .filter(handle -> !startedAt(handle).isBefore(oldest))
        .filter(handle -> variableOf(handle.pid(), variable).filter(value::equals).isPresent())
        .filter(this::runs)
        .toList();
  }

  /** Java tells start instants by the clock as it was when it first looked. */
  private boolean clockWasStepped() {
    Duration byClock = Duration.between(lookedAt, Instant.now());
    Duration passed = Duration.ofNanos(System.nanoTime() - lookedAtNanos);
    return byClock.minus(passed).abs().compareTo(CLOCKS_DIFFER.dividedBy(2)) > 0;
  }

  Optional<String> variableOf(long pid, String variable) {
    return Optional.ofNullable(system.getProcess(Math.toIntExact(pid)))
        .map(process -> process.getEnvironmentVariables().get(variable));
  }

  /** Processes whose working directory lies in the folder and whose arguments hold all of these. */
  List<ProcessId> runningIn(Path folder, List<String> arguments) {
    return workingIn(folder)
        .filter(process -> process.getArguments().containsAll(arguments))
        .map(process -> find(process.getProcessID()))
        .flatMap(Optional::stream)
        .toList();
  }

  /** The names of the programs whose working directory lies in the folder. */
  Set<String> programsIn(Path folder) {
    return workingIn(folder).map(OSProcess::getName).collect(Collectors.toSet());
  }

  private Stream<OSProcess> workingIn(Path folder) {
    return ProcessHandle.allProcesses()
        .filter(handle -> mayWorkIn(folder, handle))
        .map(handle -> system.getProcess(Math.toIntExact(handle.pid())))
        .filter(process -> process != null && process.getState() != OSProcess.State.ZOMBIE)
        .filter(process -> isInside(folder, process.getCurrentWorkingDirectory()));
  }

  /** False where the kernel says at once that it works elsewhere: the rest is dear. */
  private static boolean mayWorkIn(Path folder, ProcessHandle handle) {
    try {
      return Files.readSymbolicLink(Path.of("/proc", Long.toString(handle.pid()), "cwd"))
          .startsWith(folder);
    } catch (IOException e) {
      return true;
    }
  }

  /** The process and everything that descends from it, as of now. */
  Stream<ProcessHandle> tree(ProcessId root) {
    return find(root.pid())
        .filter(root::isSameAs)
        .flatMap(same -> ProcessHandle.of(root.pid()))
        .stream()
        .flatMap(handle -> Stream.concat(Stream.of(handle), handle.descendants()));
  }

  static Instant startedAt(ProcessHandle handle) {
    return handle.info().startInstant().orElse(Instant.EPOCH);
  }

  private static boolean isInside(Path folder, String directory) {
    return directory != null && !directory.isBlank() && Path.of(directory).startsWith(folder);
  }

  private Listener listener(int pid) {
    OSProcess process = pid <= 0 ? null : system.getProcess(pid);
    if (process == null) {
      return new Listener(Optional.empty(), "unknown", "unknown");
    }
    return new Listener(find(pid), process.getName(), process.getUser());
  }
}

package dev.rollbook.compose;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A Docker Engine of the test's own, which may be ended and started again. It has a network
 * namespace to itself: an engine without a bridge deletes the {@code docker0} that it finds, which
 * is the other engine's.
 */
final class PrivateEngine implements AutoCloseable {

  private static final long STARTS_WITHIN_SECONDS = 60;

  private final Path folder;
  private List<String> drivers = List.of("overlay2", "vfs");
  private Process dockerd;

  /**
   * @param folder short, since a socket lies in it
   */
  PrivateEngine(Path folder) {
    this.folder = folder;
  }

  URI host() {
    return URI.create("unix://" + folder.resolve("docker.sock"));
  }

  void start() throws IOException, InterruptedException {
    Files.deleteIfExists(folder.resolve("docker.pid"));
    List<String> said = new ArrayList<>();
    for (String driver : drivers) {
      dockerd =
          new ProcessBuilder(
                  "unshare",
                  "--net",
                  "dockerd",
                  "--host",
                  host().toString(),
                  "--data-root",
                  folder.resolve("data").toString(),
                  "--exec-root",
                  folder.resolve("exec").toString(),
                  "--pidfile",
                  folder.resolve("docker.pid").toString(),
                  "--containerd-namespace",
                  "rollbook-" + folder.getFileName(),
                  "--containerd-plugins-namespace",
                  "rollbook-plugins-" + folder.getFileName(),
                  "--storage-driver",
                  driver,
                  "--bridge=none",
                  "--iptables=false",
                  "--ip6tables=false")
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("dockerd.log").toFile())
              .start();
      if (isUp()) {
        drivers = List.of(driver, driver); // what it has is not to be seen with another
        return;
      }
      kill();
      said.add(driver + ": " + Files.readString(folder.resolve("dockerd.log")));
    }
    throw new IOException("dockerd does not start: " + said);
  }

  private boolean isUp() throws InterruptedException {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(STARTS_WITHIN_SECONDS);
    while (dockerd.isAlive() && System.nanoTime() < until) {
      try (DockerEngine engine = DockerEngine.open(host(), () -> {})) {
        engine.get("/containers/json?all=1");
        return true;
      } catch (EngineFailure notYet) {
        dockerd.waitFor(100, TimeUnit.MILLISECONDS);
      }
    }
    return false;
  }

  /** As a machine's shutdown does. */
  void end() throws InterruptedException {
    dockerd.destroy();
    if (!dockerd.waitFor(STARTS_WITHIN_SECONDS, TimeUnit.SECONDS)) {
      kill();
    }
  }

  /** What it ran goes on. */
  void kill() throws InterruptedException {
    dockerd.destroyForcibly().waitFor();
  }

  /** Everything at once, as far as processes go: the containers' too. */
  void cutPower() throws InterruptedException {
    List<ProcessHandle> all = new ArrayList<>();
    for (ProcessHandle each : ofThisFolder()) {
      all.add(each);
      each.descendants().forEach(all::add);
    }
    kill();
    all.forEach(ProcessHandle::destroyForcibly);
  }

  /** All that it has, and what it had started. */
  @Override
  public void close() throws IOException {
    List<ProcessHandle> theirs = new ArrayList<>(dockerd.descendants().toList());
    dockerd.destroy();
    dockerd.onExit().orTimeout(STARTS_WITHIN_SECONDS, TimeUnit.SECONDS).join();
    theirs.addAll(ofThisFolder());
    for (ProcessHandle each : theirs) {
      each.destroyForcibly();
    }
    for (ProcessHandle each : theirs) {
      each.onExit().orTimeout(STARTS_WITHIN_SECONDS, TimeUnit.SECONDS).join();
    }
    unmount();
  }

  private List<ProcessHandle> ofThisFolder() {
    return ProcessHandle.allProcesses()
        .filter(each -> commandLine(each).filter(it -> it.contains(folder + "/")).isPresent())
        .toList();
  }

  private static Optional<String> commandLine(ProcessHandle process) {
    try {
      return Optional.of(
          Files.readString(Path.of("/proc", String.valueOf(process.pid()), "cmdline")));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** What a killed engine leaves mounted could not be deleted. */
  private void unmount() throws IOException {
    List<String> mounted =
        Files.readAllLines(Path.of("/proc/self/mounts")).stream()
            .map(line -> line.split(" ")[1])
            .filter(point -> point.startsWith(folder + "/"))
            .sorted((one, other) -> other.compareTo(one))
            .toList();
    for (String point : mounted) {
      new ProcessBuilder("umount", "--lazy", point).start().onExit().join();
    }
  }
}

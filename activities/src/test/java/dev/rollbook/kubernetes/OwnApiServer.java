package dev.rollbook.kubernetes;

import static org.awaitility.Awaitility.await;

import dev.rollbook.FreePort;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * A second kube-apiserver before the same cluster, as where there are several: what becomes of it
 * disturbs nobody but whoever is told its address.
 */
public final class OwnApiServer implements AutoCloseable {

  private static final Path ENGINES = Path.of("..", "dev", "engines", "engines");
  private static final Duration WITHIN = Duration.ofSeconds(90);

  private final Path folder;
  private final int port = FreePort.any();
  private Process process;

  /**
   * @param folder for its log, and kubeconfigs
   */
  public OwnApiServer(Path folder) throws IOException {
    this.folder = folder;
    start();
  }

  /** Returns when it listens, which comes before it knows anybody's rights. */
  public void start() throws IOException {
    process =
        new ProcessBuilder("bash", ENGINES.toString(), "apiserver", String.valueOf(port))
            .redirectErrorStream(true)
            .redirectOutput(
                ProcessBuilder.Redirect.appendTo(folder.resolve("apiserver.log").toFile()))
            .start();
    await("an API server")
        .atMost(WITHIN)
        .pollInterval(Duration.ofMillis(50))
        .ignoreExceptions()
        .until(
            () -> {
              new Socket(InetAddress.getLoopbackAddress(), port).close();
              return true;
            });
  }

  /** At once, as by SIGKILL; with every watch and every request that is under way. */
  public void kill() {
    process.destroyForcibly().onExit().join();
  }

  /** The same user's, who asks this server from now on. */
  public Path kubeconfig(Path of) throws IOException {
    return Files.writeString(
        folder.resolve("own-" + of.getFileName()),
        Files.readString(of).replaceAll("https://127.0.0.1:\\d+", "https://127.0.0.1:" + port));
  }

  @Override
  public void close() {
    kill();
  }
}

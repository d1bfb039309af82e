package dev.rollbook.shop;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.rollbook.FreePort;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/** A Temporal service that somebody else runs, and what {@code temporal} answers of it. */
public final class DevServer implements AutoCloseable {

  private final Process server;
  private final Path folder;
  private final int port;

  private DevServer(Process server, Path folder, int port) {
    this.server = server;
    this.folder = folder;
    this.port = port;
  }

  /**
   * @param folder for its log
   * @param more arguments
   */
  public static DevServer start(Path folder, String... more) throws IOException {
    int port = FreePort.any();
    List<String> command =
        new ArrayList<>(List.of("temporal", "server", "start-dev", "--headless"));
    command.addAll(List.of("--ip", "127.0.0.1", "--port", String.valueOf(port)));
    command.addAll(List.of(more));
    Process server =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("temporal-server.log").toFile())
            .start();
    DevServer started = new DevServer(server, folder, port);
    await("a server that answers")
        .pollInterval(Duration.ofMillis(300))
        .atMost(Duration.ofSeconds(120))
        .until(started::answers);
    return started;
  }

  /** Its port is open before that. */
  private boolean answers() throws IOException, InterruptedException {
    return temporal("workflow", "list").exitCode() == 0;
  }

  public String address() {
    return "127.0.0.1:" + port;
  }

  /** What {@code temporal} answers, with this server's address. */
  public Rollbook.Answer temporal(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("temporal"));
    command.addAll(List.of(arguments));
    command.addAll(List.of("--address", address()));
    Path out = Files.createTempFile(folder, "temporal", ".out");
    Path err = Files.createTempFile(folder, "temporal", ".err");
    try {
      Process asked =
          new ProcessBuilder(command)
              .redirectOutput(out.toFile())
              .redirectError(err.toFile())
              .start();
      if (!asked.waitFor(60, TimeUnit.SECONDS)) {
        asked.destroyForcibly();
        throw new IOException("no answer: " + command);
      }
      return new Rollbook.Answer(asked.exitValue(), Files.readString(out), Files.readString(err));
    } finally {
      Files.delete(out);
      Files.delete(err);
    }
  }

  public JsonNode json(String... arguments) throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--output", "json"));
    Rollbook.Answer answer = temporal(all.toArray(String[]::new));
    if (answer.exitCode() != 0) {
      throw new IOException(answer.err() + answer.out());
    }
    return new JsonMapper().readTree(answer.out());
  }

  /**
   * Starts a workflow as Temporal UI does and waits for its end.
   *
   * @param input JSON; may be written with single quotes
   * @return as {@code temporal workflow result} tells it
   */
  public JsonNode ended(String type, String input) throws IOException, InterruptedException {
    String id = UUID.randomUUID().toString();
    Rollbook.Answer started =
        temporal(
            "workflow",
            "start",
            "--type",
            type,
            "--task-queue",
            "rollbook",
            "--workflow-id",
            id,
            "--input",
            input.replace('\'', '"'));
    if (started.exitCode() != 0) {
      throw new IOException(started.err());
    }
    // the command says nothing of a run that takes longer than it waits
    String told =
        await()
            .atMost(Duration.ofSeconds(180))
            .until(() -> result(id).out(), said -> !said.isBlank());
    return new JsonMapper().readTree(told);
  }

  private Rollbook.Answer result(String id) throws IOException, InterruptedException {
    return temporal(
        "workflow", "result", "--workflow-id", id, "--output", "json", "--command-timeout", "40s");
  }

  /** Why a workflow failed, of what {@link #ended} told; empty when it did not. */
  public static String failure(JsonNode ended) {
    return ended.at("/closeEvent/workflowExecutionFailedEventAttributes/failure/message").asText();
  }

  public List<String> workflowIds() throws IOException, InterruptedException {
    return json("workflow", "list").findValuesAsText("workflowId");
  }

  public String history(String workflowId) throws IOException, InterruptedException {
    return temporal("workflow", "show", "--workflow-id", workflowId, "--output", "json").out();
  }

  /** It is there, and says nothing until it is thawed. */
  public void freeze() throws IOException, InterruptedException {
    signal("STOP");
  }

  public void thaw() throws IOException, InterruptedException {
    signal("CONT");
  }

  private void signal(String name) throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-" + name, String.valueOf(server.pid())).start().waitFor();
  }

  @Override
  public void close() {
    server.destroyForcibly().onExit().join();
  }
}

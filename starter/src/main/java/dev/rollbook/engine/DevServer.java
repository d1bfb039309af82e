package dev.rollbook.engine;

import dev.rollbook.ServiceConnection;
import io.grpc.StatusRuntimeException;
import io.temporal.api.workflowservice.v1.GetSystemInfoRequest;
import io.temporal.serviceclient.WorkflowServiceStubs;
import io.temporal.serviceclient.WorkflowServiceStubsOptions;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Temporal's own dev server as a process of its own, its state in a SQLite file. All Rollbook
 * processes of one state directory share it; it ends with the last of them, however that one ends.
 */
final class DevServer implements Engine {

  static final String DATABASE = "temporal.db";

  private static final Duration STARTED_WITHIN = Duration.ofSeconds(60);
  private static final Duration RESTARTED_WITHIN = Duration.ofSeconds(5);

  /** Not soon: a server that is only slow, on a busy machine, must not be ended under its users. */
  private static final Duration ANSWERS_WITHIN = Duration.ofSeconds(20);

  private final DevServerFiles files;
  private final DevServerUse use;
  private final DevServerRecord server;
  private final ServiceConnection connection;
  private final boolean foundRunning;

  private DevServer(
      DevServerFiles files,
      DevServerUse use,
      DevServerRecord server,
      ServiceConnection connection,
      boolean foundRunning) {
    this.files = files;
    this.use = use;
    this.server = server;
    this.connection = connection;
    this.foundRunning = foundRunning;
  }

  /**
   * Uses the server of this directory, or starts one over the same state.
   *
   * @throws IllegalStateException with the last lines of its log when it does not start
   */
  static DevServer join(Path stateDirectory, Path temporal, Map<String, String> environment) {
    DevServerFiles files = new DevServerFiles(StateDirectory.at(stateDirectory));
    return files
        .state()
        .alone(
            () -> {
              Optional<DevServer> running = running(files);
              return running.isPresent() ? running.get() : started(files, temporal, environment);
            });
  }

  private static Optional<DevServer> running(DevServerFiles files) throws IOException {
    Optional<DevServerRecord> server = files.server();
    Optional<DevServerUse> use = server.isPresent() ? files.use() : Optional.empty();
    if (use.isEmpty()) {
      return Optional.empty();
    }
    int port = server.get().port();
    // Its keeper may be starting it again at this moment.
    if (StateDirectory.await(
        RESTARTED_WITHIN, () -> files.serverIsAlive() && DevServerCommand.accepts(port))) {
      ServiceConnection connection = connect(port);
      if (answers(connection, ANSWERS_WITHIN, () -> false)) {
        files.watchAgainIfNobodyDoes();
        return Optional.of(new DevServer(files, use.get(), server.get(), connection, true));
      }
      connection.close();
    }
    use.get().close();
    return Optional.empty();
  }

  private static DevServer started(
      DevServerFiles files, Path temporal, Map<String, String> environment) throws IOException {
    DevServerRecord before = files.server().orElse(DevServerRecord.NONE);
    files.clear();
    DevServerCommand command = DevServerCommand.of(temporal, files.state(), before);
    try {
      return serve(files, temporal, command, environment);
    } catch (IllegalStateException e) {
      if (!files.portWasTaken()) {
        throw e;
      }
      files.clear();
      DevServerCommand elsewhere = DevServerCommand.elsewhere(temporal, files.state());
      return serve(files, temporal, elsewhere, environment);
    }
  }

  private static DevServer serve(
      DevServerFiles files,
      Path temporal,
      DevServerCommand command,
      Map<String, String> environment)
      throws IOException {
    files.removeHalfMadeDatabase();
    DevServerUse use = files.firstUse();
    ServiceConnection connection = null;
    try {
      files.serve(command, environment);
      boolean up =
          StateDirectory.await(
              STARTED_WITHIN,
              () ->
                  files.hasFailed()
                      || DevServerCommand.accepts(command.port())
                          && files.serverListens(command.port()));
      if (up && !files.hasFailed()) {
        connection = connect(command.port());
        if (answers(connection, STARTED_WITHIN, files::hasFailed) && files.serverIsAlive()) {
          DevServerRecord server =
              new DevServerRecord(command.port(), command.uiPort(), Instant.now());
          files.keepDatabase();
          files.keep(server);
          return new DevServer(files, use, server, connection, false);
        }
      }
      throw new IllegalStateException(
          "The embedded Temporal dev server (%s) did not start; its log %s ends with%n%s%nMend that, or move %s away to start with empty state"
              .formatted(temporal, files.log(), files.endOfLog(), files.database()));
    } catch (IOException | RuntimeException e) {
      if (connection != null) {
        connection.close();
      }
      use.close();
      throw e;
    }
  }

  private static ServiceConnection connect(int port) {
    return ServiceConnection.to(
        WorkflowServiceStubsOptions.newBuilder().setTarget("127.0.0.1:" + port).build());
  }

  private static boolean answers(
      ServiceConnection connection, Duration within, BooleanSupplier hasFailed) {
    return StateDirectory.await(
        within,
        () -> {
          if (hasFailed.getAsBoolean()) {
            return true;
          }
          try {
            connection
                .service()
                .blockingStub()
                .withDeadlineAfter(2, TimeUnit.SECONDS)
                .getSystemInfo(GetSystemInfoRequest.getDefaultInstance());
            return true;
          } catch (StatusRuntimeException e) {
            return false;
          }
        });
  }

  @Override
  public WorkflowServiceStubs service() {
    return connection.service();
  }

  @Override
  public String namespace() {
    return "default";
  }

  @Override
  public String describe() {
    return "embedded Temporal dev server at 127.0.0.1:%d%s, state in %s, Web UI http://127.0.0.1:%d"
        .formatted(
            server.port(),
            foundRunning ? " (found running, used again)" : "",
            files.database(),
            server.uiPort());
  }

  @Override
  public boolean keepsHistory() {
    return true;
  }

  @Override
  public boolean isEmbedded() {
    return true;
  }

  @Override
  public Optional<URI> webUi() {
    return Optional.of(URI.create("http://127.0.0.1:" + server.uiPort()));
  }

  @Override
  public void close() {
    connection.close();
    files
        .state()
        .alone(
            () -> {
              List<ProcessHandle> processes = files.processes();
              if (use.close()) {
                files.awaitEnd(processes);
              }
              return null;
            });
  }
}

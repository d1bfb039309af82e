package dev.rollbook.engine;

import io.temporal.serviceclient.WorkflowServiceStubs;
import io.temporal.serviceclient.WorkflowServiceStubsOptions;
import io.temporal.testserver.TestServer;
import io.temporal.testserver.TestServer.InProcessTestServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Temporal's Java test server in this process, in real time: no port, no file, no Web UI. One
 * process at a time, since a second one would not see the first one's runs.
 */
record InProcessEngine(
    InProcessTestServer server, WorkflowServiceStubs service, FileChannel exclusive)
    implements Engine {

  static InProcessEngine start(Path stateDirectory) {
    FileChannel exclusive = exclusive(StateDirectory.at(stateDirectory));
    InProcessTestServer server = TestServer.createServer(true);
    WorkflowServiceStubs service =
        WorkflowServiceStubs.newServiceStubs(
            WorkflowServiceStubsOptions.newBuilder().setChannel(server.getChannel()).build());
    return new InProcessEngine(server, service, exclusive);
  }

  private static FileChannel exclusive(StateDirectory state) {
    Path lock = state.file("inprocess.lock");
    // The pid stands in a file of its own: closing any channel of the lock file gives up the lock.
    Path holder = state.file("inprocess.pid");
    try {
      FileChannel channel =
          FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (StateDirectory.tryLock(channel) == null) {
        channel.close();
        throw new EngineBusy(
            "Process %s uses the in-process engine of %s, which only one can; wait until it ends, or put a `temporal` binary on the PATH"
                .formatted(Files.readString(holder).strip(), state.path()));
      }
      Files.write(holder, pid());
      return channel;
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot lock " + lock, e);
    }
  }

  private static byte[] pid() {
    return Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public String namespace() {
    return "default";
  }

  @Override
  public String describe() {
    return "embedded in-process engine (no `temporal` binary found): keeps nothing on disk but the"
        + " journal of unfinished runs";
  }

  @Override
  public boolean keepsHistory() {
    return false;
  }

  @Override
  public boolean isEmbedded() {
    return true;
  }

  @Override
  public Optional<URI> webUi() {
    return Optional.empty();
  }

  @Override
  public void close() {
    service.shutdownNow();
    service.awaitTermination(1, TimeUnit.SECONDS);
    // the server would wait 5 s for questions that nobody asks any more
    server.getChannel().shutdownNow();
    server.close();
    try {
      exclusive.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

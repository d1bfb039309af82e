package dev.rollbook.crash;

import dev.rollbook.FreePort;
import dev.rollbook.TemporalConnection;
import io.temporal.api.workflowservice.v1.DescribeNamespaceRequest;
import io.temporal.client.WorkflowClient;
import io.temporal.serviceclient.WorkflowServiceStubs;
import io.temporal.serviceclient.WorkflowServiceStubsOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** A real Temporal dev server over a file, of a test's own: it can be killed and started again. */
public final class TemporalServer implements AutoCloseable {

  private final Path folder;
  private final List<String> namespaces;
  private final int port;
  private final WorkflowServiceStubs service;
  private Process process;

  public TemporalServer(Path folder, List<String> namespaces) throws IOException {
    this.folder = folder;
    this.namespaces = namespaces;
    this.port = FreePort.any();
    start();
    this.service =
        WorkflowServiceStubs.newServiceStubs(
            WorkflowServiceStubsOptions.newBuilder().setTarget(address()).build());
    awaitAnswer();
  }

  public String address() {
    return "127.0.0.1:" + port;
  }

  public WorkflowClient client(String namespace) {
    return TemporalConnection.client(service, namespace);
  }

  public void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  public void startAgain() throws IOException {
    start();
    awaitAnswer();
  }

  private void start() throws IOException {
    List<String> command =
        new ArrayList<>(List.of("temporal", "server", "start-dev", "--headless", "--ip"));
    command.addAll(List.of("127.0.0.1", "--port", String.valueOf(port), "--log-level", "error"));
    command.addAll(List.of("--db-filename", folder.resolve("temporal.db").toString()));
    namespaces.forEach(namespace -> command.addAll(List.of("--namespace", namespace)));
    process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(
                ProcessBuilder.Redirect.appendTo(folder.resolve("temporal.log").toFile()))
            .start();
  }

  private void awaitAnswer() {
    Awaitility.await()
        .atMost(Duration.ofSeconds(120))
        .ignoreExceptions()
        .until(() -> namespaces.stream().allMatch(this::answers));
  }

  private boolean answers(String namespace) {
    return service
        .blockingStub()
        .withDeadlineAfter(5, TimeUnit.SECONDS)
        .describeNamespace(DescribeNamespaceRequest.newBuilder().setNamespace(namespace).build())
        .hasNamespaceInfo();
  }

  @Override
  public void close() {
    service.shutdownNow();
    process.destroyForcibly();
  }
}

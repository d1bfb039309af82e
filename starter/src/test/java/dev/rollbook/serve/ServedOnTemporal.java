package dev.rollbook.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.Abort;
import dev.rollbook.FreePort;
import dev.rollbook.RollbackWorker;
import dev.rollbook.Run;
import dev.rollbook.RunJournalFiles;
import dev.rollbook.SearchAttributeRegistration;
import dev.rollbook.TemporalConnection;
import dev.rollbook.catalog.Catalog;
import dev.rollbook.catalog.InvalidCatalog;
import dev.rollbook.decision.RunLinks;
import dev.rollbook.decision.TemporalIntake;
import dev.rollbook.escalation.Receiver;
import dev.rollbook.shop.DevServer;
import io.temporal.api.enums.v1.WorkflowExecutionStatus;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowException;
import io.temporal.client.WorkflowStub;
import io.temporal.serviceclient.WorkflowServiceStubs;
import io.temporal.serviceclient.WorkflowServiceStubsOptions;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The whole server before a real Temporal service with a real worker; what runs there is told. */
final class ServedOnTemporal implements AutoCloseable {

  static final String TOKEN = "a-token-of-this-test-alone";

  private static final String SERVICE =
      "  %s: {environments: {production: {kind: local, repository: nowhere, port: 1, build: {command: [a]}, start: {command: [a]}}}}%n";

  private final Path folder;
  private final List<String> allowed;
  private final List<String> forbidden;
  private final Receiver phone = new Receiver();
  private final DevServer temporal;
  private final WorkflowServiceStubs service;
  private final WorkflowClient client;
  private final RollbackWorker worker;
  private final RollbookServer server;
  private final URI url;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  /**
   * @param allowed services that alerts may roll back
   * @param forbidden other services
   * @param arguments of the Temporal server
   */
  ServedOnTemporal(Path folder, List<String> allowed, List<String> forbidden, String... arguments)
      throws Exception {
    temporal = DevServer.start(folder, arguments);
    service =
        WorkflowServiceStubs.newServiceStubs(
            WorkflowServiceStubsOptions.newBuilder().setTarget(temporal.address()).build());
    client = TemporalConnection.client(service, "default");
    await()
        .atMost(Duration.ofSeconds(90))
        .ignoreExceptions()
        .untilAsserted(() -> SearchAttributeRegistration.ensure(service, "default"));
    this.folder = folder;
    this.allowed = allowed;
    this.forbidden = forbidden;
    Catalog catalog = catalog();
    Path state = Files.createDirectories(folder.resolve(".rollbook"));
    worker = RollbackWorker.start(client, catalog, state, new RunJournalFiles(state, "test"));
    server =
        new RollbookServer(
            catalog, new TemporalIntake(client), client, new RunLinks(Optional.empty(), "default"));
    url = server.start();
  }

  private Catalog catalog() throws IOException, InvalidCatalog {
    int port = FreePort.any();
    StringBuilder text =
        new StringBuilder(
            """
            version: 1
            serve: {port: %d, bearer: {t1: "file:%s"}}
            channels:
              hook: {type: webhook, url: "%s"}
            roles: {oncall: [kim]}
            links: {url: "http://127.0.0.1:1", keys: {k1: "file:%s"}}
            alerts: {environment: production, allow: [%s]}
            services:
            """
                .formatted(
                    port,
                    Files.writeString(folder.resolve("token"), TOKEN),
                    phone.url("/hook"),
                    Files.writeString(folder.resolve("key"), "0123456789abcdef".repeat(2)),
                    String.join(", ", allowed)));
    allowed.forEach(name -> text.append(SERVICE.formatted(name)));
    forbidden.forEach(name -> text.append(SERVICE.formatted(name)));
    return Catalog.read(
        Files.writeString(folder.resolve("rollbook-" + port + ".yaml"), text), Map.of());
  }

  /** Another {@code rollbook serve} beside it. */
  RollbookServer another(String namespace) throws IOException, InvalidCatalog {
    WorkflowClient own = TemporalConnection.client(service, namespace);
    return new RollbookServer(
        catalog(), new TemporalIntake(own), own, new RunLinks(Optional.empty(), namespace));
  }

  DevServer temporal() {
    return temporal;
  }

  /** What who is on call was told. */
  List<String> told() {
    return phone.requests().stream().map(Receiver.Request::body).toList();
  }

  URI url() {
    return url;
  }

  WorkflowClient client() {
    return client;
  }

  HttpResponse<String> post(byte[] body) throws Exception {
    return post(url, body);
  }

  HttpResponse<String> post(URI server, byte[] body) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(server.resolve("/webhook/alertmanager"))
            .header("Content-Type", "application/json")
            .header("Authorization", "Bearer " + TOKEN)
            .timeout(Duration.ofSeconds(60))
            .POST(HttpRequest.BodyPublishers.ofByteArray(body))
            .build();
    try {
      return http.send(request, BodyHandlers.ofString());
    } catch (IOException closedMeanwhile) {
      // a connection that was kept for too long; Java's client repeats no POST by itself
      return http.send(request, BodyHandlers.ofString());
    }
  }

  HttpResponse<String> get(URI page) throws Exception {
    HttpRequest request = HttpRequest.newBuilder(page).timeout(Duration.ofSeconds(60)).build();
    return http.send(request, BodyHandlers.ofString());
  }

  /** Workflow ids of all runs that were ever started, and how often. */
  Map<String, Long> runs() {
    return client
        .listExecutions("WorkflowType = 'Rollback'")
        .map(each -> each.getExecution().getWorkflowId())
        .collect(Collectors.groupingBy(id -> id, Collectors.counting()));
  }

  /** Each run has ended, or ends when it is told to; no notice is left over. */
  void nothingIsStuck() {
    await()
        .atMost(Duration.ofSeconds(120))
        .untilAsserted(
            () -> {
              open("Rollback").parallel().forEach(this::ends);
              assertThat(open("Rollback")).isEmpty();
              assertThat(open("TellOnCall")).isEmpty();
            });
  }

  private Stream<String> open(String type) {
    return client
        .listExecutions("WorkflowType = '" + type + "' AND ExecutionStatus = 'Running'")
        .map(each -> each.getExecution().getWorkflowId());
  }

  private void ends(String runId) {
    WorkflowStub run = client.newUntypedWorkflowStub(runId);
    try {
      run.update("abort", String.class, new Abort("the test", "is over"));
    } catch (WorkflowException isEnding) {
      assertThat(isEnding).isNotNull();
    }
    assertThat(run.getResult(Run.class).outcome()).as(runId).isNotNull();
    assertThat(run.describe().getStatus())
        .isEqualTo(WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_COMPLETED);
  }

  @Override
  public void close() {
    server.close();
    worker.close();
    service.shutdownNow();
    temporal.close();
    phone.close();
  }
}

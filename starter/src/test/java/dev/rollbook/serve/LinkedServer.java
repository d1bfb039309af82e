package dev.rollbook.serve;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rollbook.FreePort;
import dev.rollbook.Payloads;
import dev.rollbook.RollbackWorker;
import dev.rollbook.RunJournalFiles;
import dev.rollbook.Secret;
import dev.rollbook.TemporalConnection;
import dev.rollbook.catalog.Catalog;
import dev.rollbook.decision.RunLinks;
import dev.rollbook.engine.Engine;
import dev.rollbook.engine.Engines;
import dev.rollbook.escalation.LinkToken;
import dev.rollbook.escalation.LinkToken.Claim;
import dev.rollbook.escalation.Receiver;
import io.temporal.client.WorkflowClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.awaitility.Awaitility;

/** The server of a catalog with links, its worker, and a phone that everybody is called on. */
final class LinkedServer implements AutoCloseable {

  static final String KEY = "0123456789abcdef0123456789abcdef";

  private static final String SERVICE =
      "  %s: {environments: {production: {kind: compose, port: 1}}}\n";

  private final Receiver phone = new Receiver();
  private final HttpClient http = HttpClient.newHttpClient();
  private final Engine engine;
  private final WorkflowClient client;
  private final RollbackWorker worker;
  private final RollbookServer server;
  private final URI url;

  LinkedServer(Path folder, String... services) throws Exception {
    Catalog catalog = catalog(folder, services);
    Path state = Files.createDirectories(folder.resolve(".rollbook"));
    engine =
        Engines.open(
            state, Map.of("PATH", "/nowhere", "TEMPORAL_CONFIG_FILE", "/dev/null"), line -> {});
    client = TemporalConnection.client(engine.service(), engine.namespace());
    worker = RollbackWorker.start(client, catalog, state, new RunJournalFiles(state, "embedded"));
    server =
        new RollbookServer(
            catalog, new InMemoryIntake(), client, new RunLinks(Optional.empty(), "default"));
    url = server.start();
  }

  private Catalog catalog(Path folder, String... services) throws Exception {
    int port = FreePort.any();
    StringBuilder text =
        new StringBuilder(
            """
            version: 1
            serve: {port: %d}
            channels:
              hook: {type: webhook, url: "%s"}
            roles: {oncall: [kim <b>]}
            escalation:
              levels: [{role: oncall, repeat: {every: 5m, most: 2}}]
            links: {url: "http://127.0.0.1:%d", keys: {k1: "file:%s"}}
            services:
            """
                .formatted(
                    port, phone.url("/hook"), port, Files.writeString(folder.resolve("key"), KEY)));
    for (String service : services) {
      text.append(SERVICE.formatted(service));
    }
    return Catalog.read(Files.writeString(folder.resolve("rollbook.yaml"), text), Map.of());
  }

  WorkflowClient client() {
    return client;
  }

  URI url() {
    return url;
  }

  /**
   * As it stands in what the phone was sent.
   *
   * @param name of the link in it
   * @param about words of the incident, which only that message has
   */
  URI link(String name, String about) {
    return Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> sent(name, about), Optional::isPresent)
        .get();
  }

  private Optional<URI> sent(String name, String about) {
    return phone.requests().stream()
        .map(request -> json(request.body()))
        .filter(call -> call.toString().contains(about))
        .map(call -> URI.create(call.path(name).asText()))
        .findFirst();
  }

  private static JsonNode json(String text) {
    try {
      return Payloads.mapper().readTree(text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String token(URI link) {
    return link.getQuery().replace("token=", "");
  }

  HttpResponse<String> get(URI link) throws Exception {
    return asked(HttpRequest.newBuilder(link).build());
  }

  /** Again as long as it is asked to try again in a moment, as a person does. */
  private HttpResponse<String> asked(HttpRequest request) {
    return Awaitility.await("an answer in time")
        .atMost(Duration.ofSeconds(90))
        .until(
            () -> http.send(request, HttpResponse.BodyHandlers.ofString()),
            answer -> answer.statusCode() != 503);
  }

  void head(URI link) throws Exception {
    http.send(
        HttpRequest.newBuilder(link).method("HEAD", HttpRequest.BodyPublishers.noBody()).build(),
        HttpResponse.BodyHandlers.discarding());
  }

  HttpResponse<String> press(String path, String token, String note) throws Exception {
    String form = "token=" + token + "&note=" + note;
    return asked(
        HttpRequest.newBuilder(url.resolve(path))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(HttpRequest.BodyPublishers.ofString(form))
            .build());
  }

  static String issue(String key, String incident, String workflow, String deed, int seconds) {
    return new LinkToken(
            List.of(new LinkToken.Key("k1", new Secret(key, Map.of()))), Clock.systemUTC())
        .issue(
            new Claim(
                incident,
                workflow,
                "oncall",
                "eve",
                deed,
                Instant.now().plusSeconds(seconds).getEpochSecond()));
  }

  @Override
  public void close() {
    server.close();
    worker.close();
    engine.close();
    phone.close();
  }
}

package dev.rollbook.compose;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.core.DockerClientImpl;
import com.github.dockerjava.transport.DockerHttpClient;
import com.github.dockerjava.transport.DockerHttpClient.Request;
import com.github.dockerjava.transport.DockerHttpClient.Response;
import com.github.dockerjava.zerodep.ZerodepDockerHttpClient;
import dev.rollbook.BoundedCalls;
import dev.rollbook.Payloads;
import dev.rollbook.compose.EngineFailure.Missing;
import dev.rollbook.compose.EngineFailure.UnsuitableEngine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;

/**
 * One connection to one Docker Engine, in a version of the API that both speak.
 *
 * <p>JSON goes through as it is: docker-java's own classes lose fields of a container (stop signal,
 * masked paths, mount types) that must be there again when it is created anew.
 */
public final class DockerEngine implements AutoCloseable {

  private static final Duration ANSWERS_WITHIN = Duration.ofSeconds(30);
  private static final Duration CONNECTS_WITHIN = Duration.ofSeconds(10);
  private static final int MOST_CONNECTIONS = 64;

  private final URI host;
  private final DockerHttpClient http;
  private final EngineTrouble trouble;
  private final BoundedCalls calls;
  private JsonNode version;
  private ApiVersion api;
  private DockerClient client;

  private DockerEngine(URI host, Runnable whileWaiting) {
    this.host = host;
    this.http =
        new ZerodepDockerHttpClient.Builder()
            .dockerHost(host)
            .connectionTimeout(CONNECTS_WITHIN)
            .maxConnections(MOST_CONNECTIONS)
            .build();
    this.trouble = new EngineTrouble(host);
    this.calls = new BoundedCalls("docker-engine", trouble, whileWaiting, this::hangUp);
  }

  /**
   * Connects, and asks for the engine's version.
   *
   * @param host {@code unix:///var/run/docker.sock} or {@code tcp://host:2375}
   * @param whileWaiting called at least every second of every wait; what it throws ends the wait,
   *     and the call that was waited for
   * @throws EngineFailure in plain words
   */
  public static DockerEngine open(URI host, Runnable whileWaiting) {
    DockerEngine engine = new DockerEngine(host, whileWaiting);
    try {
      engine.agree();
      return engine;
    } catch (RuntimeException e) {
      engine.close();
      throw e;
    }
  }

  private void agree() {
    version = exchange("GET", "/version", null, CONNECTS_WITHIN);
    api = ApiVersion.agreed(host, version);
    client = DockerClientImpl.getInstance(new EngineSettings(host, api.forDockerJava()), http);
  }

  public URI host() {
    return host;
  }

  /** The engine's own answer to {@code GET /version}. */
  public JsonNode version() {
    return version;
  }

  ApiVersion api() {
    return api;
  }

  /** For use within {@link #call} only. */
  public DockerClient client() {
    return client;
  }

  /**
   * Runs one call on a thread of its own; what docker-java throws comes out as an {@link
   * EngineFailure}.
   *
   * @param what for a failure: {@code stop shop_1}
   * @throws EngineFailure.EngineUnreachable when the engine does not answer in time
   */
  public <T> T call(String what, Duration within, Callable<T> does) {
    return calls.call(what, within, does);
  }

  /**
   * @param path without version: {@code /containers/json?all=1}
   */
  public JsonNode get(String path) {
    return ask("GET", path, null, ANSWERS_WITHIN);
  }

  /** For answers of one JSON document after another, as of events in the past. */
  List<JsonNode> getLines(String path) {
    return call(
        "GET " + path,
        ANSWERS_WITHIN,
        () -> {
          try (MappingIterator<JsonNode> documents =
              Payloads.mapper()
                  .readerFor(JsonNode.class)
                  .readValues(new String(body("GET", "/v" + api + path, null), UTF_8))) {
            return documents.readAll();
          }
        });
  }

  /**
   * @param body null for none
   */
  public JsonNode post(String path, JsonNode body) {
    return post(path, body, ANSWERS_WITHIN);
  }

  /** For what may take long: stop, wait. */
  public JsonNode post(String path, JsonNode body, Duration within) {
    return ask("POST", path, body, within);
  }

  public void delete(String path) {
    ask("DELETE", path, null, ANSWERS_WITHIN);
  }

  /**
   * @param id or name
   */
  public JsonNode inspectContainer(String id) {
    return get("/containers/" + encoded(id) + "/json");
  }

  public Optional<JsonNode> findContainer(String id) {
    return found(() -> inspectContainer(id));
  }

  /**
   * @param reference {@code repository:tag}, {@code repository@sha256:…}, or an ID
   */
  public JsonNode inspectImage(String reference) {
    return get("/images/" + encoded(reference) + "/json");
  }

  public Optional<JsonNode> findImage(String reference) {
    return found(() -> inspectImage(reference));
  }

  private static Optional<JsonNode> found(Callable<JsonNode> asks) {
    try {
      return Optional.of(asks.call());
    } catch (Missing e) {
      return Optional.empty();
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** For use in a path or in a query. */
  static String encoded(String text) {
    return URLEncoder.encode(text, UTF_8)
        .replace("+", "%20")
        .replace("%2F", "/")
        .replace("%3A", ":")
        .replace("%40", "@");
  }

  private JsonNode ask(String method, String path, JsonNode body, Duration within) {
    return exchange(method, "/v" + api + path, body, within);
  }

  private JsonNode exchange(String method, String path, JsonNode body, Duration within) {
    return call(method + " " + path, within, () -> send(method, path, body));
  }

  private JsonNode send(String method, String path, JsonNode body) throws IOException {
    byte[] answer = body(method, path, body);
    return answer.length == 0 ? MissingNode.getInstance() : read(path, answer);
  }

  private byte[] body(String method, String path, JsonNode body) throws IOException {
    Request.Builder request = Request.builder().method(Request.Method.valueOf(method)).path(path);
    if (body != null) {
      request
          .putHeader("Content-Type", "application/json")
          .bodyBytes(Payloads.mapper().writeValueAsBytes(body));
    }
    try (Response response = http.execute(request.build())) {
      byte[] answer = response.getBody().readAllBytes();
      int status = response.getStatusCode();
      if (status >= 300) {
        throw trouble.refusal(status, new String(answer, UTF_8), null);
      }
      return answer;
    }
  }

  private JsonNode read(String path, byte[] answer) {
    try {
      return Payloads.mapper().readTree(answer);
    } catch (IOException e) {
      throw new UnsuitableEngine(
          "What answers at %s is not a Docker Engine: no JSON for %s; correct 'engine' or DOCKER_HOST"
              .formatted(host, path),
          e);
    }
  }

  private void hangUp() {
    try {
      http.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    calls.close();
    hangUp();
  }
}

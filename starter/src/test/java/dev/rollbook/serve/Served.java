package dev.rollbook.serve;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rollbook.Payloads;
import dev.rollbook.catalog.Catalog;
import dev.rollbook.catalog.InvalidCatalog;
import dev.rollbook.catalog.ServeSettings;
import dev.rollbook.catalog.ServeSettings.Limits;
import dev.rollbook.decision.AlertMapping;
import dev.rollbook.decision.AlertReception;
import dev.rollbook.decision.AlertWebhook;
import dev.rollbook.decision.RunLinks;
import dev.rollbook.decision.Watchdog;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The server with alerts taken in memory, and raw requests to it. */
final class Served implements AutoCloseable {

  static final String CATALOG =
      """
      version: 1
      alerts:
        allow: [orders, billing, shop]
        environment: production
        severities: {page: critical}
      services:
      """;

  private static final String SERVICE =
      "  %s: {environments: {production: {kind: compose, port: 1}, staging: {kind: compose, port: 1}}}\n";

  final InMemoryIntake intake = new InMemoryIntake();
  private final WebServer web;

  Served(Path folder, ServeSettings settings) throws IOException, InvalidCatalog {
    this(folder, settings, CATALOG);
  }

  /**
   * @param catalog down to its services
   */
  Served(Path folder, ServeSettings settings, String catalog) throws IOException, InvalidCatalog {
    Traffic traffic = new Traffic();
    Watchdog watchdog = new Watchdog(intake, Optional.empty(), Clock.systemUTC());
    new WatchdogMetrics(watchdog).register(traffic.registry());
    AlertReception reception =
        new AlertReception(
            new AlertMapping(catalog(folder, catalog)),
            intake,
            watchdog,
            new RunLinks(Optional.of(URI.create("https://temporal.example.com/")), "default"),
            Clock.systemUTC());
    List<Route> routes = new ArrayList<>(Site.routes(() -> true, traffic));
    routes.add(
        new Webhook(
                new AlertWebhook(reception, settings.limits().alerts()),
                new Signatures(settings.signature(), Clock.systemUTC()),
                traffic)
            .route(settings.limits().bodyBytes()));
    web = new WebServer(settings, routes, traffic);
    web.start();
  }

  static Served plain(Path folder) throws IOException, InvalidCatalog {
    return new Served(folder, settings(Limits.USUAL));
  }

  static ServeSettings settings(Limits limits) {
    return new ServeSettings(
        "127.0.0.1",
        0,
        Optional.empty(),
        Optional.empty(),
        Map.of(),
        Map.of(),
        Optional.empty(),
        limits);
  }

  static Limits limits(int bodyBytes, int connections, Duration request) {
    return new Limits(bodyBytes, 10_000, connections, request, Duration.ofSeconds(20));
  }

  private static Catalog catalog(Path folder, String head) throws IOException, InvalidCatalog {
    StringBuilder text = new StringBuilder(head);
    for (String service : List.of("orders", "billing", "shop", "secret")) {
      text.append(SERVICE.formatted(service));
    }
    return Catalog.read(Files.writeString(folder.resolve("rollbook.yaml"), text), Map.of());
  }

  URI url() {
    return web.url();
  }

  /** As it came, or as far as it came. */
  record Response(int status, String head, String body) {

    JsonNode json() {
      try {
        return Payloads.mapper().readTree(body);
      } catch (IOException e) {
        throw new UncheckedIOException(body, e);
      }
    }
  }

  static byte[] fixture(String name) throws IOException {
    try (InputStream in = Served.class.getResourceAsStream(name + ".json")) {
      return in.readAllBytes();
    }
  }

  Response post(byte[] body, String... headers) throws IOException {
    return post("application/json", body, headers);
  }

  Response post(String type, byte[] body, String... headers) throws IOException {
    String head =
        "POST /webhook/alertmanager HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: "
            + type
            + "\r\nContent-Length: "
            + body.length
            + "\r\n"
            + lines(headers)
            + "\r\n";
    Response response = send(head.getBytes(StandardCharsets.UTF_8), body);
    // a busy machine was late, not the intake: again, as an Alertmanager does
    for (int again = 0; again < 5 && response.status() == 503 && intake.answers(); again++) {
      response = send(head.getBytes(StandardCharsets.UTF_8), body);
    }
    return response;
  }

  Response get(String path, String... headers) throws IOException {
    return send(
        ("GET " + path + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + lines(headers) + "\r\n")
            .getBytes(StandardCharsets.UTF_8));
  }

  private static String lines(String... headers) {
    return headers.length == 0 ? "" : String.join("\r\n", headers) + "\r\n";
  }

  Socket connect() throws IOException {
    Socket socket = new Socket("127.0.0.1", url().getPort());
    socket.setSoTimeout(20_000);
    return socket;
  }

  /** Sends these and reads until the server closes. */
  Response send(byte[]... parts) throws IOException {
    try (Socket socket = connect()) {
      for (byte[] part : parts) {
        try {
          socket.getOutputStream().write(part);
        } catch (IOException e) {
          break; // it has heard enough, and has said so
        }
      }
      return read(socket);
    }
  }

  /** Until the server closes. */
  static Response read(Socket socket) {
    StringBuilder all = new StringBuilder();
    try {
      byte[] some = new byte[8192];
      for (int n = socket.getInputStream().read(some); n >= 0; ) {
        all.append(new String(some, 0, n, StandardCharsets.ISO_8859_1));
        n = socket.getInputStream().read(some);
      }
    } catch (SocketTimeoutException e) {
      throw new AssertionError("neither answered nor closed: " + all, e);
    } catch (IOException e) {
      // reset: what came, came
    }
    String text =
        new String(all.toString().getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    int end = text.indexOf("\r\n\r\n");
    return end < 0
        ? new Response(0, text, "")
        : new Response(
            Integer.parseInt(text.substring(9, 12)),
            text.substring(0, end),
            text.substring(end + 4));
  }

  @Override
  public void close() {
    web.close();
  }
}

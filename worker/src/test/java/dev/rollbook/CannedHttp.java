package dev.rollbook;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A real HTTP server on 127.0.0.1 that gives every request the same JSON, and remembers it. */
final class CannedHttp implements AutoCloseable {

  private final HttpServer server;
  private final byte[] answer;
  private final List<String> requests = new CopyOnWriteArrayList<>();

  private CannedHttp(HttpServer server, String answer) {
    this.server = server;
    this.answer = answer.getBytes(UTF_8);
  }

  static CannedHttp answering(String json) throws IOException {
    var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    CannedHttp canned = new CannedHttp(HttpServer.create(address, 0), json);
    canned.server.createContext("/", canned::answer);
    canned.server.start();
    return canned;
  }

  int port() {
    return server.getAddress().getPort();
  }

  /** Each as {@code METHOD path body}. */
  List<String> requests() {
    return requests;
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
      requests.add(exchange.getRequestMethod() + " " + exchange.getRequestURI() + " " + body);
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.sendResponseHeaders(200, answer.length);
      exchange.getResponseBody().write(answer);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}

package dev.rollbook.compose;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** As much of an image registry as it takes to push to it; it forgets everything but the names. */
final class PushedImages implements AutoCloseable {

  private final HttpServer server;
  private final Set<String> blobs = ConcurrentHashMap.newKeySet();
  private final AtomicInteger uploads = new AtomicInteger();

  PushedImages() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/v2/", this::answer);
    server.start();
  }

  String address() {
    return "127.0.0.1:" + server.getAddress().getPort();
  }

  private void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    byte[] body = exchange.getRequestBody().readAllBytes();
    String name = path.substring(path.lastIndexOf('/') + 1);
    switch (exchange.getRequestMethod()) {
      case "GET" -> end(exchange, path.equals("/v2/") ? 200 : 404, Map.of());
      case "HEAD" ->
          end(
              exchange,
              blobs.contains(name) ? 200 : 404,
              Map.of("Docker-Content-Digest", name, "Content-Length", "1"));
      case "POST" ->
          end(exchange, 202, Map.of("Location", path + uploads.incrementAndGet(), "Range", "0-0"));
      case "PATCH" ->
          end(exchange, 202, Map.of("Location", path, "Range", "0-" + (body.length - 1)));
      default -> {
        String query = String.valueOf(exchange.getRequestURI().getQuery());
        boolean manifest = path.contains("/manifests/");
        String digest = manifest ? digest(body) : query.replaceFirst(".*digest=", "");
        blobs.add(digest);
        end(exchange, 201, Map.of("Location", path, "Docker-Content-Digest", digest));
      }
    }
  }

  private static void end(HttpExchange exchange, int status, Map<String, String> headers)
      throws IOException {
    headers.forEach(exchange.getResponseHeaders()::set);
    exchange.sendResponseHeaders(status, -1);
    exchange.close();
  }

  private static String digest(byte[] manifest) {
    try {
      return "sha256:"
          + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(manifest));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}

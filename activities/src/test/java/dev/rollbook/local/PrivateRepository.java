package dev.rollbook.local;

import com.sun.net.httpserver.BasicAuthenticator;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;

/** A bare repository served as files over HTTP, as git's "dumb" protocol reads it, to one user. */
final class PrivateRepository implements AutoCloseable {

  private final Path bare;
  private final HttpServer server;

  PrivateRepository(Path bare, String user, String password) throws IOException {
    this.bare = bare;
    this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server
        .createContext("/library.git", this::answer)
        .setAuthenticator(
            new BasicAuthenticator("library") {
              @Override
              public boolean checkCredentials(String name, String word) {
                return name.equals(user) && word.equals(password);
              }
            });
    server.start();
  }

  String origin() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  String url() {
    return origin() + "/library.git";
  }

  private void answer(HttpExchange exchange) throws IOException {
    Path file = bare.resolve(exchange.getRequestURI().getPath().replaceFirst("^/library.git/", ""));
    try (exchange) {
      if (file.endsWith("info/refs")) {
        updateServerInfo();
      }
      if (Files.isRegularFile(file)) {
        byte[] content = Files.readAllBytes(file);
        exchange.sendResponseHeaders(200, content.length == 0 ? -1 : content.length);
        exchange.getResponseBody().write(content);
      } else {
        exchange.sendResponseHeaders(404, -1);
      }
    }
  }

  private void updateServerInfo() throws IOException {
    try {
      new ProcessBuilder("git", "update-server-info").directory(bare.toFile()).start().waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}

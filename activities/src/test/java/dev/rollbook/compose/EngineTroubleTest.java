package dev.rollbook.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import dev.rollbook.Payloads;
import dev.rollbook.compose.EngineFailure.EngineUnreachable;
import dev.rollbook.compose.EngineFailure.PermissionDenied;
import dev.rollbook.compose.EngineFailure.UnsuitableEngine;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is no engine, or none to work with, in plain words. */
@Timeout(60)
class EngineTroubleTest {

  private static final URI HOST = URI.create("tcp://engine:2375");

  @TempDir Path folder;

  @Test
  void says_that_a_connection_was_refused() {
    assertThatThrownBy(() -> DockerEngine.open(URI.create("tcp://127.0.0.1:1"), () -> {}))
        .isInstanceOf(EngineUnreachable.class)
        .hasMessageContaining("127.0.0.1:1")
        .hasMessageContaining("the connection was refused");
  }

  @Test
  void says_that_what_answers_is_no_engine() throws IOException {
    HttpServer other =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    other.createContext(
        "/",
        exchange -> {
          byte[] hello = "<html>hello</html>".getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, hello.length);
          exchange.getResponseBody().write(hello);
          exchange.close();
        });
    other.start();
    try {
      assertThatThrownBy(
              () ->
                  DockerEngine.open(
                      URI.create("tcp://127.0.0.1:" + other.getAddress().getPort()), () -> {}))
          .isInstanceOf(UnsuitableEngine.class)
          .hasMessageContaining("is not a Docker Engine");
    } finally {
      other.stop(0);
    }
  }

  @Test
  void says_whose_the_socket_is_and_what_to_do_when_it_is_denied() throws IOException {
    Path socket = Files.createFile(folder.resolve("docker.sock"));
    URI host = URI.create("unix://" + socket);

    RuntimeException said =
        new EngineTrouble(host).of("GET /version", new SocketException("Permission denied"));

    assertThat(said)
        .isInstanceOf(PermissionDenied.class)
        .hasMessageContaining(socket.toString())
        .hasMessageContaining("usermod -aG " + group(socket))
        .hasMessageContaining(System.getProperty("user.name"));
  }

  @Test
  void agrees_on_the_newest_version_that_both_speak() throws IOException {
    assertThat(agreed("1.41", "1.12")).isEqualTo("1.41");
    assertThat(agreed("1.44", "1.24")).isEqualTo("1.44");
    assertThat(agreed("1.52", "1.44")).isEqualTo("1.44");
    assertThat(agreed("1.60", "1.50")).isEqualTo("1.50");
    assertThat(ApiVersion.agreed(HOST, version("1.60", "1.50")).isNewerThanKnown()).isTrue();
    assertThatThrownBy(() -> agreed("1.23", "1.12"))
        .isInstanceOf(UnsuitableEngine.class)
        .hasMessageContaining("too old")
        .hasMessageContaining("1.23");
  }

  @Test
  void takes_the_catalogs_engine_before_the_workers_and_refuses_what_is_neither_kind() {
    DockerEngines engines = new DockerEngines(Map.of("DOCKER_HOST", "tcp://worker:2375"));
    DockerEngines ssh = new DockerEngines(Map.of("DOCKER_HOST", "ssh://worker"));

    assertThat(engines.host(Environments.with("unix:///run/own.sock")))
        .hasToString("unix:///run/own.sock");
    assertThat(engines.host(Environments.with(null))).hasToString("tcp://worker:2375");
    assertThat(new DockerEngines(Map.of()).host(Environments.with(null)))
        .hasToString("unix:///var/run/docker.sock");
    assertThatThrownBy(() -> ssh.host(Environments.with(null)))
        .isInstanceOf(UnsuitableEngine.class)
        .hasMessageContaining("ssh://worker");
  }

  private static String agreed(String newest, String oldest) throws IOException {
    return ApiVersion.agreed(HOST, version(newest, oldest)).toString();
  }

  private static JsonNode version(String newest, String oldest) throws IOException {
    return Payloads.mapper()
        .readTree("{\"ApiVersion\":\"%s\",\"MinAPIVersion\":\"%s\"}".formatted(newest, oldest));
  }

  private static String group(Path file) throws IOException {
    return Files.getAttribute(file, "posix:group").toString();
  }

  /** Only the engine matters here. */
  private static final class Environments {
    static ComposeEnvironment with(String engine) {
      return new ComposeEnvironment(
          java.util.Optional.ofNullable(engine).map(URI::create),
          java.util.Optional.empty(),
          "shop",
          ComposePin.Pin.EDIT,
          java.util.Optional.empty(),
          java.util.Optional.empty(),
          java.util.Optional.empty(),
          java.time.Duration.ZERO,
          null,
          java.util.List.of(),
          Map.of(),
          null,
          java.util.List.of(),
          java.util.List.of(),
          java.time.Duration.ZERO);
    }
  }
}

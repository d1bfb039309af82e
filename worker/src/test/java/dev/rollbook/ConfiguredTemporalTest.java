package dev.rollbook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.temporal.testserver.TestServer;
import io.temporal.testserver.TestServer.PortBoundTestServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class ConfiguredTemporalTest {

  @TempDir Path directory;
  private Path file;

  @BeforeEach
  void empty_configuration() throws IOException {
    file = Files.createFile(directory.resolve("temporal.toml"));
  }

  @Test
  void nothing_is_configured_without_an_address_or_a_profile() {
    assertThat(ConfiguredTemporal.in(with())).isEmpty();
    assertThat(ConfiguredTemporal.in(with("TEMPORAL_NAMESPACE", "prod"))).isEmpty();
    assertThat(ConfiguredTemporal.in(with("TEMPORAL_ADDRESS", " "))).isEmpty();
  }

  @Test
  void an_address_alone_is_enough() {
    assertThat(described(with("TEMPORAL_ADDRESS", "10.0.0.1:7233")))
        .isEqualTo("Temporal at 10.0.0.1:7233, namespace default, profile default");
  }

  @Test
  void the_default_profile_of_the_file_counts_when_it_has_an_address() throws IOException {
    Files.writeString(file, "[profile.default]\nnamespace = \"shop\"\n");
    assertThat(ConfiguredTemporal.in(with())).isEmpty();

    Files.writeString(file, "[profile.default]\naddress = \"t:7233\"\nnamespace = \"shop\"\n");
    assertThat(described(with())).isEqualTo("Temporal at t:7233, namespace shop, profile default");
  }

  @Test
  void a_profile_is_named_and_its_key_is_never_shown() throws IOException {
    Files.writeString(file, "[profile.prod]\naddress = \"t:7233\"\napi_key = \"very-secret\"\n");

    assertThat(described(with("TEMPORAL_PROFILE", "prod")))
        .isEqualTo("Temporal at t:7233, namespace default, profile prod");
  }

  @Test
  void a_profile_that_does_not_exist_is_an_error_that_names_it() throws IOException {
    assertThatThrownBy(() -> ConfiguredTemporal.in(with("TEMPORAL_PROFILE", "prod")))
        .hasMessageContaining("no profile prod");

    Files.writeString(file, "[profile.default]\naddress = \"t:7233\"\n");
    assertThatThrownBy(() -> ConfiguredTemporal.in(with("TEMPORAL_PROFILE", "prod")))
        .hasMessageContaining("Unable to find profile prod")
        .hasMessageContaining(file.toString());
  }

  @Test
  void a_file_that_does_not_exist_is_an_error_that_names_it() {
    assertThatThrownBy(
            () -> ConfiguredTemporal.in(with("TEMPORAL_CONFIG_FILE", directory + "/nowhere.toml")))
        .hasMessageContaining("nowhere.toml, which cannot be read");
  }

  @Test
  void a_server_that_refuses_is_told_at_once_with_the_way_out() throws IOException {
    // taken, and nobody listens
    try (Socket held = new Socket()) {
      held.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      int port = held.getLocalPort();
      Map<String, String> refusing = with("TEMPORAL_ADDRESS", "127.0.0.1:" + port);
      // the first connection of a JVM takes seconds on a busy machine
      catchThrowable(() -> open(refusing));
      Instant start = Instant.now();

      assertThatThrownBy(() -> open(refusing))
          .hasMessageStartingWith(
              "Temporal at 127.0.0.1:%d, namespace default, profile default does not answer", port)
          .hasMessageContaining("unset TEMPORAL_ADDRESS and TEMPORAL_PROFILE");
      assertThat(Duration.between(start, Instant.now())).isLessThan(Duration.ofSeconds(5));
    }
  }

  @Test
  void a_server_that_says_nothing_is_given_up() throws IOException {
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      ConfiguredTemporal temporal =
          ConfiguredTemporal.in(with("TEMPORAL_ADDRESS", "127.0.0.1:" + silent.getLocalPort()))
              .orElseThrow();

      assertThatThrownBy(temporal::open).hasMessageContaining("(nothing within 10 s)");
    }
  }

  @Test
  void an_error_never_shows_the_api_key() throws IOException {
    int port = freePort();

    assertThatThrownBy(
            () ->
                open(
                    with(
                        "TEMPORAL_ADDRESS",
                        "127.0.0.1:" + port,
                        "TEMPORAL_API_KEY",
                        "very-secret")))
        .satisfies(
            e -> {
              for (Throwable each = e; each != null; each = each.getCause()) {
                assertThat(each.toString()).doesNotContain("very-secret");
              }
            });
  }

  @Test
  void a_server_that_answers_is_connected_and_gets_its_search_attributes_twice()
      throws IOException {
    int port = freePort();
    PortBoundTestServer server = TestServer.createPortBoundServer(port);
    try (ServiceConnection connection = open(with("TEMPORAL_ADDRESS", "127.0.0.1:" + port))) {
      SearchAttributeRegistration.ensure(connection.service(), "default");
      SearchAttributeRegistration.ensure(connection.service(), "default");
    } finally {
      server.close();
    }
  }

  private static ServiceConnection open(Map<String, String> environment) {
    return ConfiguredTemporal.in(environment).orElseThrow().open();
  }

  private static String described(Map<String, String> environment) {
    return ConfiguredTemporal.in(environment).orElseThrow().describe();
  }

  private Map<String, String> with(String... settings) {
    Map<String, String> environment = new HashMap<>();
    environment.put("TEMPORAL_CONFIG_FILE", file.toString());
    for (int i = 0; i < settings.length; i += 2) {
      environment.put(settings[i], settings[i + 1]);
    }
    return environment;
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}

package dev.rollbook.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.rollbook.Secret;
import dev.rollbook.catalog.ServeSettings;
import dev.rollbook.catalog.ServeSettings.Limits;
import dev.rollbook.catalog.ServeSettings.Tls;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who is let in, and who is not even listened to. */
@Timeout(300)
class ServeAuthenticationTest {

  private static final String OLD = "old-token-0123456789";
  private static final String NEW = "new-token-0123456789";
  private static final String PASSWORD = "p:äss-0123456789";

  @TempDir Path folder;
  private Path oldToken;
  private Path newToken;

  @BeforeEach
  void writeTokens() throws Exception {
    oldToken = Files.writeString(folder.resolve("old"), OLD + "\n");
    newToken = Files.writeString(folder.resolve("new"), NEW + "\n");
  }

  private static Secret secret(Path file) {
    return new Secret("file:" + file, Map.of());
  }

  private ServeSettings settings(String address, Optional<Tls> tls) throws Exception {
    Path password = Files.writeString(folder.resolve("password"), PASSWORD);
    return new ServeSettings(
        address,
        0,
        Optional.empty(),
        tls,
        Map.of("t2", secret(newToken), "t1", secret(oldToken)),
        Map.of("alertmanager", secret(password)),
        Optional.empty(),
        Limits.USUAL);
  }

  private Served served() throws Exception {
    return new Served(folder, settings("127.0.0.1", Optional.empty()));
  }

  private static String basic(String userAndPassword) {
    return "Authorization: Basic "
        + Base64.getEncoder().encodeToString(userAndPassword.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void both_tokens_are_good_until_one_is_taken_away() throws Exception {
    byte[] body = Served.fixture("firing-bearer-auth");
    try (Served served = served()) {
      assertThat(served.post(body, "Authorization: Bearer " + OLD).status()).isEqualTo(200);
      assertThat(served.post(body, "authorization: bearer " + NEW).status()).isEqualTo(200);

      Files.writeString(oldToken, "another-token-0123456789");

      assertThat(served.post(body, "Authorization: Bearer " + OLD).status()).isEqualTo(401);
      assertThat(served.post(body, "Authorization: Bearer " + NEW).status()).isEqualTo(200);

      Files.delete(oldToken);

      assertThat(served.post(body, "Authorization: Bearer " + NEW).status()).isEqualTo(200);
      assertThat(served.post(body, "Authorization: Bearer ").status()).isEqualTo(401);
    }
  }

  @Test
  void a_user_has_one_password_which_may_hold_any_character() throws Exception {
    byte[] body = Served.fixture("firing-basic-auth");
    try (Served served = served()) {
      assertThat(served.post(body, basic("alertmanager:" + PASSWORD)).status()).isEqualTo(200);
      assertThat(served.post(body, basic("other:" + PASSWORD)).status()).isEqualTo(401);
      assertThat(served.post(body, basic("alertmanager:")).status()).isEqualTo(401);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "X: y",
        "Authorization: Bearer wrong-token-0123456789",
        "Authorization: Bearer " + OLD + "x",
        "Authorization: Bearer",
        "Authorization: " + OLD,
        "Authorization: Basic %%%",
        "Authorization: Basic " + OLD,
        "Authorization: Digest username=alertmanager",
        "Authorization: Bearer " + OLD + "\r\nAuthorization: Bearer " + OLD,
        "Authorization: Bearer " + OLD + ", Bearer " + NEW
      })
  void a_stranger_is_sent_away_unheard(String header) throws Exception {
    try (Served served = served()) {
      Served.Response response = served.post("no json".getBytes(StandardCharsets.UTF_8), header);

      assertThat(response.status()).isEqualTo(401);
      assertThat(response.head())
          .contains("WWW-Authenticate: Bearer realm=\"rollbook\"", "Connection: close");
      assertThat(response.body()).doesNotContain("token-0123456789");
      assertThat(served.get("/metrics", header).status()).isEqualTo(401);
      assertThat(served.get("/health", header).status()).isEqualTo(200);
      assertThat(served.get("/ready", header).status()).isEqualTo(200);
    }
  }

  @Test
  void a_body_of_a_stranger_is_not_waited_for() throws Exception {
    String head =
        "POST /webhook/alertmanager HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
            + "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n";
    try (Served served = served()) {
      Served.Response response = served.send(head.getBytes(StandardCharsets.US_ASCII));

      assertThat(response.status()).isEqualTo(401);
      assertThat(response.head()).doesNotContain("100 Continue");
    }
  }

  @Test
  void it_does_not_listen_to_everybody() throws Exception {
    ServeSettings open =
        new ServeSettings(
            "0.0.0.0",
            0,
            Optional.empty(),
            Optional.empty(),
            Map.of(),
            Map.of(),
            Optional.empty(),
            Limits.USUAL);

    assertThatThrownBy(() -> WebServer.check(open))
        .hasMessageContaining("serve.address 0.0.0.0 is reached from elsewhere")
        .hasMessageContaining("serve.bearer, serve.basic or serve.tls.clients");
    WebServer.check(settings("0.0.0.0", Optional.empty()));
  }

  @Test
  void a_token_that_is_missing_or_short_is_told_before_anything_is_served() throws Exception {
    Files.writeString(oldToken, "short");
    assertThatThrownBy(() -> WebServer.check(settings("127.0.0.1", Optional.empty())))
        .hasMessageContaining("serve.bearer.t1 is shorter than 16 characters")
        .hasMessageNotContaining("short\n");
    Files.delete(oldToken);
    assertThatThrownBy(() -> WebServer.check(settings("127.0.0.1", Optional.empty())))
        .hasMessageContaining("file " + oldToken + " cannot be read");
  }

  @Test
  void a_certificate_of_a_known_client_is_enough_and_a_strangers_is_not() throws Exception {
    Certificates certificates = new Certificates(folder);
    Path client = certificates.make("client");
    Tls tls =
        new Tls(
            certificates.pem(certificates.make("server")),
            Optional.of(certificates.key(certificates.make("server"))),
            Optional.empty(),
            Optional.of(certificates.pem(client)));
    byte[] body = Served.fixture("firing-mtls");
    try (Served served = new Served(folder, settings("127.0.0.1", Optional.of(tls)))) {
      assertThat(certificates.post(served.url(), Optional.of(client), body)).isEqualTo(200);
      assertThat(certificates.post(served.url(), Optional.empty(), body)).isEqualTo(401);
      assertThat(
              certificates.post(
                  served.url(), Optional.empty(), body, "Authorization", "Bearer " + NEW))
          .isEqualTo(200);
      assertThat(letsIn(certificates, served, certificates.make("eve"), body)).isFalse();
      assertThat(served.post(body).status()).as("plain HTTP").isIn(0, 400);
    }
  }

  /** A client may see that its certificate is not wanted, and show none; or be cut off. */
  private static boolean letsIn(Certificates certificates, Served served, Path client, byte[] body)
      throws Exception {
    try {
      return certificates.post(served.url(), Optional.of(client), body) != 401;
    } catch (IOException handshake) {
      return false;
    }
  }

  @Test
  void a_pkcs12_file_does_as_well() throws Exception {
    Certificates certificates = new Certificates(folder);
    Tls tls =
        new Tls(
            certificates.make("server"),
            Optional.empty(),
            Optional.of(new Secret(Certificates.PASSWORD, Map.of())),
            Optional.empty());
    try (Served served = new Served(folder, settings("127.0.0.1", Optional.of(tls)))) {
      assertThat(
              certificates.post(
                  served.url(),
                  Optional.empty(),
                  Served.fixture("firing-mtls"),
                  "Authorization",
                  "Bearer " + NEW))
          .isEqualTo(200);
    }
  }

  @Test
  void a_renewed_certificate_is_served_without_a_restart() throws Exception {
    Certificates certificates = new Certificates(folder);
    Path pem = certificates.pem(certificates.make("server"));
    Path key = certificates.key(certificates.make("server"));
    Path renewed = certificates.make("renewed");
    Tls tls = new Tls(pem, Optional.of(key), Optional.empty(), Optional.empty());
    ServeSettings settings = settings("127.0.0.1", Optional.of(tls));
    try (Served served = new Served(folder, settings)) {
      assertThat(Certificates.subject(served.url())).isEqualTo("CN=server");

      Files.copy(certificates.key(renewed), key, StandardCopyOption.REPLACE_EXISTING);
      assertThatThrownBy(() -> WebServer.check(settings))
          .hasMessageContaining(pem + " cannot be used: its key is not the one in " + key);
      assertThat(Certificates.subject(served.url())).isEqualTo("CN=server");

      Files.copy(certificates.pem(renewed), pem, StandardCopyOption.REPLACE_EXISTING);
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> Certificates.subject(served.url()).equals("CN=renewed"));
    }
  }

  @Test
  void a_certificate_that_cannot_be_used_is_told_by_its_file() throws Exception {
    Path none = Files.writeString(folder.resolve("none.pem"), "nothing");
    Tls tls = new Tls(none, Optional.of(none), Optional.empty(), Optional.empty());

    assertThatThrownBy(() -> WebServer.check(settings("127.0.0.1", Optional.of(tls))))
        .hasMessageContaining(none + " cannot be used: no unencrypted PKCS8 key in it");
  }
}

package dev.rollbook.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.FreePort;
import dev.rollbook.Severity;
import dev.rollbook.catalog.Catalog;
import dev.rollbook.catalog.ServeSettings;
import dev.rollbook.decision.NeedsAlertmanager;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real Alertmanager before the server, over TLS, with {@code docs/alertmanager}'s configuration
 * and the other two ways to be let in that {@code docs/alertmanager.md} names.
 */
@NeedsAlertmanager
@Timeout(300)
class AlertmanagerLetInIT {

  private static final Path EXAMPLE = Path.of("..", "docs", "alertmanager", "alertmanager.yml");

  private static final String ALERT =
      """
      [{"labels": {"alertname": "ServiceDown", "rollback": "true", "severity": "critical",
        "service": "orders", "environment": "production"}}]
      """;

  @TempDir Path folder;
  private final HttpClient http = HttpClient.newHttpClient();
  private Certificates certificates;
  private Process alertmanager;

  @BeforeEach
  void certificates() throws Exception {
    certificates = new Certificates(folder);
    certificates.pem(certificates.make("server"));
    certificates.key(certificates.make("server"));
  }

  @AfterEach
  void stop() throws Exception {
    if (alertmanager != null) {
      alertmanager.destroyForcibly().waitFor();
    }
  }

  @Test
  void a_password_lets_it_in_and_a_wrong_one_does_not() throws Exception {
    Files.writeString(folder.resolve("password"), "p:äss-0123456789");
    Path shown = Files.writeString(folder.resolve("shown"), "another-0123456789");
    try (Served served =
        served("", "basic: {alertmanager: \"file:%s/password\"}".formatted(folder))) {
      fires(served, "basic_auth: {username: alertmanager, password_file: %s}".formatted(shown), "");
      refused("unexpected status code 401");
      assertThat(served.intake.taken).isEmpty();

      Files.copy(folder.resolve("password"), shown, StandardCopyOption.REPLACE_EXISTING);

      isTaken(served);
    }
  }

  @Test
  void a_certificate_lets_it_in_and_a_strangers_does_not() throws Exception {
    Path known = certificates.make("client");
    Path pem = certificates.pem(certificates.make("eve"));
    Path key = certificates.key(certificates.make("eve"));
    certificates.pem(known);
    try (Served served = served(", clients: client.pem", "")) {
      fires(served, "", "cert_file: %s, key_file: %s, ".formatted(pem, key));
      refused("tls: ");
      assertThat(served.intake.taken).isEmpty();

      Files.copy(certificates.key(known), key, StandardCopyOption.REPLACE_EXISTING);
      Files.copy(certificates.pem(known), pem, StandardCopyOption.REPLACE_EXISTING);

      isTaken(served);
    }
  }

  /**
   * @param clients of the catalog's {@code serve.tls}
   * @param passwords of its {@code serve}
   */
  private Served served(String clients, String passwords) throws Exception {
    Path catalog =
        Files.writeString(
            folder.resolve("served.yaml"),
            """
            version: 1
            serve:
              port: %d
              tls: {certificate: server.pem, key: server.key%s}
              %s
            services: {orders: {environments: {production: {kind: compose, port: 1}}}}
            """
                .formatted(FreePort.any(), clients, passwords));
    ServeSettings settings = Catalog.read(catalog, Map.of()).serve();
    return new Served(folder, settings);
  }

  /**
   * @param basicAuth in place of the example's token
   * @param clientCertificate besides the example's authority
   */
  private void fires(Served served, String basicAuth, String clientCertificate) throws Exception {
    int port = FreePort.any();
    Files.writeString(
        folder.resolve("alertmanager.yml"),
        Files.readString(EXAMPLE)
            .replace("https://rollbook.internal:8443", served.url().toString())
            .replaceAll("authorization:\\s+credentials_file: \\S+", basicAuth)
            .replaceAll(
                "tls_config:\\s+ca_file: \\S+",
                "tls_config: {%sca_file: %s}"
                    .formatted(clientCertificate, folder.resolve("server.pem")))
            .replace("group_interval: 1m", "group_interval: 2s"));
    alertmanager =
        new ProcessBuilder(
                "prometheus-alertmanager",
                "--config.file=" + folder.resolve("alertmanager.yml"),
                "--storage.path=" + folder.resolve("alertmanager"),
                "--web.listen-address=127.0.0.1:" + port,
                "--cluster.listen-address=")
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log().toFile())
            .start();
    HttpRequest alert =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/api/v2/alerts"))
            .header("Content-Type", "application/json")
            .timeout(Duration.ofSeconds(20))
            .POST(HttpRequest.BodyPublishers.ofString(ALERT))
            .build();
    await("a manager that takes it")
        .atMost(Duration.ofSeconds(60))
        .ignoreExceptions()
        .until(() -> http.send(alert, BodyHandlers.discarding()).statusCode() == 200);
  }

  private void refused(String why) {
    await("a refusal")
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () ->
                assertThat(Files.readAllLines(log()))
                    .anyMatch(line -> line.contains("rollbook") && line.contains(why)));
  }

  private void isTaken(Served served) throws IOException {
    await("the alert").atMost(Duration.ofSeconds(60)).until(() -> !served.intake.taken.isEmpty());
    assertThat(served.intake.taken.get(0).service())
        .as(Files.readString(log()))
        .isEqualTo("orders");
    assertThat(served.intake.taken.get(0).severity()).isEqualTo(Severity.CRITICAL);
  }

  private Path log() {
    return folder.resolve("alertmanager.log");
  }
}

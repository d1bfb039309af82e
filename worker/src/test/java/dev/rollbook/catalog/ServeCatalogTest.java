package dev.rollbook.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.Severity;
import dev.rollbook.catalog.ServeSettings.Limits;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** How the server is reached, and which alerts may roll back. */
@Timeout(60)
class ServeCatalogTest {

  @TempDir Path folder;
  Catalogs catalogs;

  @BeforeEach
  void open() {
    catalogs = new Catalogs(folder);
  }

  /** The first of the lines is line 1. */
  private List<String> linesWith(String top) {
    return catalogs.lines(top + Catalogs.SHORTEST).stream()
        .map(line -> line.replace("rollbook.yaml:", ""))
        .toList();
  }

  @Test
  void left_out_it_listens_on_this_machine_and_no_alert_rolls_back() throws Exception {
    Catalog catalog = catalogs.read(Catalogs.SHORTEST);

    assertThat(catalog.serve())
        .isEqualTo(
            new ServeSettings(
                "127.0.0.1",
                8090,
                Optional.empty(),
                Optional.empty(),
                Map.of(),
                Map.of(),
                Optional.empty(),
                Limits.USUAL));
    assertThat(catalog.serve().authenticates()).isFalse();
    assertThat(catalog.alerts().allow()).isEmpty();
    assertThat(catalog.alerts().environment()).isEmpty();
    assertThat(catalog.alerts().severity(" CRITICAL ")).contains(Severity.CRITICAL);
    assertThat(catalog.alerts().severity("warning")).isEmpty();
  }

  @Test
  void the_example_serves_over_tls_and_hides_its_secrets() throws Exception {
    Catalog example = Catalog.read(Catalogs.EXAMPLE, Map.of());
    ServeSettings serve = example.serve();

    assertThat(serve.address()).isEqualTo("0.0.0.0");
    assertThat(serve.authenticates()).isTrue();
    assertThat(serve.ui()).contains(URI.create("https://temporal.example.com"));
    assertThat(serve.tls().orElseThrow().certificate())
        .isEqualTo(example.folder().resolve("tls/server.pem"));
    assertThat(serve.bearer()).containsOnlyKeys("t1", "t2");
    assertThat(serve.basic()).containsOnlyKeys("alertmanager");
    assertThat(serve.signature().orElseThrow().timestamp())
        .contains("X-Grafana-Alerting-Timestamp");
    assertThat(serve.toString()).doesNotContain("alertmanager-token", "grafana-hmac");
    assertThat(example.secrets()).containsAll(serve.bearer().values());
    assertThat(example.alerts().allow()).containsExactly("shopping-service");
    assertThat(example.alerts().environment()).contains("production");
    assertThat(example.alerts().severity("Page")).contains(Severity.CRITICAL);
    assertThat(example.alerts().severity("low")).contains(Severity.LOW);
  }

  @Test
  void the_defaults_that_editors_show_are_the_defaults() throws Exception {
    JsonNode schema = new CatalogSchema().json();
    StringBuilder text = new StringBuilder("serve:\n  limits:\n");
    defaults(schema.at("/properties/serve/properties/limits"), text, "    ");
    defaults(schema.at("/properties/serve"), text, "  ");
    text.append("alerts:\n  allow: []\n  labels:\n");
    defaults(schema.at("/properties/alerts/properties/labels"), text, "    ");

    Catalog written = catalogs.read(text + Catalogs.SHORTEST);
    Catalog left = catalogs.read(Catalogs.SHORTEST);

    assertThat(text.toString()).contains("idle: ", "port: ", "environment: ");
    assertThat(written.serve()).isEqualTo(left.serve());
    assertThat(written.alerts()).isEqualTo(left.alerts());
  }

  private static void defaults(JsonNode mapping, StringBuilder text, String indent) {
    mapping.path("properties").properties().stream()
        .filter(key -> key.getValue().has("default"))
        .forEach(
            key ->
                text.append(indent)
                    .append(key.getKey())
                    .append(": ")
                    .append(key.getValue().path("default"))
                    .append("\n"));
  }

  @Test
  void everything_that_is_wrong_with_serve_is_told_with_what_to_write() {
    String top =
        """
        serve:
          address: "http://x"
          port: 0
          tls: {certificate: a.pem, password: abc}
          bearer: {t1: literal, T2: "${env:X}"}
          basic: {}
          limits: {body: 1GB, alerts: 0, request: 10, idel: 5s}
        """;

    assertThat(linesWith(top))
        .containsExactly(
            "2:12: serve.address: not an address: write 127.0.0.1, 0.0.0.0 or a host's name",
            "3:9: serve.port: must be from 1 to 65535",
            "4:22: serve.tls.certificate: a PEM file needs its 'key'",
            "4:39: serve.tls.password: a secret must not stand here; write ${env:NAME} or"
                + " file:/path",
            "5:16: serve.bearer.t1: a secret must not stand here; write ${env:NAME} or file:/path",
            "5:25: serve.bearer.T2: names are lower-case letters, digits and '-', at most 63, and"
                + " begin with a letter or digit",
            "6:10: serve.basic: must not be empty",
            "7:18: serve.limits.body: must be from 1B to 64MB",
            "7:31: serve.limits.alerts: must be from 1 to 100000",
            "7:43: serve.limits.request: a duration needs its unit: 30s, 10m, 2h, 1m30s, 500ms or"
                + " PT10M, found a whole number",
            "7:47: serve.limits: unknown key 'idel'. Did you mean 'idle'? Allowed: body, alerts,"
                + " connections, request, idle");
    assertThat(linesWith("serve: {tls: {certificate: a.p12, key: a.key}}\n"))
        .containsExactly("1:40: serve.tls.key: a PKCS12 file has the key in it");
  }

  @Test
  void everything_that_is_wrong_with_alerts_is_told_with_what_to_write() {
    String top =
        """
        alerts:
          allow: [shop, shpo]
          labels: {servise: app, severity: ""}
          environment: locl
          severities: {page: urgent}
        """;

    assertThat(linesWith(top))
        .containsExactly(
            "2:17: alerts.allow[1]: no such service. Did you mean 'shop'? There are: shop",
            "3:12: alerts.labels: unknown key 'servise'. Did you mean 'service'? Allowed: service,"
                + " environment, severity",
            "3:36: alerts.labels.severity: must not be empty",
            "4:16: alerts.environment: no service has this environment. Did you mean 'local'?"
                + " There are: local",
            "5:22: alerts.severities.page: 'urgent' is not known. Allowed: critical, high, medium,"
                + " low");
    assertThat(linesWith("alerts: {}\n"))
        .containsExactly(
            "1:1: alerts: missing key 'allow' (the services that alerts may roll back)");
  }
}

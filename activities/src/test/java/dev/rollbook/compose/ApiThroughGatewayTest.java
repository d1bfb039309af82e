package dev.rollbook.compose;

import static dev.rollbook.compose.LabelledContainers.docker;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.rollbook.Redaction;
import dev.rollbook.StepReport;
import dev.rollbook.verification.HealthCheck;
import dev.rollbook.verification.HttpCheck;
import dev.rollbook.verification.HttpHealth;
import dev.rollbook.verification.ServiceChecks;
import io.temporal.failure.ApplicationFailure;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** B8: the same API asked at the service itself and through a gateway, both in containers. */
@NeedsDocker
@Timeout(120)
class ApiThroughGatewayTest {

  private static final String FORWARD =
      """
      #!/bin/sh
      if body=$(wget -qO- "http://shop:8083/api/v1$PATH_INFO"); then
        printf 'Content-Type: application/json\\r\\n\\r\\n%s' "$body"
      else
        printf 'Status: 502 Bad Gateway\\r\\n\\r\\n{"error":"shop did not answer"}'
      fi
      """;

  private final LabelledContainers shop = new LabelledContainers();
  private String direct;
  private String gateway;

  @BeforeEach
  void serve() throws IOException {
    String network = shop.network();
    String service =
        shop.run(
            "mkdir -p /www/api/v1; echo '[{\"id\":1}]' >/www/api/v1/products; httpd -f -p 8083 -h /www",
            "--network",
            network,
            "--network-alias",
            "shop",
            "--publish",
            "127.0.0.1::8083");
    String proxy =
        shop.runAs(
            "gateway",
            1,
            "mkdir -p /www/cgi-bin; printf '%s\\n' \"$FORWARD\" >/www/cgi-bin/shopping; chmod +x /www/cgi-bin/shopping; httpd -f -p 8080 -h /www",
            "--env",
            "FORWARD=" + FORWARD,
            "--network",
            network,
            "--publish",
            "127.0.0.1::8080");
    direct = "http://" + address(service, 8083);
    gateway = "http://" + address(proxy, 8080);
  }

  @AfterEach
  void close() throws IOException {
    shop.close();
  }

  @Test
  void both_ways_pass_and_the_report_names_them() {
    assertThat(
            verify(
                    check("direct", direct + "/api/v1/products"),
                    check("through the gateway", gateway + "/cgi-bin/shopping/products"))
                .evidence())
        .contains("passed: direct: GET " + direct)
        .contains("passed: through the gateway: GET " + gateway);
  }

  @Test
  void the_one_that_fails_is_named_with_the_first_bytes_of_its_answer() {
    assertThatThrownBy(
            () ->
                verify(
                    check("direct", direct + "/api/v1/products"),
                    check("through the gateway", gateway + "/cgi-bin/shopping/nothing")))
        .isInstanceOfSatisfying(
            ApplicationFailure.class,
            failure -> assertThat(failure.getType()).isEqualTo("CheckFailed"))
        .hasMessageContaining("1 of 2 checks failed")
        .hasMessageContaining("passed: direct")
        .hasMessageContaining(
            "FAILED: through the gateway: GET "
                + gateway
                + "/cgi-bin/shopping/nothing: expected 200, got 502; the answer begins: {\"error\":\"shop did not");
  }

  private StepReport verify(HttpCheck... checks) {
    HealthCheck health =
        new HealthCheck(
            URI.create(direct),
            1,
            Duration.ofMillis(100),
            Duration.ofSeconds(5),
            Duration.ofSeconds(5),
            Map.of());
    return new HttpHealth(
            (service, place) -> new ServiceChecks(health, List.of(checks)),
            Redaction.NONE,
            () -> shop::beat,
            () -> 1)
        .verify(shop.pinned());
  }

  private static HttpCheck check(String name, String url) {
    return new HttpCheck(
        name,
        URI.create(url),
        200,
        Optional.of("/0/id"),
        Optional.of("1"),
        Duration.ofSeconds(30),
        Map.of());
  }

  private static String address(String container, int port) throws IOException {
    String address = docker("port", container, port + "/tcp").lines().findFirst().orElseThrow();
    int published = Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> docker("exec", container, "netstat", "-lnt").contains(":" + port));
    await()
        .atMost(Duration.ofSeconds(20))
        .ignoreExceptions()
        .until(
            () -> {
              try (Socket socket = new Socket("127.0.0.1", published)) {
                return socket.isConnected();
              }
            });
    return "127.0.0.1:" + published;
  }
}

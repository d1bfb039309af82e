package dev.rollbook.decision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import dev.rollbook.FreePort;
import dev.rollbook.PinnedService;
import dev.rollbook.Redaction;
import dev.rollbook.Severity;
import dev.rollbook.Version;
import dev.rollbook.catalog.Catalog;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The queries that are shipped, asked of a real Prometheus about what Spring Boot would tell. */
@NeedsAlertmanager
@Timeout(400)
class PrometheusMetricsIT {

  private static final String SERIES =
      """
      http_server_requests_seconds_count{version="v3",status="500",uri="/orders"} %1$d
      http_server_requests_seconds_count{version="v3",status="200",uri="/orders"} %2$d
      http_server_requests_seconds_count{version="v2",status="200",uri="/orders"} %3$d
      http_server_requests_seconds_count{version="v3",status="503",uri="/actuator/health"} %3$d
      http_server_requests_seconds_bucket{version="v3",uri="/orders",le="1.0"} %2$d
      http_server_requests_seconds_bucket{version="v3",uri="/orders",le="10.0"} %4$d
      http_server_requests_seconds_bucket{version="v3",uri="/orders",le="+Inf"} %4$d
      """;

  @TempDir Path folder;
  private final AtomicLong failed = new AtomicLong();
  private final AtomicLong answered = new AtomicLong();
  private final AtomicLong scraped = new AtomicLong();
  private volatile int failsEach = 8;
  private volatile int answersEach = 1;
  private HttpServer service;
  private Process prometheus;
  private PrometheusMetrics metrics;

  @BeforeEach
  void start() throws Exception {
    service = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    service.createContext(
        "/metrics",
        exchange -> {
          long bad = failed.addAndGet(failsEach);
          long good = answered.addAndGet(answersEach);
          byte[] series =
              SERIES
                  .formatted(bad, good, scraped.incrementAndGet(), bad + good)
                  .getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, series.length);
          exchange.getResponseBody().write(series);
          exchange.close();
        });
    service.start();
    int port = FreePort.any();
    Files.writeString(
        folder.resolve("prometheus.yml"),
        """
        global: {scrape_interval: 1s, scrape_timeout: 1s}
        scrape_configs:
        - job_name: shop
          static_configs:
          - targets: ['127.0.0.1:%d']
            labels: {application: shop, environment: local}
        """
            .formatted(service.getAddress().getPort()));
    prometheus =
        new ProcessBuilder(
                "prometheus",
                "--config.file=" + folder.resolve("prometheus.yml"),
                "--storage.tsdb.path=" + folder.resolve("tsdb"),
                "--web.listen-address=127.0.0.1:" + port)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("prometheus.log").toFile())
            .start();
    Catalog catalog =
        Catalog.read(
            Files.writeString(
                folder.resolve("rollbook.yaml"),
                """
                version: 1
                prometheus: {url: "http://127.0.0.1:%d"}
                evidence: {labels: {application: $service}}
                services:
                  shop:
                    environments:
                      local: {kind: compose, port: 8083}
                      broken: {kind: compose, port: 8083, evidence: {queries: {errorRate: "sum(("}}}
                """
                    .formatted(port)),
            Map.of());
    metrics =
        new PrometheusMetrics(
            catalog.serviceMetrics(),
            Redaction.NONE,
            Clock.systemUTC(),
            () -> progress -> {},
            () -> 1);
  }

  @AfterEach
  void stop() {
    service.stop(0);
    prometheus.destroyForcibly();
  }

  @Test
  void it_is_shown_while_it_is_there_denied_when_it_is_over_and_unknown_with_nobody_to_ask()
      throws Exception {
    // one scrape that a busy machine was late for is as if nothing answered
    atLast(
        () -> {
          Symptoms bad = metrics.look("shop", "local", Severity.CRITICAL);
          assertThat(bad.shown()).isEqualTo(Shown.SHOWN);
          assertThat(bad.why()).endsWith("% of the answers fail, more than 50 %");
          assertThat(bad.traffic()).isEqualTo(Shown.SHOWN);
        });
    atLast(
        () ->
            assertThat(metrics.look("shop", "local", Severity.HIGH).why())
                .contains("answers take 9.", "more than 5 s"));
    atLast(
        () ->
            assertThat(metrics.compareVersions(v3()).why())
                .startsWith("only the newest version fails: v2 0 %, v3 "));
    atLast(
        () ->
            assertThat(metrics.look("shop", "broken", Severity.CRITICAL).why())
                .contains("its error rate is not known", "mend errorRate"));

    failsEach = 0;
    answersEach = 10_000;
    Symptoms well = until(Shown.NOT_SHOWN);
    assertThat(well.allowAnEnd()).isTrue();

    service.stop(0);
    Symptoms down = until(Shown.SHOWN);
    assertThat(down.why()).isEqualTo("nothing of it answers");
    assertThat(down.allowAnEnd()).isFalse();

    prometheus.destroyForcibly().waitFor();
    Symptoms away = until(Shown.UNKNOWN);
    assertThat(away.traffic()).isEqualTo(Shown.UNKNOWN);
    assertThat(away.why()).contains("Prometheus: connection refused");
  }

  private static void atLast(ThrowingRunnable isTold) {
    await().atMost(Duration.ofSeconds(90)).untilAsserted(isTold);
  }

  /** Of severity critical. */
  private Symptoms until(Shown shown) {
    return await("metrics that say " + shown)
        .atMost(Duration.ofSeconds(90))
        .pollInterval(Duration.ofMillis(300))
        .until(
            () -> metrics.look("shop", "local", Severity.CRITICAL), seen -> seen.shown() == shown);
  }

  private static PinnedService v3() {
    return new PinnedService(
        "shop",
        "local",
        "plan",
        Version.image("sha256:" + "3".repeat(64), "shop:v3"),
        Version.image("sha256:" + "2".repeat(64), "shop:v2"),
        null,
        null,
        null);
  }
}

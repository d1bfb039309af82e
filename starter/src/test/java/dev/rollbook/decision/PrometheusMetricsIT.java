package dev.rollbook.decision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.PinnedService;
import dev.rollbook.Redaction;
import dev.rollbook.Severity;
import dev.rollbook.Version;
import dev.rollbook.catalog.Catalog;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
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

  @TempDir Path folder;
  private MeasuredService service;
  private PrometheusMetrics metrics;

  @BeforeEach
  void start() throws Exception {
    service = new MeasuredService(folder, "{application: shop, environment: local}");
    Catalog catalog =
        Catalog.read(
            Files.writeString(
                folder.resolve("rollbook.yaml"),
                """
                version: 1
                prometheus: {url: "%s"}
                evidence: {labels: {application: $service}}
                services:
                  shop:
                    environments:
                      local: {kind: compose, port: 8083}
                      broken: {kind: compose, port: 8083, evidence: {queries: {errorRate: "sum(("}}}
                """
                    .formatted(service.url())),
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
    service.close();
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

    service.recovers();
    Symptoms well = until(Shown.NOT_SHOWN);
    assertThat(well.allowAnEnd()).isTrue();

    service.stops();
    Symptoms down = until(Shown.SHOWN);
    assertThat(down.why()).isEqualTo("nothing of it answers");
    assertThat(down.allowAnEnd()).isFalse();

    service.killPrometheus();
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

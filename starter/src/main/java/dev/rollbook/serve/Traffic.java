package dev.rollbook.serve;

import dev.rollbook.decision.Became;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;

/** Counts what is asked and what becomes of alerts, for Prometheus. */
final class Traffic {

  private static final PrometheusTextFormatWriter TEXT =
      PrometheusTextFormatWriter.builder().build();

  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final Counter requests =
      Counter.builder()
          .name("rollbook_http_requests_total")
          .help("Requests by path and by how they were answered.")
          .labelNames("path", "status")
          .register(registry);
  private final Histogram seconds =
      Histogram.builder()
          .name("rollbook_http_request_seconds")
          .help("From a request's head to its answer.")
          .labelNames("path")
          .classicOnly()
          .classicUpperBounds(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5)
          .register(registry);
  private final Counter alerts =
      Counter.builder()
          .name("rollbook_alerts_total")
          .help("Alerts by what became of them.")
          .labelNames("what")
          .register(registry);

  Traffic() {
    for (String what : List.of("started", "joined", "cooldown", "ignored", "quarantined")) {
      alerts.initLabelValues(what);
    }
  }

  PrometheusRegistry registry() {
    return registry;
  }

  void count(String path, int status, long nanos) {
    requests.labelValues(path, Integer.toString(status)).inc();
    seconds.labelValues(path).observe(nanos / 1e9);
  }

  void count(List<Became> became) {
    became.forEach(each -> alerts.labelValues(each.what()).inc());
  }

  Reply page() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    TEXT.write(out, registry.scrape());
    return Reply.of(200, PrometheusTextFormatWriter.CONTENT_TYPE, out.toByteArray());
  }
}

package dev.rollbook.serve;

import dev.rollbook.decision.Watchdog;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback.Callback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Instant;
import java.util.function.Consumer;

/** Whether alerts come through, for Prometheus: as it is when it is scraped. */
record WatchdogMetrics(Watchdog watchdog) {

  void register(PrometheusRegistry registry) {
    gauge(
        registry,
        "rollbook_watchdog_timestamp_seconds",
        "When the last alert named Watchdog came; 0 before the first.",
        callback ->
            callback.call(
                watchdog.heardAt().map(Instant::toEpochMilli).map(at -> at / 1000.0).orElse(0.0)));
    gauge(
        registry,
        "rollbook_watchdog_silent",
        "1: the alert named Watchdog has stayed out for too long.",
        callback -> callback.call(watchdog.isSilent() ? 1 : 0));
  }

  private static void gauge(
      PrometheusRegistry registry, String name, String help, Consumer<Callback> value) {
    GaugeWithCallback.builder().name(name).help(help).callback(value).register(registry);
  }
}

package dev.rollbook.serve;

import dev.rollbook.decision.GuardLimits;
import dev.rollbook.decision.Guarded;
import dev.rollbook.decision.Memory;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback.Callback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** What keeps alerts from rolling back, for Prometheus: as it is when it is scraped. */
final class GuardMetrics {

  private final Supplier<Memory> guard;
  private final GuardLimits limits;
  private final Clock clock;

  GuardMetrics(Supplier<Memory> guard, GuardLimits limits, Clock clock) {
    this.guard = guard;
    this.limits = limits;
    this.clock = clock;
  }

  void register(PrometheusRegistry registry) {
    gauge(registry, "rollbook_frozen", "1: no alert rolls it back; service * is every one.")
        .accept(this::frozen, List.of("service"));
    gauge(
            registry,
            "rollbook_cool_down_until_timestamp_seconds",
            "Until when no alert rolls it back again.")
        .accept(
            callback ->
                each(
                    (one, guarded) ->
                        Optional.ofNullable(guarded.coolDownUntil())
                            .ifPresent(
                                until ->
                                    callback.call(
                                        until.getEpochSecond(), one.service(), one.environment()))),
            List.of("service", "environment"));
    gauge(registry, "rollbook_alert_rollbacks_within_hour", "How often alerts have rolled it back.")
        .accept(
            callback ->
                each(
                    (one, guarded) ->
                        callback.call(guarded.withinAnHour(), one.service(), one.environment())),
            List.of("service", "environment"));
    gauge(
            registry,
            "rollbook_version_kept_until_timestamp_seconds",
            "Until when alerts do not roll this version back again, nor back to it.")
        .accept(
            callback ->
                each(
                    (one, guarded) ->
                        guarded
                            .notAgain()
                            .forEach(
                                kept ->
                                    callback.call(
                                        kept.until().getEpochSecond(),
                                        one.service(),
                                        one.environment(),
                                        kept.version()))),
            List.of("service", "environment", "version"));
    gauge(
            registry,
            "rollbook_too_many_rollbacks",
            "1: the next alert calls people instead, here or, for service *, everywhere.")
        .accept(this::tooMany, List.of("service", "environment"));
  }

  private interface Labelled {
    void accept(Consumer<Callback> values, List<String> labels);
  }

  private static Labelled gauge(PrometheusRegistry registry, String name, String help) {
    return (values, labels) ->
        GaugeWithCallback.builder()
            .name(name)
            .help(help)
            .labelNames(labels.toArray(String[]::new))
            .callback(values)
            .register(registry);
  }

  private void frozen(Callback callback) {
    guard
        .get()
        .frozen()
        .forEach(freeze -> callback.call(1, freeze.service() == null ? "*" : freeze.service()));
  }

  private void tooMany(Callback callback) {
    each(
        (one, guarded) ->
            callback.call(guarded.tooMany() ? 1 : 0, one.service(), one.environment()));
    boolean everywhere = guard.get().withinAnHour(clock.instant()).size() >= limits.perHour();
    callback.call(everywhere ? 1 : 0, "*", "*");
  }

  private record Place(String service, String environment) {}

  private void each(BiConsumer<Place, Guarded> tells) {
    Memory memory = guard.get();
    Instant now = clock.instant();
    memory.rolled().stream()
        .map(rolled -> new Place(rolled.service(), rolled.environment()))
        .distinct()
        .forEach(
            one ->
                Optional.ofNullable(
                        Guarded.of(memory, one.service(), one.environment(), limits, now))
                    .ifPresent(guarded -> tells.accept(one, guarded)));
  }
}

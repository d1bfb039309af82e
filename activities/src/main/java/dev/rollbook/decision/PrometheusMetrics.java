package dev.rollbook.decision;

import dev.rollbook.Heartbeat;
import dev.rollbook.PinnedService;
import dev.rollbook.Redaction;
import dev.rollbook.Severity;
import dev.rollbook.decision.PrometheusAnswer.Sample;
import dev.rollbook.decision.SymptomTable.Figures;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.function.IntSupplier;
import java.util.function.Supplier;

/** The metrics as Prometheus tells them. */
public final class PrometheusMetrics implements Metrics {

  private static final String NOT_CONFIGURED = "the catalog knows of no Prometheus here any more";

  private final ServiceMetrics.Catalog catalog;
  private final Redaction redaction;
  private final Clock clock;
  private final Supplier<Heartbeat> heartbeat;
  private final IntSupplier attempt;

  public PrometheusMetrics(
      ServiceMetrics.Catalog catalog,
      Redaction redaction,
      Clock clock,
      Supplier<Heartbeat> heartbeat,
      IntSupplier attempt) {
    this.catalog = catalog;
    this.redaction = redaction;
    this.clock = clock;
    this.heartbeat = heartbeat;
    this.attempt = attempt;
  }

  @Override
  public Symptoms look(String service, String environment, Severity severity) {
    Optional<ServiceMetrics> found = catalog.find(service, environment);
    if (found.isEmpty()) {
      return unknown(NOT_CONFIGURED);
    }
    ServiceMetrics metrics = found.get();
    MetricQueries queries = metrics.queries();
    PrometheusQuestions prometheus = questions(metrics);
    Figures figures =
        new Figures(
            prometheus.figure("age", queries.age()),
            prometheus.figure("up", queries.up()),
            prometheus.figure("traffic", queries.traffic()),
            prometheus.figure("errorRate", queries.errorRate()),
            LatencyBuckets.unlessTooLow(
                prometheus.figure("latency", queries.latency()),
                metrics.limits().latency(),
                prometheus));
    return new SymptomTable(metrics.limits(), metrics.server().maxAge())
        .judge(severity, figures, attempt.getAsInt());
  }

  @Override
  public Symptoms compareVersions(PinnedService service) {
    Optional<ServiceMetrics> found = catalog.find(service.service(), service.environment());
    if (found.isEmpty()) {
      return unknown(NOT_CONFIGURED);
    }
    ServiceMetrics metrics = found.get();
    String query = metrics.queries().errorRateByVersion();
    PrometheusQuestions prometheus = questions(metrics);
    PrometheusAnswer answer = prometheus.ask("errorRateByVersion", query);
    if (answer.trouble() != null) {
      return unknown(answer.trouble());
    }
    List<Sample> fresh =
        answer.samples().stream().filter(sample -> !prometheus.isOld(sample)).toList();
    Measurement compared = new VersionComparison(metrics.limits(), query).of(service, fresh);
    String why = redaction.clean(compared.why());
    return new Symptoms(
        compared.shown(),
        why,
        Shown.UNKNOWN,
        List.of(compared.as(compared.shown(), why)),
        attempt.getAsInt());
  }

  private PrometheusQuestions questions(ServiceMetrics metrics) {
    Heartbeat beat = heartbeat.get();
    return new PrometheusQuestions(
        metrics.server(), redaction, clock, () -> beat.beat("asking Prometheus"));
  }

  private Symptoms unknown(String why) {
    return new Symptoms(Shown.UNKNOWN, why, Shown.UNKNOWN, List.of(), attempt.getAsInt());
  }
}

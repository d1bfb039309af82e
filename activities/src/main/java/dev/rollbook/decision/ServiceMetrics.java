package dev.rollbook.decision;

import java.util.Optional;

/** How the metrics of one service are asked for, and what they mean. */
public record ServiceMetrics(PrometheusServer server, MetricQueries queries, SymptomLimits limits) {

  /** The part of the catalog that decisions read. */
  public interface Catalog {

    /**
     * @return empty where the catalog knows of no Prometheus
     * @throws io.temporal.failure.ApplicationFailure UnknownService, not retried, naming what
     *     exists
     */
    Optional<ServiceMetrics> find(String service, String environment);
  }
}

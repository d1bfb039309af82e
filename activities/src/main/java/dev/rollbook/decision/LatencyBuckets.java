package dev.rollbook.decision;

import dev.rollbook.Elapsed;
import dev.rollbook.decision.PrometheusAnswer.Sample;
import java.time.Duration;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The buckets that answer times are counted in. Beyond the last one a quantile says no more than
 * that bucket's end: where this is not above the limit, no answer would ever be slow.
 */
final class LatencyBuckets {

  private static final Pattern QUANTILE =
      Pattern.compile("\\s*histogram_quantile\\(\\s*[\\d.]+\\s*,(.*)\\)\\s*", Pattern.DOTALL);

  /** Of the quantile's own arithmetic. */
  private static final double EXACT = 1 - 1e-9;

  private LatencyBuckets() {}

  /**
   * @param latency of this query
   * @return without a value when it ends at the last bucket, and that one is not above the limit
   */
  static Measurement unlessTooLow(
      Measurement latency, Duration limit, PrometheusQuestions prometheus) {
    Matcher quantile = QUANTILE.matcher(latency.query());
    double most = limit.toMillis() / 1000.0;
    if (latency.value() == null || latency.value() > most || !quantile.matches()) {
      return latency;
    }
    OptionalDouble last =
        prometheus.ask("latency", quantile.group(1).strip()).samples().stream()
            .mapToDouble(LatencyBuckets::end)
            .filter(Double::isFinite)
            .max();
    if (last.isEmpty()
        || last.getAsDouble() > most
        || latency.value() < last.getAsDouble() * EXACT) {
      return latency;
    }
    String why =
        "it is above the last bucket, %s s, and no bucket is above limits.latency, %s; mend the buckets"
            .formatted(last.getAsDouble(), Elapsed.describe(limit));
    return new Measurement(latency.name(), Shown.UNKNOWN, null, null, latency.query(), why);
  }

  /** Endless where it is none. */
  private static double end(Sample bucket) {
    String le = bucket.labels().getOrDefault("le", "+Inf");
    try {
      return le.equals("+Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(le);
    } catch (NumberFormatException e) {
      return Double.POSITIVE_INFINITY;
    }
  }
}

package dev.rollbook.decision;

import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What a Prometheus is asked of a service, in PromQL. All but the last give one figure.
 *
 * @param errorRate the part of the answers that are failures, from 0 to 1
 * @param latency in seconds
 * @param traffic requests in a second
 * @param up 0 when nothing of the service answers
 * @param age of the newest sample, in seconds
 * @param errorRateByVersion as the first, a figure for each version, with one label that names it
 */
public record MetricQueries(
    String errorRate,
    String latency,
    String traffic,
    String up,
    String age,
    String errorRateByVersion) {

  public static final List<String> PLACEHOLDERS = List.of("service", "environment", "labels");

  private static final Pattern PLACEHOLDER = Pattern.compile("\\$(service|environment|labels)\\b");

  /** Spring Boot's, as Micrometer names them; the service's own health endpoints do not count. */
  private static final String ALL =
      "rate(http_server_requests_seconds_count{$labels,uri!~\"/actuator.*\"}[5m])";

  private static final String FAILED =
      "rate(http_server_requests_seconds_count"
          + "{$labels,status=~\"5..\",uri!~\"/actuator.*\"}[5m])";

  /** What has ended, as an old pod whose last answers failed, has no part in a comparison. */
  private static final String RUNNING =
      "sum by (version) (http_server_requests_seconds_count{$labels})";

  /** For Spring Boot. */
  public static final MetricQueries USUAL =
      new MetricQueries(
          "(sum(" + FAILED + ") or vector(0)) / sum(" + ALL + ")",
          "histogram_quantile(0.99, sum by (le) (rate(http_server_requests_seconds_bucket"
              + "{$labels,uri!~\"/actuator.*\"}[5m])))",
          "sum(" + ALL + ")",
          "max(up{$labels})",
          "time() - max(timestamp(up{$labels}))",
          "sum by (version) ("
              + FAILED
              + " or "
              + ALL
              + " * 0) / sum by (version) ("
              + ALL
              + ") and "
              + RUNNING);

  /** The labels of a service's series where the catalog says nothing else. */
  public static final Map<String, String> LABELS =
      Map.of("application", "$service", "environment", "$environment");

  /**
   * For one service.
   *
   * @param labels of its series; their values may hold the other two placeholders
   */
  public MetricQueries of(String service, String environment, Map<String, String> labels) {
    Map<String, String> names = Map.of("service", service, "environment", environment);
    String selected =
        labels.entrySet().stream()
            .sorted(Map.Entry.comparingByKey())
            .map(label -> label.getKey() + "=\"" + escaped(fill(label.getValue(), names)) + "\"")
            .collect(Collectors.joining(","));
    Map<String, String> all =
        Map.of(
            "service", escaped(service), "environment", escaped(environment), "labels", selected);
    return each(query -> fill(query, all));
  }

  private MetricQueries each(UnaryOperator<String> filled) {
    return new MetricQueries(
        filled.apply(errorRate),
        filled.apply(latency),
        filled.apply(traffic),
        filled.apply(up),
        filled.apply(age),
        filled.apply(errorRateByVersion));
  }

  private static String fill(String text, Map<String, String> values) {
    return PLACEHOLDER
        .matcher(text)
        .replaceAll(
            found -> Matcher.quoteReplacement(values.getOrDefault(found.group(1), found.group())));
  }

  /** As it stands between double quotes in PromQL. */
  private static String escaped(String text) {
    return text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
  }
}

package dev.rollbook.decision;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rollbook.Payloads;
import dev.rollbook.verification.HttpAnswer;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What came of one question.
 *
 * @param trouble why there is nothing to go by; null when there is
 * @param isAway nobody answered, so that the next question would not be answered either
 */
record PrometheusAnswer(List<Sample> samples, String trouble, boolean isAway) {

  /**
   * One series at one moment.
   *
   * @param value may be no number at all, or endless
   */
  record Sample(Map<String, String> labels, double value, Instant at) {}

  private static final int QUOTED = 300;

  static PrometheusAnswer trouble(String words) {
    return new PrometheusAnswer(List.of(), words, false);
  }

  /**
   * @param name of the query in the catalog, for what is to be mended
   */
  static PrometheusAnswer of(String name, HttpAnswer answer) {
    if (!answer.isAnswered()) {
      return new PrometheusAnswer(List.of(), "Prometheus: " + answer.trouble(), true);
    }
    if (answer.cut()) {
      return trouble("too many series: the answer is larger than what is read; mend " + name);
    }
    int status = answer.status();
    if (status == 401 || status == 403) {
      return trouble(
          "Prometheus answered %d: it does not let us in; mend bearer or basic".formatted(status));
    }
    JsonNode json;
    try {
      json = Payloads.mapper().readTree(answer.body());
    } catch (IOException e) {
      return trouble("Prometheus answered " + answer.describe() + ", which is no JSON");
    }
    String error = line(json.path("errorType").asText() + ": " + json.path("error").asText());
    if (status == 400) {
      return trouble("Prometheus does not take the query, " + error + "; mend " + name);
    }
    if (status != 200 || !json.path("status").asText().equals("success")) {
      return trouble("Prometheus answered " + answer.describe() + ", " + error);
    }
    if (!json.path("warnings").isEmpty()) {
      return trouble("Prometheus knows only a part: " + line(json.path("warnings").toString()));
    }
    return of(name, json.path("data"));
  }

  private static PrometheusAnswer of(String name, JsonNode data) {
    List<Sample> samples = new ArrayList<>();
    switch (data.path("resultType").asText()) {
      case "scalar" -> samples.add(sample(Map.of(), data.path("result")));
      case "vector" -> {
        for (JsonNode series : data.path("result")) {
          Map<String, String> labels = new TreeMap<>();
          series
              .path("metric")
              .properties()
              .forEach(label -> labels.put(label.getKey(), label.getValue().asText()));
          samples.add(sample(labels, series.path("value")));
        }
      }
      default -> {
        return trouble(
            "the query gives a %s, not a figure; mend %s"
                .formatted(line(data.path("resultType").asText("nothing")), name));
      }
    }
    return samples.contains(null)
        ? trouble("Prometheus answered with a sample that has no time or no figure")
        : new PrometheusAnswer(samples, null, false);
  }

  private static Sample sample(Map<String, String> labels, JsonNode pair) {
    if (!pair.path(0).isNumber() || !pair.path(1).isTextual()) {
      return null;
    }
    double seconds = pair.path(0).asDouble();
    return new Sample(
        labels, figure(pair.path(1).asText()), Instant.ofEpochMilli((long) (seconds * 1000)));
  }

  /** As Prometheus writes it; what cannot be read is no number. */
  private static double figure(String text) {
    return switch (text) {
      case "+Inf", "Inf" -> Double.POSITIVE_INFINITY;
      case "-Inf" -> Double.NEGATIVE_INFINITY;
      default -> {
        try {
          yield Double.parseDouble(text);
        } catch (NumberFormatException e) {
          yield Double.NaN;
        }
      }
    };
  }

  private static String line(String text) {
    String line = text.replaceAll("\\s+", " ").strip();
    return line.length() <= QUOTED ? line : line.substring(0, QUOTED) + "…";
  }
}

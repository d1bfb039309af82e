package dev.rollbook.verification;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import dev.rollbook.Evidence;
import dev.rollbook.Payloads;
import dev.rollbook.Redaction;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * What a health URL's answer means.
 *
 * @param isUp a 2xx answer whose {@code status} is {@code UP}
 * @param kind a few words to count by: {@code UP}, {@code refused}, {@code 503 DOWN}
 * @param words all that is known, on one line: {@code 503, DOWN: db (Connection refused)}
 * @param body the answer's text, at most 64 KiB; empty when none came
 */
public record HealthAnswer(boolean isUp, String kind, String words, String body) {

  private static final ObjectReader JSON =
      Payloads.mapper()
          .reader()
          .with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .with(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY);

  private static final int COMPONENTS = 10;
  private static final int DETAIL = 160;
  private static final int DEPTH = 8;

  /**
   * @param redaction applied before anything is shortened: half a secret would not be recognised
   */
  static HealthAnswer of(HttpAnswer answer, Redaction redaction) {
    if (!answer.isAnswered()) {
      return new HealthAnswer(false, kind(answer.kind()), answer.trouble(), "");
    }
    if (answer.cut()) {
      return told(answer, "too large", "answer too large: " + answer.describe());
    }
    String code = answer.describe();
    boolean ok = answer.status() / 100 == 2;
    JsonNode json;
    try {
      json = JSON.readTree(answer.body());
    } catch (JacksonException e) {
      return told(answer, "not JSON", code + ", not JSON: " + beginning(answer.text(), redaction));
    } catch (IOException e) {
      throw new IllegalStateException("A text in memory cannot fail to be read", e);
    }
    JsonNode status = json.path("status");
    if (!status.isTextual()) {
      return told(
          answer,
          "no status",
          code + ", JSON without `status`: " + beginning(answer.text(), redaction));
    }
    String word = one(status.asText(), redaction);
    if (word.equals("UP")) {
      return ok
          ? new HealthAnswer(true, "UP", "UP", answer.text())
          : told(answer, "UP", code + ", although its body says UP");
    }
    List<String> down = new ArrayList<>();
    collect("", json, down, 0, redaction);
    return told(
        answer, word, code + ", " + word + (down.isEmpty() ? "" : ": " + String.join(", ", down)));
  }

  private static HealthAnswer told(HttpAnswer answer, String kind, String words) {
    return new HealthAnswer(false, answer.status() + " " + kind, words, answer.text());
  }

  /** Spring Boot before 2.2 called {@code components} {@code details}. */
  private static void collect(
      String prefix, JsonNode health, List<String> down, int depth, Redaction redaction) {
    JsonNode parts = health.has("components") ? health.get("components") : health.path("details");
    parts
        .properties()
        .forEach(
            part -> {
              JsonNode component = part.getValue();
              String status = component.path("status").asText("");
              if (status.isEmpty() || status.equals("UP") || down.size() >= COMPONENTS) {
                return;
              }
              String name = prefix + one(part.getKey(), redaction);
              int before = down.size();
              if (depth < DEPTH) {
                collect(name + "/", component, down, depth + 1, redaction);
              }
              if (down.size() == before) {
                down.add(name + " (" + detail(component, status, redaction) + ")");
              }
            });
  }

  private static String detail(JsonNode component, String status, Redaction redaction) {
    JsonNode details = component.path("details");
    String words =
        details.has("error")
            ? details.get("error").asText()
            : details.isObject() && !details.isEmpty() ? status + " " + details : status;
    return one(words, redaction);
  }

  private static String kind(HttpAnswer.Kind kind) {
    return switch (kind) {
      case REFUSED -> "refused";
      case UNKNOWN_HOST -> "unknown host";
      case CONNECT_TIMEOUT -> "no connection";
      case NO_ANSWER -> "no answer";
      case BROKEN_OFF -> "broken off";
      case TLS -> "TLS trouble";
      case ANSWERED -> "answered";
    };
  }

  private static String beginning(String text, Redaction redaction) {
    return text.isBlank() ? "empty" : "'" + one(text, redaction) + "'";
  }

  private static String one(String text, Redaction redaction) {
    String line = redaction.clean(Evidence.plain(text)).strip().replaceAll("\\s+", " ");
    return line.length() <= DETAIL ? line : line.substring(0, DETAIL) + "…";
  }
}

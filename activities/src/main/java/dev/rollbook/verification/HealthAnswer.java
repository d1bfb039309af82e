package dev.rollbook.verification;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import dev.rollbook.Evidence;
import dev.rollbook.Payloads;
import dev.rollbook.Redaction;
import java.io.IOException;

/**
 * What a health URL's answer means.
 *
 * @param isUp a 2xx answer whose {@code status} is {@code UP}
 * @param kind a few words to count by: {@code UP}, {@code refused}, {@code 503 DOWN}
 * @param words all that is known, on one line: {@code 503, DOWN: db (Connection refused)}
 * @param body the answer's text, at most 64 KiB; empty when none came
 * @param databaseDown a component that is down, by its own word, is a database
 */
public record HealthAnswer(
    boolean isUp, String kind, String words, String body, boolean databaseDown) {

  private static final ObjectReader JSON =
      Payloads.mapper()
          .reader()
          .with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .with(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY);

  private static final int DETAIL = 160;

  /**
   * @param redaction applied before anything is shortened: half a secret would not be recognised
   */
  static HealthAnswer of(HttpAnswer answer, Redaction redaction) {
    if (!answer.isAnswered()) {
      return new HealthAnswer(false, kind(answer.kind()), answer.trouble(), "", false);
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
          ? new HealthAnswer(true, "UP", "UP", answer.text(), false)
          : told(answer, "UP", code + ", although its body says UP");
    }
    DownComponents down = DownComponents.of(json, text -> one(text, redaction));
    return new HealthAnswer(
        false,
        answer.status() + " " + word,
        code + ", " + word + (down.words().isEmpty() ? "" : ": " + down.words()),
        answer.text(),
        down.hasDatabase());
  }

  /** The type of the failure that it is when it was the last one: it says whom to call. */
  public String failureType() {
    return databaseDown ? "DatabaseDown" : "NotHealthy";
  }

  private static HealthAnswer told(HttpAnswer answer, String kind, String words) {
    return new HealthAnswer(false, answer.status() + " " + kind, words, answer.text(), false);
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

package dev.rollbook.verification;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import dev.rollbook.Evidence;
import dev.rollbook.Heartbeat;
import dev.rollbook.Payloads;
import dev.rollbook.Redaction;
import java.io.IOException;
import java.time.Duration;

/**
 * One further check and what came of it.
 *
 * @param quoted the beginning of the answer, without secrets
 * @param problem what was expected and what came instead; null when it passed
 */
public record CheckResult(HttpCheck check, HttpAnswer answer, String problem, String quoted) {

  private static final int TRIES = 3;
  private static final Duration BETWEEN_TRIES = Duration.ofSeconds(1);
  private static final int QUOTED_BYTES = 200;

  /** Asked again only when the service was not reached. */
  public static CheckResult of(
      HttpCheck check, HttpProbe probe, Redaction redaction, Heartbeat heartbeat) {
    Runnable beat = () -> heartbeat.beat("check '" + check.name() + "'");
    beat.run();
    HttpAnswer answer = probe.ask(check.url(), check.headers(), check.answerWithin(), beat);
    for (int tries = 1; tries < TRIES && answer.isConnectionTrouble(); tries++) {
      HttpHealth.waitUntil(System.nanoTime() + BETWEEN_TRIES.toNanos(), beat);
      answer = probe.ask(check.url(), check.headers(), check.answerWithin(), beat);
    }
    return new CheckResult(
        check, answer, problem(check, answer, redaction), quote(answer.text(), redaction));
  }

  public boolean passed() {
    return problem == null;
  }

  public String describe() {
    String line = (passed() ? "passed: " : "FAILED: ") + check.name() + ": GET " + check.url();
    if (passed()) {
      return line + ": " + answer.describe();
    }
    return line + ": " + problem + (quoted.isBlank() ? "" : "; the answer begins: " + quoted);
  }

  private static String problem(HttpCheck check, HttpAnswer answer, Redaction redaction) {
    if (!answer.isAnswered() || answer.status() != check.status()) {
      return "expected " + check.status() + ", got " + answer.describe();
    }
    if (check.pointer().isEmpty()) {
      return null;
    }
    String pointer = check.pointer().get();
    if (answer.cut()) {
      return "expected JSON with "
          + pointer
          + ", got an answer too large to read: "
          + answer.describe();
    }
    JsonNode found;
    try {
      found = Payloads.mapper().readTree(answer.body()).at(JsonPointer.compile(pointer));
    } catch (IOException e) {
      return "expected JSON with " + pointer + ", got " + answer.describe() + " that is no JSON";
    }
    if (found.isMissingNode()) {
      return "expected JSON with " + pointer + ", got JSON without it";
    }
    String text = found.isValueNode() ? found.asText() : found.toString();
    return check.expected().isEmpty() || check.expected().get().equals(text)
        ? null
        : "expected '"
            + check.expected().get()
            + "' at "
            + pointer
            + ", got '"
            + quote(text, redaction)
            + "'";
  }

  /** Cut only after the redaction: half a secret would not be recognised. */
  private static String quote(String text, Redaction redaction) {
    return Evidence.beginning(redaction.clean(Evidence.plain(text)), QUOTED_BYTES);
  }
}

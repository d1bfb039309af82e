package dev.rollbook.verification;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * What came of asking one URL once.
 *
 * @param status the HTTP status; 0 when no answer came
 * @param location where a redirect points to; it is never followed
 * @param retryAfter when the server wants to be asked again, as it says it
 * @param body no more than was to be read
 * @param cut the answer was larger, and the connection was closed
 * @param trouble what kept an answer from coming, in words; null when one came
 */
public record HttpAnswer(
    Kind kind,
    int status,
    Optional<String> location,
    Optional<String> retryAfter,
    byte[] body,
    boolean cut,
    String trouble) {

  public enum Kind {
    ANSWERED,
    REFUSED,
    UNKNOWN_HOST,
    CONNECT_TIMEOUT,
    /** Connected, but the last byte did not come in time. */
    NO_ANSWER,
    /** The connection ended midway, or what came was no HTTP. */
    BROKEN_OFF,
    TLS
  }

  static HttpAnswer answered(
      int status,
      Optional<String> location,
      Optional<String> retryAfter,
      byte[] body,
      boolean cut) {
    return new HttpAnswer(Kind.ANSWERED, status, location, retryAfter, body, cut, null);
  }

  static HttpAnswer trouble(Kind kind, String words) {
    return new HttpAnswer(kind, 0, Optional.empty(), Optional.empty(), new byte[0], false, words);
  }

  public boolean isAnswered() {
    return kind == Kind.ANSWERED;
  }

  /** True when the service was not reached, which may be different a moment later. */
  public boolean isConnectionTrouble() {
    return switch (kind) {
      case REFUSED, UNKNOWN_HOST, CONNECT_TIMEOUT, BROKEN_OFF -> true;
      case ANSWERED, NO_ANSWER, TLS -> false;
    };
  }

  public String text() {
    return new String(body, StandardCharsets.UTF_8);
  }

  /** {@code 503}, {@code 301 to https://…}, or what went wrong. */
  public String describe() {
    if (!isAnswered()) {
      return trouble;
    }
    return status
        + location.map(target -> " to " + target).orElse("")
        + (cut ? ", more than " + body.length / 1024 + " KiB (the rest was not read)" : "");
  }
}

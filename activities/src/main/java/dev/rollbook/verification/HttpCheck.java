package dev.rollbook.verification;

import dev.rollbook.Secret;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * One URL of the service that must answer as expected.
 *
 * @param status the HTTP status it must answer with
 * @param pointer a JSON Pointer into the answer that must exist
 * @param expected what must stand at the pointer, as text
 * @param answerWithin time limit, to the last byte
 */
public record HttpCheck(
    String name,
    URI url,
    int status,
    Optional<String> pointer,
    Optional<String> expected,
    Duration answerWithin,
    Map<String, Secret> headers) {

  public HttpCheck {
    headers = Map.copyOf(headers);
  }
}

package dev.rollbook.decision;

import dev.rollbook.Secret;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Where a Prometheus is asked, or what answers like one.
 *
 * @param url what its paths are appended to
 * @param bearer a token that lets us in
 * @param user with a password, what lets us in instead
 * @param within time limit of one question, to the last byte
 * @param maxAge how old a sample may be; how far its clock may be from ours
 */
public record PrometheusServer(
    URI url,
    Map<String, Secret> headers,
    Optional<Secret> bearer,
    Optional<User> user,
    Duration within,
    Duration maxAge) {

  /** As basic authentication has it. */
  public record User(String name, Secret password) {}

  public PrometheusServer {
    headers = Map.copyOf(headers);
  }

  /** Everything that may hold one. */
  public Stream<Secret> secrets() {
    return Stream.of(headers.values().stream(), bearer.stream(), user.map(User::password).stream())
        .flatMap(each -> each);
  }

  URI query(String promql) {
    String base = url.toString().replaceAll("/+$", "");
    return URI.create(
        base
            + "/api/v1/query?timeout="
            + within.toMillis()
            + "ms&query="
            + URLEncoder.encode(promql, StandardCharsets.UTF_8));
  }

  /**
   * @throws RuntimeException naming the variable or file that is missing, never a value
   */
  Map<String, Secret> sent() {
    Map<String, Secret> sent = new HashMap<>(headers);
    bearer.ifPresent(token -> sent.put("Authorization", plain("Bearer " + token.reveal())));
    user.ifPresent(
        who -> {
          byte[] both =
              (who.name() + ":" + who.password().reveal()).getBytes(StandardCharsets.UTF_8);
          sent.put("Authorization", plain("Basic " + Base64.getEncoder().encodeToString(both)));
        });
    return sent;
  }

  private static Secret plain(String text) {
    return new Secret(text, Map.of());
  }
}

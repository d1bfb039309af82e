package dev.rollbook.decision;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.Payloads;
import dev.rollbook.decision.Alert.State;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * Posts alerts to {@code rollbook serve}, one for each service and severity, that began when this
 * was made.
 *
 * @param url where it serves
 */
record AlertSender(URI url, String token, Instant began, HttpClient http) {

  private static final String ALERT =
      """
      {"status": "%s", "fingerprint": "%s", "startsAt": "%s", "endsAt": "0001-01-01T00:00:00Z",
       "labels": {"alertname": "Bad", "service": "%s", "environment": "local", "severity": "%s"},
       "annotations": {"summary": "it is bad", "description": "%s"}}
      """;

  AlertSender(int port, String token) {
    this(
        URI.create("http://127.0.0.1:" + port),
        token,
        Instant.now(),
        HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build());
  }

  /** What became of it; sent again as long as that is asked for, as an Alertmanager does. */
  String send(State state, String service, String severity) {
    return sent(List.of(alert(state, service, severity, service, ""))).get(0);
  }

  /** The alert that is about nothing, and fires always. */
  void sendWatchdog() {
    String labels = "\"labels\": {\"alertname\": \"Watchdog\", \"severity\": \"none\"}";
    sent(
        List.of(
            "{\"status\": \"firing\", \"fingerprint\": \"w\", \"startsAt\": \"%s\", %s}"
                .formatted(began, labels)));
  }

  /**
   * Many alerts of one service, in one message.
   *
   * @param descriptionLength of each
   */
  List<String> fire(String service, String severity, IntStream which, int descriptionLength) {
    String description = "x".repeat(descriptionLength);
    return sent(
        which
            .mapToObj(i -> alert(State.FIRING, service, severity, service + i, description))
            .toList());
  }

  /** The answer's status to whatever is posted. */
  int answered(byte[] body) {
    return answer(body).statusCode();
  }

  private List<String> sent(List<String> alerts) {
    String body =
        "{\"version\": \"4\", \"status\": \"firing\", \"alerts\": ["
            + String.join(",", alerts)
            + "]}";
    HttpResponse<String> answer = answer(body.getBytes(UTF_8));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    try {
      return Payloads.mapper().readTree(answer.body()).path("alerts").findValuesAsText("what");
    } catch (IOException e) {
      throw new UncheckedIOException(answer.body(), e);
    }
  }

  private HttpResponse<String> answer(byte[] body) {
    return await("an answer in time")
        .atMost(Duration.ofSeconds(90))
        .pollDelay(Duration.ZERO)
        .ignoreExceptionsInstanceOf(IOException.class) // a kept connection that was closed
        .until(() -> post(body), response -> response.statusCode() != 503);
  }

  private String alert(
      State state, String service, String severity, String fingerprint, String description) {
    return ALERT.formatted(
        state.name().toLowerCase(Locale.ROOT),
        fingerprint + "-" + severity,
        began,
        service,
        severity,
        description);
  }

  private HttpResponse<String> post(byte[] body) throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(url.resolve("/webhook/alertmanager"))
            .header("Content-Type", "application/json")
            .header("Authorization", "Bearer " + token)
            .timeout(Duration.ofSeconds(30))
            .POST(HttpRequest.BodyPublishers.ofByteArray(body))
            .build(),
        BodyHandlers.ofString());
  }

  /** Of {@code rollbook serve}. */
  String metrics() throws IOException, InterruptedException {
    return http.send(
            HttpRequest.newBuilder(url.resolve("/metrics"))
                .header("Authorization", "Bearer " + token)
                .timeout(Duration.ofSeconds(30))
                .build(),
            BodyHandlers.ofString())
        .body();
  }
}

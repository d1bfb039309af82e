package dev.rollbook.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rollbook.Payloads;
import dev.rollbook.decision.Alert;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Captured messages, mutated, over real HTTP: the same ones each time. */
@Timeout(400)
class MutatedMessagesTest {

  private static final int TIMES = 3000;
  private static final int SEED = 7;

  static final List<String> CAPTURED =
      List.of(
          "e2e-prometheus-firing",
          "firing-basic-auth",
          "firing-bearer-auth",
          "firing-group4-mixed-severity",
          "firing-group4-two-resolved",
          "firing-groupby-all-a",
          "firing-groupby-all-b",
          "firing-groupkey-after-reload",
          "firing-groupkey-before-reload",
          "firing-mtls",
          "firing-no-alertname",
          "firing-no-severity-no-service",
          "firing-single",
          "firing-unicode-special",
          "flap-first-startsAt",
          "flap-second-startsAt-no-resolved-between",
          "ha-duplicate-am1",
          "ha-duplicate-am2",
          "resolved-group-remaining2",
          "resolved-single");

  @TempDir Path folder;

  @Test
  void a_broken_message_is_taken_or_refused_and_rolls_nothing_else_back() throws Exception {
    Mutations mutations = new Mutations(SEED);
    Map<Integer, Integer> statuses = new TreeMap<>();
    Set<String> named = new HashSet<>();
    HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    try (Served served = Served.plain(folder)) {
      URI url = served.url().resolve("/webhook/alertmanager");
      for (int i = 0; i < TIMES; i++) {
        byte[] body = mutations.of(Served.fixture(CAPTURED.get(i % CAPTURED.size())));
        HttpRequest message =
            HttpRequest.newBuilder(url)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build();
        HttpResponse<String> response = http.send(message, BodyHandlers.ofString());
        // a busy machine was late: again, as an Alertmanager does
        for (int again = 0; again < 5 && response.statusCode() == 503; again++) {
          response = http.send(message, BodyHandlers.ofString());
        }

        statuses.merge(response.statusCode(), 1, Integer::sum);
        if (response.statusCode() == 200) {
          named.addAll(services(body));
        }
      }
      System.out.printf(
          "%d mutated messages, seed %d: %s, %d alerts taken, %d put before people%n",
          TIMES, SEED, statuses, served.intake.taken.size(), served.intake.quarantined.size());

      assertThat(statuses).containsOnlyKeys(200, 400, 422);
      assertThat(served.intake.taken).isNotEmpty();
      assertThat(served.intake.taken)
          .extracting(Alert::service)
          .isSubsetOf(named)
          .isSubsetOf("orders", "billing", "shop");
      assertThat(served.intake.taken).extracting(Alert::environment).containsOnly("production");
    }
  }

  /** What the alerts of a message that was taken are about, to the letter. */
  static Set<String> services(byte[] body) throws Exception {
    Set<String> services = new HashSet<>();
    for (JsonNode alert : Payloads.mapper().readTree(body).path("alerts")) {
      services.add(alert.at("/labels/service").asText(""));
    }
    return services;
  }
}

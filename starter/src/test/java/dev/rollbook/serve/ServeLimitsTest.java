package dev.rollbook.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that ask for too much, too slowly, or for something else. */
@Timeout(180)
class ServeLimitsTest {

  private static final int MOST_BYTES = 4 << 10;
  private static final int MOST_CONNECTIONS = 20;
  private static final String HEAD =
      "POST /webhook/alertmanager HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n";

  @TempDir Path folder;
  private Served served;

  @BeforeEach
  void start() throws Exception {
    served =
        new Served(
            folder,
            Served.settings(Served.limits(MOST_BYTES, MOST_CONNECTIONS, Duration.ofSeconds(3))));
  }

  @AfterEach
  void stop() {
    served.close();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private void serves() throws IOException {
    assertThat(served.post(Served.fixture("firing-single")).status()).isEqualTo(200);
  }

  @Test
  void a_body_over_the_cap_is_refused_before_it_is_read() throws Exception {
    assertThat(served.send(bytes(HEAD + "Content-Length: " + (MOST_BYTES + 1) + "\r\n\r\n")))
        .satisfies(
            response -> {
              assertThat(response.status()).isEqualTo(413);
              assertThat(response.head()).contains("Connection: close");
            });
    assertThat(served.send(bytes(HEAD + "Content-Length: 99999999999\r\n\r\nx")).status())
        .isEqualTo(413);
    serves();
  }

  @Test
  void a_chunked_body_is_read_up_to_the_cap_only() throws Exception {
    String chunk = "800\r\n" + " ".repeat(0x800) + "\r\n";

    Served.Response response =
        served.send(bytes(HEAD + "Transfer-Encoding: chunked\r\n\r\n" + chunk.repeat(3)));

    assertThat(response.status()).isEqualTo(413);
    serves();
  }

  @Test
  void a_chunked_message_is_taken() throws Exception {
    String body = new String(Served.fixture("firing-mtls"), StandardCharsets.UTF_8);
    String chunked = Integer.toHexString(body.length()) + "\r\n" + body + "\r\n0\r\n\r\n";

    Served.Response response =
        served.send(
            bytes(HEAD + "Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked));

    assertThat(response.status()).as(response.body()).isEqualTo(200);
  }

  @Test
  void a_length_that_lies_gets_nothing_done() throws Exception {
    String body = new String(Served.fixture("firing-mtls"), StandardCharsets.UTF_8);
    String both = "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n0\r\n\r\n";

    Served.Response tooShort = served.send(bytes(HEAD + "Content-Length: 9\r\n\r\n" + body));
    Served.Response tooLong =
        served.send(bytes(HEAD + "Content-Length: " + (body.length() + 9) + "\r\n\r\n" + body));

    assertThat(tooShort.status()).isEqualTo(400);
    assertThat(tooLong.status()).isIn(0, 400, 408);
    assertThat(served.send(bytes(HEAD + both)).status()).isEqualTo(400);
    assertThat(served.send(bytes(HEAD + "Content-Length: -1\r\n\r\n")).status()).isEqualTo(400);
    assertThat(served.intake.taken).isEmpty();
    serves();
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /webhook/alertmanager, 405",
    "PUT, /webhook/alertmanager, 405",
    "HEAD, /webhook/alertmanager, 405",
    "OPTIONS, /webhook/alertmanager, 405",
    "DELETE, /health, 405",
    "POST, /ready, 405",
    "POST, //webhook/alertmanager, 404",
    "POST, /webhook/alertmanager/, 404",
    "POST, /webhook/, 404",
    "POST, /webhook/alertmanager;a=b, 404",
    "POST, /webhook/./alertmanager, 404",
    "POST, /x/../webhook/alertmanager, 404",
    "POST, /webhook%2Falertmanager, 404",
    "POST, /WEBHOOK/alertmanager, 404",
    "GET, /, 404",
    "GET, /%00, 400",
    "HEAD, /health, 200",
    "GET, /ready, 200"
  })
  void another_method_or_path_is_told_so_and_never_sent_elsewhere(
      String method, String path, int status) throws Exception {
    Served.Response response =
        served.send(
            bytes(method + " " + path + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));

    assertThat(response.status()).as(response.head()).isEqualTo(status);
    assertThat(response.head()).doesNotContain("Location");
    assertThat(response.head().contains("Allow: ")).isEqualTo(status == 405);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"text/plain", "application/x-www-form-urlencoded", "application/jsonx", ""})
  void another_type_is_refused(String type) throws Exception {
    assertThat(served.post(type, Served.fixture("firing-mtls")).status()).isEqualTo(415);
    assertThat(served.intake.taken).isEmpty();
  }

  @Test
  void a_type_may_name_its_characters_and_must_not_be_encoded() throws Exception {
    byte[] body = Served.fixture("firing-mtls");

    assertThat(served.post("Application/JSON; charset=utf-8", body).status()).isEqualTo(200);
    assertThat(served.post(body, "Content-Encoding: gzip").status()).isEqualTo(415);
  }

  @Test
  void slow_clients_are_cut_while_others_are_served() throws Exception {
    List<Socket> slow = new ArrayList<>();
    for (String begun :
        List.of(
            "",
            "G",
            "POST /webhook/alertmanager HTTP/1.1\r\nHost: a\r\nX-",
            HEAD + "Content-Length: 1000\r\n\r\n{")) {
      slow.add(served.connect());
      slow.get(slow.size() - 1).getOutputStream().write(bytes(begun));
    }
    try {
      Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .pollInterval(Duration.ofMillis(100))
          .until(
              () -> {
                serves();
                return slow.stream().filter(ServeLimitsTest::isCut).count() == 4;
              });
    } finally {
      for (Socket socket : slow) {
        socket.close();
      }
    }
  }

  /** Drips one byte more. */
  private static boolean isCut(Socket slow) {
    try {
      slow.getOutputStream().write('a');
      return slow.getInputStream().available() > 0;
    } catch (IOException e) {
      return true;
    }
  }

  @Test
  void connections_that_say_nothing_make_room_for_those_that_do() throws Exception {
    List<Socket> silent = new ArrayList<>();
    try {
      for (int i = 0; i < 5 * MOST_CONNECTIONS; i++) {
        silent.add(served.connect());
        if (i % MOST_CONNECTIONS == 0) {
          serves();
        }
      }
      serves();
      Served.read(silent.get(0));
    } finally {
      for (Socket socket : silent) {
        socket.close();
      }
    }
  }

  @Test
  void a_client_that_is_gone_in_the_middle_of_a_body_leaves_nothing() throws Exception {
    for (int i = 0; i < 2 * MOST_CONNECTIONS; i++) {
      try (Socket gone = served.connect()) {
        gone.getOutputStream().write(bytes(HEAD + "Content-Length: 100\r\n\r\n{\"alerts\":"));
        if (i % 2 == 0) {
          gone.shutdownOutput();
        } else {
          gone.setSoLinger(true, 0);
        }
      }
    }
    serves();
    assertThat(served.intake.taken).hasSize(1);
  }

  @Test
  void half_a_connection_is_enough_to_be_answered() throws Exception {
    try (Socket socket = served.connect()) {
      byte[] body = Served.fixture("firing-mtls");
      socket
          .getOutputStream()
          .write(bytes(HEAD + "Connection: close\r\nContent-Length: " + body.length + "\r\n\r\n"));
      socket.getOutputStream().write(body);
      socket.shutdownOutput();

      assertThat(Served.read(socket).status()).isEqualTo(200);
    }
  }

  @Test
  void a_header_that_never_ends_is_refused() throws Exception {
    Served.Response response =
        served.send(
            bytes("GET /health HTTP/1.1\r\nHost: a\r\nX: " + "x".repeat(20_000) + "\r\n\r\n"));

    assertThat(response.status()).isEqualTo(431);
    assertThat(response.body()).doesNotContain("xxx").doesNotContain("at org.");
  }

  @Test
  void without_temporal_it_is_to_be_sent_again() throws Exception {
    served.intake.isAway(true);

    Served.Response response = served.post(Served.fixture("firing-single"));

    assertThat(response.status()).isEqualTo(503);
    assertThat(response.json().path("error").asText()).contains("send it again");
    assertThat(served.get("/health").status()).isEqualTo(200);
  }

  @Test
  @Timeout(20)
  void an_intake_that_hangs_hangs_nobody() throws Exception {
    try (Served patient = Served.plain(folder)) {
      CountDownLatch silence = patient.intake.isSilent();

      assertThat(patient.post(Served.fixture("firing-single")).status()).isEqualTo(503);

      silence.countDown();
      assertThat(patient.post(Served.fixture("firing-single")).status()).isEqualTo(200);
      assertThat(patient.intake.taken).hasSize(1);
    }
  }

  @Test
  void as_many_messages_as_may_wait_hold_up_no_sign_of_life() throws Exception {
    byte[] body = Served.fixture("firing-single");
    ExecutorService senders = Executors.newFixedThreadPool(Webhook.AT_ONCE + 20);
    try (Served patient = Served.plain(folder)) {
      patient.intake.isSilent();
      Set<String> refusals = ConcurrentHashMap.newKeySet();
      List<Integer> health = new ArrayList<>();
      Awaitility.await("more messages than may wait")
          .atMost(Duration.ofSeconds(60))
          .pollInterval(Duration.ofMillis(20))
          .until(
              () -> {
                for (int i = 0; i < 20; i++) {
                  senders.submit(() -> refusals.add(patient.post(body).body()));
                }
                health.add(patient.get("/health").status());
                health.add(patient.get("/openapi.json").status());
                return refusals.stream().anyMatch(each -> each.contains("too much to do"));
              });
      for (int i = 0; i < 20; i++) {
        health.add(patient.get("/health").status());
        health.add(patient.get("/metrics").status());
      }

      assertThat(health).containsOnly(200);
    } finally {
      senders.shutdownNow();
    }
  }

  /** 16 times 4 MiB is more than all of them may need together. */
  @Test
  void bodies_of_unknown_length_are_read_only_as_far_as_there_is_room() throws Exception {
    byte[] begun = bytes(HEAD + "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n");
    List<Socket> reading = new ArrayList<>();
    try (Served usual = Served.plain(folder)) {
      for (int i = 0; i < 16; i++) {
        reading.add(usual.connect());
        reading.get(i).getOutputStream().write(begun);
      }

      Socket refused =
          Awaitility.await("no room for the last of them")
              .atMost(Duration.ofSeconds(30))
              .until(() -> answered(reading), Optional::isPresent)
              .orElseThrow();

      assertThat(Served.read(refused).body()).contains("too many messages at a time");
      assertThat(usual.get("/health").status()).isEqualTo(200);
      assertThat(usual.post(Served.fixture("firing-single")).status()).isEqualTo(200);
    } finally {
      for (Socket socket : reading) {
        socket.close();
      }
    }
  }

  private static Optional<Socket> answered(List<Socket> sockets) throws IOException {
    for (Socket each : sockets) {
      if (each.getInputStream().available() > 0) {
        return Optional.of(each);
      }
    }
    return Optional.empty();
  }

  @Test
  void prometheus_sees_what_was_asked_and_what_became_of_it() throws Exception {
    served.post(Served.fixture("firing-single"));
    served.post(Served.fixture("firing-no-alertname"));
    served.get("/nowhere/" + "x".repeat(100));

    assertThat(served.get("/metrics").body())
        .contains(
            "rollbook_http_requests_total{path=\"/webhook/alertmanager\",status=\"200\"} 2.0",
            "rollbook_http_requests_total{path=\"other\",status=\"404\"} 1.0",
            "rollbook_alerts_total{what=\"started\"} 1.0",
            "rollbook_alerts_total{what=\"quarantined\"} 1.0",
            "rollbook_alerts_total{what=\"cooldown\"} 0.0")
        .doesNotContain("xxx");
  }
}

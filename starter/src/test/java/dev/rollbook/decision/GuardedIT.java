package dev.rollbook.decision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rollbook.FreePort;
import dev.rollbook.Outcome;
import dev.rollbook.Payloads;
import dev.rollbook.Run;
import dev.rollbook.TemporalConnection;
import dev.rollbook.engine.NeedsTemporal;
import dev.rollbook.shop.DevServer;
import dev.rollbook.shop.LocalShop;
import dev.rollbook.shop.Rollbook;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowStub;
import io.temporal.serviceclient.WorkflowServiceStubs;
import io.temporal.serviceclient.WorkflowServiceStubsOptions;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What keeps alerts from acting, by the real command line, a real worker and a real server. */
@Timeout(500)
@NeedsTemporal
@TestMethodOrder(OrderAnnotation.class)
class GuardedIT {

  @TempDir static Path folder;
  private static LocalShop shop;
  private static DevServer temporal;
  private static Rollbook.Running worker;
  private static Rollbook.Running serving;
  private static WorkflowServiceStubs service;
  private static WorkflowClient client;
  private static URI url;

  @BeforeAll
  static void everything_runs_and_a_bad_release_too() throws Exception {
    shop = new LocalShop(folder).threeReleases();
    int port = FreePort.any();
    url = URI.create("http://127.0.0.1:" + port);
    Files.writeString(
        shop.writeCatalog(),
        "serve: {port: %d, ui: \"https://temporal.example.com\"}%nalerts: {allow: [shop]}%n"
            .formatted(port),
        StandardOpenOption.APPEND);
    temporal = DevServer.start(folder);
    worker = rollbook().worker();
    serving = rollbook().start("serve");
    service =
        WorkflowServiceStubs.newServiceStubs(
            WorkflowServiceStubsOptions.newBuilder().setTarget(temporal.address()).build());
    client = TemporalConnection.client(service, "default");
    await().atMost(Duration.ofSeconds(90)).until(() -> serving.out().contains("serving at"));
    shop.deploy();
  }

  @AfterAll
  static void nothing_is_left() throws Exception {
    service.shutdownNow();
    serving.process().destroyForcibly().waitFor();
    worker.process().destroyForcibly().waitFor();
    temporal.close();
    shop.close();
  }

  @Test
  @Order(1)
  void a_service_that_stands_still_is_looked_at_once_for_each_alert() throws Exception {
    assertThat(rollbook().call("stop", "shop", "-e", "local", "--reason", "leaks").exitCode())
        .isZero();

    assertThat(fires("stopped", "critical").path("what").asText())
        .isIn("started", "joined", "ignored"); // where it had to be sent again
    assertThat(ended().outcome()).isEqualTo(Outcome.BLOCKED);
    await("the server to know it")
        .atMost(Duration.ofSeconds(60))
        .until(() -> fires("stopped", "critical").path("what").asText().equals("ignored"));
    ended();
    String before = execution();

    JsonNode repeated = fires("stopped", "critical");

    assertThat(repeated.path("why").asText()).isEqualTo("this alert was decided on before");
    assertThat(repeated.path("run").isMissingNode()).isTrue();
    assertThat(execution()).isEqualTo(before);
    assertThat(shop.checkouts()).isEmpty();
  }

  @Test
  @Order(2)
  void a_freeze_holds_alerts_up_and_nobody_else() throws Exception {
    Rollbook.Answer frozen = rollbook().call("freeze", "shop", "--reason", "the migration runs");

    assertThat(frozen.exitCode()).as(frozen.err()).isZero();
    assertThat(frozen.out()).contains("shop: frozen");
    await("the server to know it")
        .atMost(Duration.ofSeconds(90))
        .until(() -> metrics().contains("rollbook_frozen{service=\"shop\"} 1.0"));
    JsonNode answer = firesAnew("frozen", "critical");
    assertThat(answer.path("what").asText()).isEqualTo("cooldown");
    assertThat(answer.path("why").asText()).contains("shop is frozen by", "the migration runs");
    assertThat(answer.path("link").asText())
        .isEqualTo(
            "https://temporal.example.com/namespaces/default/workflows/rollback%3Alocal%3Ashop");
    Run held = ended();
    assertThat(held.outcome()).isEqualTo(Outcome.NOT_NEEDED);
    assertThat(held.reason()).contains("by the guard: shop is frozen by");
    whenTheGuardAnswersInTime(
        () ->
            assertThat(rollbook().call("status", "shop").out())
                .contains("FROZEN for alerts: shop is frozen by", "the migration runs"));
    whenTheGuardAnswersInTime(
        () ->
            assertThat(status().path("frozen").path("why").asText())
                .isEqualTo("the migration runs"));
    Rollbook.Answer byHand = rollbook().call("run", "shop", "-e", "local", "--yes");

    assertThat(byHand.exitCode()).as(byHand.toString()).isZero();
    assertThat(byHand.out()).contains("ROLLED_BACK");
    assertThat(byHand.out() + byHand.err())
        .contains("FROZEN for alerts, not for you: shop is frozen by", "the migration runs");
    assertThat(rollbook().call("unfreeze", "shop", "--reason", "done").out())
        .contains("shop: unfrozen");
    assertThat(status().has("frozen")).isFalse();
  }

  @Test
  @Order(3)
  void what_a_person_rolled_back_alerts_leave_alone_for_a_while() throws Exception {
    await("the server to know it, and of the end of the freeze")
        .atMost(Duration.ofSeconds(90))
        .untilAsserted(
            () ->
                assertThat(metrics())
                    .contains("rollbook_cool_down_until_timestamp_seconds{")
                    .doesNotContain("rollbook_frozen{"));
    JsonNode answer = firesAnew("after", "high");

    assertThat(answer.path("what").asText()).isEqualTo("cooldown");
    assertThat(answer.path("why").asText()).startsWith("rolled back by hand at ");
    assertThat(ended().outcome()).isEqualTo(Outcome.NOT_NEEDED);
    whenTheGuardAnswersInTime(
        () -> {
          String until = status().path("guard").path("coolDownUntil").asText();
          assertThat(until).isNotEmpty();
          assertThat(Instant.parse(until))
              .isBetween(Instant.now(), Instant.now().plus(Duration.ofMinutes(30)));
        });
    whenTheGuardAnswersInTime(
        () ->
            assertThat(rollbook().call("status", "shop").out())
                .contains(
                    "GUARDED from alerts: cool-down until", "by alerts 0 times within an hour"));
    await("the metrics, which serve asks for now and then")
        .atMost(Duration.ofSeconds(90))
        .untilAsserted(
            () ->
                assertThat(metrics())
                    .contains(
                        "rollbook_cool_down_until_timestamp_seconds{environment=\"local\",service=\"shop\"}",
                        "rollbook_version_kept_until_timestamp_seconds{environment=\"local\",service=\"shop\",version=\"",
                        "rollbook_too_many_rollbacks{environment=\"*\",service=\"*\"} 0.0")
                    .doesNotContain("rollbook_frozen{"));
  }

  @Test
  @Order(4)
  void text_of_a_sender_stays_text_in_the_log_and_the_status() throws Exception {
    String hostile =
        "x\\u001b[31mred\\n13:00 INFO forged\\u202e <script>alert(1)</script> | `id` ${jndi:ldap://a}";

    HttpResponse<String> answer =
        await("an answer in time")
            .atMost(Duration.ofSeconds(90))
            .until(() -> send(alert("hostile", "low", hostile)), sent -> sent.statusCode() != 503);

    assertThat(became(answer).path("what").asText()).isIn("started", "joined", "cooldown");
    ended();
    String status = rollbook().call("status", "shop").out();
    String log = serving.err();
    assertThat(status().at("/decision/alerts/0/name").asText())
        .contains("red", "forged", "<script>", "${jndi:ldap://a}")
        .doesNotContain("\u001b", "\u202e");
    assertThat(log).contains("forged");
    assertThat(List.of(status, log))
        .allSatisfy(
            text -> assertThat(text).doesNotContain("\u001b[31m", "\u202e", "\n13:00 INFO forged"));
  }

  /** A command leaves out what the guard knows where that does not answer it within 3 s. */
  private static void whenTheGuardAnswersInTime(ThrowingRunnable seen) {
    await("what the guard knows").atMost(Duration.ofSeconds(120)).untilAsserted(seen);
  }

  /**
   * What became of the first alert that was answered in time. Each is another one: a copy of one
   * that was decided on would be told just that.
   */
  private static JsonNode firesAnew(String name, String severity) throws Exception {
    for (int nth = 1; nth < 10; nth++) {
      HttpResponse<String> answer = send(alert(name + "-" + nth, severity));
      if (answer.statusCode() != 503) {
        return became(answer);
      }
      ended();
    }
    throw new AssertionError("no answer in time");
  }

  /** What became of the alert; its start is the same whenever it comes. */
  private static JsonNode fires(String fingerprint, String severity) throws Exception {
    HttpRequest alert = alert(fingerprint, severity);
    return became(
        await("an answer in time, as an Alertmanager does")
            .atMost(Duration.ofSeconds(90))
            .until(() -> send(alert), sent -> sent.statusCode() != 503));
  }

  private static JsonNode became(HttpResponse<String> answer) throws IOException {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return Payloads.mapper().readTree(answer.body()).path("alerts").path(0);
  }

  private static HttpRequest alert(String fingerprint, String severity) {
    return alert(fingerprint, severity, "Bad");
  }

  private static HttpRequest alert(String fingerprint, String severity, String name) {
    String body =
        """
        {"version":"4","groupKey":"g","status":"firing","receiver":"r","groupLabels":{},
         "commonLabels":{},"commonAnnotations":{},"externalURL":"","truncatedAlerts":0,
         "alerts":[{"status":"firing","fingerprint":"%s","startsAt":"%s",
           "endsAt":"0001-01-01T00:00:00Z","generatorURL":"","annotations":{},
           "labels":{"alertname":"%s","service":"shop","environment":"local","severity":"%s"}}]}
        """
            .formatted(fingerprint, Instant.parse("2026-11-23T05:00:00Z"), name, severity);
    return HttpRequest.newBuilder(url.resolve("/webhook/alertmanager"))
        .header("Content-Type", "application/json")
        .POST(HttpRequest.BodyPublishers.ofString(body))
        .build();
  }

  private static String metrics() throws IOException, InterruptedException {
    return send(HttpRequest.newBuilder(url.resolve("/metrics")).build()).body();
  }

  private static HttpResponse<String> send(HttpRequest request)
      throws IOException, InterruptedException {
    return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
  }

  private static Run ended() {
    return run().getResult(Run.class);
  }

  private static String execution() {
    return run().describe().getExecution().getRunId();
  }

  private static WorkflowStub run() {
    return client.newUntypedWorkflowStub(LocalShop.RUN_ID);
  }

  private static JsonNode status() throws Exception {
    return Payloads.mapper()
        .readTree(rollbook().call("status", "shop", "-e", "local", "-o", "json").out());
  }

  private static Rollbook rollbook() {
    return new Rollbook(folder).with("TEMPORAL_ADDRESS", temporal.address());
  }
}

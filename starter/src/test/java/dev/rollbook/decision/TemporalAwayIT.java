package dev.rollbook.decision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.FreePort;
import dev.rollbook.Outcome;
import dev.rollbook.Run;
import dev.rollbook.crash.TemporalServer;
import dev.rollbook.decision.Alert.State;
import dev.rollbook.engine.NeedsTemporal;
import dev.rollbook.shop.LocalShop;
import dev.rollbook.shop.Rollbook;
import io.temporal.api.common.v1.WorkflowExecution;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowTargetOptions;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Temporal is away: when `rollbook serve` starts, while an alert fires, and while a run acts. */
@NeedsTemporal
@NeedsAlertmanager
@Timeout(600)
@Execution(ExecutionMode.CONCURRENT)
class TemporalAwayIT {

  private static final String TOKEN = "a-token-of-this-test-alone";

  private static final Duration AWAY = Duration.ofMinutes(1);

  @TempDir Path folder;
  private final int port = FreePort.any();
  private final HttpClient http = HttpClient.newHttpClient();
  private LocalShop shop;
  private TemporalServer temporal;
  private Rollbook.Running worker;
  private Rollbook.Running serving;

  @BeforeEach
  void a_worker_runs() throws Exception {
    shop = new LocalShop(Files.createDirectories(folder.resolve("shop"))).threeReleases();
    temporal =
        new TemporalServer(Files.createDirectories(folder.resolve("temporal")), List.of("default"));
    Path catalog = shop.writePatientCatalog();
    Files.writeString(
        catalog,
        Files.readString(catalog).replace("build.sh], within: 60s", "build.sh], within: 5m")
            + "serve: {port: %d, bearer: {t1: \"file:%s\"}}%nalerts: {allow: [shop]}%n"
                .formatted(port, Files.writeString(folder.resolve("bearer"), TOKEN)));
    worker = rollbook().worker();
  }

  @AfterEach
  void nothing_is_left() {
    if (serving != null) {
      serving.process().destroyForcibly();
    }
    worker.process().destroyForcibly();
    temporal.close();
    shop.close();
  }

  @Test
  void what_fires_meanwhile_is_delivered_by_alertmanagers_own_retries_and_done_once()
      throws Exception {
    temporal.kill();
    serve();
    assertThat(serving.out()).contains(temporal.address(), "does not answer");
    assertThat(get("/health").statusCode()).isEqualTo(200);
    assertThat(get("/ready").statusCode()).isEqualTo(503);
    shop.deploy();
    try (AlertingStack alerting = alerting()) {
      await("the first 503").atMost(Duration.ofSeconds(60)).until(() -> refused() > 0);
      long since = System.nanoTime();
      await("Alertmanager's retries")
          .atMost(Duration.ofSeconds(150))
          .until(() -> refused() >= 4 && System.nanoTime() - since > AWAY.toNanos());
      double refused = refused();
      refusedInTime(refused);
      assertThat(shop.checkouts()).isEmpty();

      temporal.startAgain();

      WorkflowClient client = temporal.client("default");
      await("a run")
          .atMost(Duration.ofSeconds(90))
          .ignoreExceptions()
          .until(() -> client.listExecutions("WorkflowType = 'Rollback'").count() > 0);
      Run run = client.newUntypedWorkflowStub(LocalShop.RUN_ID).getResult(Run.class);
      System.out.printf(
          "Temporal away for %.0f s: %.0f times 503, then %s%n",
          (System.nanoTime() - since) / 1e9, refused, run.outcome());
      assertThat(run.outcome()).as(run.reason() + alerting.logs()).isEqualTo(Outcome.ROLLED_BACK);
      assertThat(shop.checkouts()).hasSize(1);
      await("it to be ready")
          .atMost(Duration.ofSeconds(60))
          .until(() -> get("/ready").statusCode() == 200);
    }
  }

  @Test
  void a_run_that_is_in_the_middle_of_its_act_goes_on_and_does_it_once() throws Exception {
    serve();
    shop.buildWaits();
    shop.deploy();
    try (AlertingStack alerting = alerting()) {
      await("the act").atMost(Duration.ofSeconds(90)).until(() -> !shop.builds().isEmpty());
      WorkflowClient client = temporal.client("default");
      WorkflowExecution first =
          client.newUntypedWorkflowStub(LocalShop.RUN_ID).describe().getExecution();

      temporal.kill();
      long since = System.nanoTime();
      double refusedBefore = refused();
      // a service that is being built is silent: Alertmanager itself may have nothing more to say
      CompletableFuture<String> another =
          CompletableFuture.supplyAsync(
              () -> new AlertSender(port, TOKEN).send(State.FIRING, LocalShop.SERVICE, "high"));
      await("what is sent again meanwhile")
          .atMost(Duration.ofSeconds(60))
          .until(() -> refused() >= refusedBefore + 3);
      double refused = refused();
      refusedInTime(refused);
      temporal.startAgain();
      assertThat(another.get(90, TimeUnit.SECONDS)).isEqualTo("joined");
      double away = (System.nanoTime() - since) / 1e9;
      shop.buildGoesOn();

      Run run =
          client
              .newUntypedWorkflowStub(
                  WorkflowTargetOptions.newBuilder().setWorkflowExecution(first).build())
              .getResult(180, TimeUnit.SECONDS, Run.class);
      System.out.printf(
          "Temporal away for %.0f s of a run: %.0f times 503, then %s%n",
          away, refused, run.outcome());
      assertThat(run.outcome()).as(run.reason() + alerting.logs()).isEqualTo(Outcome.ROLLED_BACK);
      assertThat(shop.checkouts()).hasSize(1);
      assertThat(shop.builds()).hasSize(1);
      assertThat(shop.starts()).hasSize(1);
      assertThat(run.decision().notes()).anyMatch(note -> note.contains("high FIRING Bad"));
    }
  }

  private Rollbook rollbook() {
    return new Rollbook(shop.folder()).with("TEMPORAL_ADDRESS", temporal.address());
  }

  private void serve() throws Exception {
    serving = rollbook().start("serve");
    await()
        .atMost(Duration.ofSeconds(90))
        .until(() -> serving.out().contains("serving at http://127.0.0.1:" + port));
  }

  private AlertingStack alerting() throws IOException {
    return new AlertingStack(
        folder.resolve("alerting"),
        LocalShop.SERVICE,
        LocalShop.ENVIRONMENT,
        FreePort.any(),
        shop.port(),
        port,
        TOKEN);
  }

  private void refusedInTime(double refused) throws Exception {
    assertThat(metric("request_seconds_bucket{path=\"/webhook/alertmanager\",le=\"2.0\"}"))
        .as("refused within 2 s")
        .isGreaterThanOrEqualTo(refused);
  }

  private double refused() throws Exception {
    return metric("requests_total{path=\"/webhook/alertmanager\",status=\"503\"}");
  }

  private double metric(String name) throws Exception {
    Matcher line =
        Pattern.compile(Pattern.quote("rollbook_http_" + name) + " (\\S+)")
            .matcher(get("/metrics").body());
    return line.find() ? Double.parseDouble(line.group(1)) : 0;
  }

  private HttpResponse<String> get(String path) throws Exception {
    return http.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .header("Authorization", "Bearer " + TOKEN)
            .timeout(Duration.ofSeconds(30))
            .build(),
        BodyHandlers.ofString());
  }
}

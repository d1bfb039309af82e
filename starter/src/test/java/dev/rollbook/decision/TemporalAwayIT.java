package dev.rollbook.decision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.FreePort;
import dev.rollbook.Outcome;
import dev.rollbook.Run;
import dev.rollbook.crash.TemporalServer;
import dev.rollbook.engine.NeedsTemporal;
import dev.rollbook.shop.LocalShop;
import dev.rollbook.shop.Rollbook;
import io.temporal.client.WorkflowClient;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Temporal is away when `rollbook serve` starts, and while an alert fires. */
@NeedsTemporal
@NeedsAlertmanager
@Timeout(600)
class TemporalAwayIT {

  private static final String TOKEN = "a-token-of-this-test-alone";

  private static final Duration AWAY = Duration.ofMinutes(1);

  @TempDir Path folder;
  private final int port = FreePort.any();
  private final HttpClient http = HttpClient.newHttpClient();

  @Test
  void what_fires_meanwhile_is_delivered_by_alertmanagers_own_retries_and_done_once()
      throws Exception {
    Path files = Files.createDirectories(folder.resolve("temporal"));
    try (LocalShop shop =
            new LocalShop(Files.createDirectories(folder.resolve("shop"))).threeReleases();
        TemporalServer temporal = new TemporalServer(files, List.of("default"))) {
      Files.writeString(
          shop.writeCatalog(),
          "serve: {port: %d, bearer: {t1: \"file:%s\"}}%nalerts: {allow: [shop]}%n"
              .formatted(port, Files.writeString(folder.resolve("bearer"), TOKEN)),
          StandardOpenOption.APPEND);
      Rollbook rollbook = new Rollbook(shop.folder()).with("TEMPORAL_ADDRESS", temporal.address());
      Rollbook.Running worker = rollbook.worker();
      temporal.kill();
      Rollbook.Running serving = rollbook.start("serve");
      try {
        await()
            .atMost(Duration.ofSeconds(90))
            .until(() -> serving.out().contains("serving at http://127.0.0.1:" + port));
        assertThat(serving.out()).contains(temporal.address(), "does not answer");
        assertThat(get("/health").statusCode()).isEqualTo(200);
        assertThat(get("/ready").statusCode()).isEqualTo(503);
        shop.deploy();
        deliveredLater(shop, temporal);
      } finally {
        serving.process().destroyForcibly();
        worker.process().destroyForcibly();
      }
    }
  }

  private void deliveredLater(LocalShop shop, TemporalServer temporal) throws Exception {
    try (AlertingStack alerting =
        new AlertingStack(
            folder.resolve("alerting"),
            LocalShop.SERVICE,
            LocalShop.ENVIRONMENT,
            FreePort.any(),
            shop.port(),
            port,
            TOKEN)) {
      await("the first 503").atMost(Duration.ofSeconds(60)).until(() -> refused() > 0);
      long since = System.nanoTime();
      await("Alertmanager's retries")
          .atMost(Duration.ofSeconds(150))
          .until(() -> refused() >= 4 && System.nanoTime() - since > AWAY.toNanos());
      double refused = refused();
      assertThat(metric("request_seconds_bucket{path=\"/webhook/alertmanager\",le=\"2.0\"}"))
          .as("refused within 2 s")
          .isGreaterThanOrEqualTo(refused);
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

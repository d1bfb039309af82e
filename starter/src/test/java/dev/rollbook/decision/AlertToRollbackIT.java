package dev.rollbook.decision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.FreePort;
import dev.rollbook.Outcome;
import dev.rollbook.Run;
import dev.rollbook.compose.CountedShop;
import dev.rollbook.compose.CountedShop.Means;
import dev.rollbook.compose.CountedShop.Slow;
import dev.rollbook.compose.NeedsDocker;
import dev.rollbook.crash.TemporalServer;
import dev.rollbook.engine.NeedsTemporal;
import dev.rollbook.shop.Rollbook;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowExecutionMetadata;
import io.temporal.client.WorkflowStub;
import io.temporal.client.WorkflowTargetOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** From a metric to a service that is well again, with nobody at the keyboard. */
@NeedsTemporal
@NeedsDocker
@NeedsAlertmanager
@Timeout(600)
class AlertToRollbackIT {

  private static final String TOKEN = "a-token-of-this-test-alone";

  @TempDir Path folder;

  @Test
  void a_service_that_turns_bad_is_rolled_back_once_whatever_becomes_of_the_messengers()
      throws Exception {
    int port = FreePort.any();
    int prometheus = FreePort.any();
    try (CountedShop shop = new CountedShop(folder.resolve("shop"), Means.V2, Slow.NOTHING);
        TemporalServer temporal =
            new TemporalServer(
                Files.createDirectories(folder.resolve("temporal")), List.of("default"))) {
      Path catalog = shop.folder().resolve("rollbook.yaml");
      Files.writeString(
          catalog,
          Files.readString(catalog)
              + """
              serve: {port: %d, bearer: {alertmanager: "file:%s"}}
              alerts: {allow: [shop]}
              prometheus: {url: "http://127.0.0.1:%d"}
              """
                  .formatted(port, Files.writeString(folder.resolve("bearer"), TOKEN), prometheus));
      Rollbook rollbook =
          new Rollbook(shop.folder())
              .with("TEMPORAL_ADDRESS", temporal.address())
              .with("PATH", shop.path());
      Rollbook.Running worker = rollbook.worker();
      Rollbook.Running serving = rollbook.start("serve");
      try {
        await().atMost(Duration.ofSeconds(90)).until(() -> serving.out().contains("serving at"));
        rolledBack(shop, temporal.client("default"), prometheus, port);
      } finally {
        serving.process().destroyForcibly();
        worker.process().destroyForcibly();
      }
    }
  }

  private void rolledBack(CountedShop shop, WorkflowClient client, int prometheus, int webhook)
      throws Exception {
    Instant begun = Instant.now();
    try (AlertingStack alerting =
        new AlertingStack(
            folder.resolve("alerting"),
            "shop",
            CountedShop.ENVIRONMENT,
            prometheus,
            shop.port(),
            webhook,
            TOKEN)) {
      await()
          .atMost(Duration.ofSeconds(60))
          .ignoreExceptions()
          .until(() -> alerting.firing().contains("ServiceDown"));
      Instant fired = Instant.now();
      await("a run")
          .atMost(Duration.ofSeconds(60))
          .ignoreExceptions()
          .until(() -> !runs(client).isEmpty());
      Instant started = runs(client).get(0).getStartTime();
      WorkflowStub asked = client.newUntypedWorkflowStub(CountedShop.RUN_ID);
      await("a look at the metrics")
          .atMost(Duration.ofSeconds(60))
          .pollInterval(Duration.ofMillis(100))
          .ignoreExceptions()
          .until(() -> asked.query("status", Run.class).decision().symptoms() != null);

      alerting.killPrometheus();
      alerting.reloadManagers();
      alerting.restartManager(0);
      alerting.startPrometheus();

      Run run = asked.getResult(Run.class);
      Instant ended = Instant.now();
      assertThat(run.outcome()).as(run.reason()).isEqualTo(Outcome.ROLLED_BACK);
      assertThat(run.decision().symptoms().describe()).isEqualTo("shown: nothing of it answers");
      assertThat(shop.isUp()).isTrue();
      assertThat(shop.inspect().path("Image").asText()).isEqualTo(shop.target());
      await("the alert's end")
          .atMost(Duration.ofSeconds(60))
          .ignoreExceptions()
          .until(() -> alerting.firing().isEmpty());
      System.out.printf(
          "alert to rollback: fired after %.1f s, run %.1f s later, ended after %.1f s, resolved %.1f s later%n",
          seconds(begun, fired),
          seconds(fired, started),
          seconds(started, ended),
          seconds(ended, Instant.now()));

      assertThat(outcomes(client)).as(alerting.logs()).containsOnlyOnce(Outcome.ROLLED_BACK);
      assertThat(shop.containers()).hasSize(1);
    }
  }

  private static List<WorkflowExecutionMetadata> runs(WorkflowClient client) {
    return client.listExecutions("WorkflowId = '" + CountedShop.RUN_ID + "'").toList();
  }

  private static List<Outcome> outcomes(WorkflowClient client) {
    return runs(client).stream()
        .map(
            run ->
                client
                    .newUntypedWorkflowStub(
                        WorkflowTargetOptions.newBuilder()
                            .setWorkflowExecution(run.getExecution())
                            .build())
                    .query("status", Run.class)
                    .outcome())
        .toList();
  }

  private static double seconds(Instant from, Instant to) {
    return Duration.between(from, to).toMillis() / 1000.0;
  }
}

package dev.rollbook.crash;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rollbook.Payloads;
import dev.rollbook.RollbackWorker;
import dev.rollbook.RunJournalFiles;
import dev.rollbook.SearchAttributeRegistration;
import dev.rollbook.SearchAttributes;
import dev.rollbook.WorkflowIds;
import dev.rollbook.catalog.Catalog;
import dev.rollbook.engine.NeedsTemporal;
import dev.rollbook.escalation.Incident;
import dev.rollbook.escalation.OverdueEscalations;
import dev.rollbook.escalation.OverdueEscalations.Checked;
import dev.rollbook.escalation.Receiver;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import io.temporal.client.schedules.ScheduleClient;
import io.temporal.client.schedules.ScheduleClientOptions;
import io.temporal.client.schedules.ScheduleHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** The check beside the calls, on a real server's schedule and by its index. */
@NeedsTemporal
@Timeout(500)
@Execution(ExecutionMode.CONCURRENT)
class OverdueIT {

  private static final String STUCK = WorkflowIds.escalation("shop", "local");

  @TempDir Path folder;

  @Test
  void an_escalation_that_is_stuck_silences_the_heartbeat_and_is_told_over_the_channels()
      throws Exception {
    try (TemporalServer temporal = new TemporalServer(folder, List.of("overdue"));
        Receiver world = new Receiver()) {
      WorkflowClient client = temporal.client("overdue");
      Awaitility.await()
          .atMost(Duration.ofSeconds(60))
          .ignoreExceptions()
          .untilAsserted(
              () ->
                  SearchAttributeRegistration.ensure(client.getWorkflowServiceStubs(), "overdue"));
      ScheduleHandle schedule = schedules(client).getHandle(OverdueEscalations.ID);
      try (RollbackWorker first = worker(client, world);
          RollbackWorker second = worker(client, world)) {
        assertThat(first).isNotSameAs(second);
        schedule.trigger();
        Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> heard(world, "/beat") > 0);
        assertThat(checked(client).open()).isZero();

        stuck(client);
        Awaitility.await()
            .pollInterval(Duration.ofSeconds(1))
            .atMost(Duration.ofSeconds(90))
            .until(
                () -> {
                  schedule.trigger();
                  return heard(world, "/hook") > 0;
                });

        JsonNode told =
            Payloads.mapper()
                .readTree(
                    world.requests().stream()
                        .filter(request -> request.path().equals("/hook"))
                        .findFirst()
                        .orElseThrow()
                        .body());
        assertThat(told.at("/incident/title").asText())
            .isEqualTo("calls for shop in local have stopped");
        assertThat(told.at("/incident/why").asText())
            .startsWith(STUCK + " does not say how it stands");
        assertThat(told.path("level").asText()).isEqualTo("oncall");
        long beats = heard(world, "/beat");
        Awaitility.await()
            .atMost(Duration.ofSeconds(60))
            .until(() -> checked(client).overdue().size() == 1);
        assertThat(heard(world, "/beat")).isEqualTo(beats);

        // the next check knows what this one has told
        Instant toldAt = checked(client).overdue().get(0).toldAt();
        Instant at = checked(client).at();
        Awaitility.await()
            .pollInterval(Duration.ofSeconds(1))
            .atMost(Duration.ofSeconds(90))
            .until(
                () -> {
                  schedule.trigger();
                  return checked(client).at().isAfter(at);
                });
        assertThat(checked(client).overdue().get(0).toldAt()).isEqualTo(toldAt);
        assertThat(heard(world, "/hook")).isEqualTo(1);
      } finally {
        client.newUntypedWorkflowStub(STUCK).terminate("the test is over");
      }
    }
  }

  private RollbackWorker worker(WorkflowClient client, Receiver world) throws Exception {
    Path file = folder.resolve("rollbook.yaml");
    Files.writeString(
        file,
        """
        version: 1
        channels:
          hook: {type: webhook, url: "%s"}
        roles:
          oncall: [kim]
        escalation:
          heartbeat: "%s"
        services:
          shop:
            environments:
              local:
                kind: local
                repository: shop
                port: 8083
                build: {command: [make]}
                start: {command: [make, run]}
        """
            .formatted(world.url("/hook"), world.url("/beat")));
    return RollbackWorker.start(
        client, Catalog.read(file, System.getenv()), folder, new RunJournalFiles(folder, "test"));
  }

  /** No worker polls its queue: it never gets to its first call. */
  private static void stuck(WorkflowClient client) {
    WorkflowStub escalation =
        client.newUntypedWorkflowStub(
            "Escalate",
            WorkflowOptions.newBuilder()
                .setTaskQueue("nobody")
                .setWorkflowId(STUCK)
                .setTypedSearchAttributes(
                    io.temporal.common.SearchAttributes.newBuilder()
                        .set(SearchAttributes.SERVICE, "shop")
                        .set(SearchAttributes.ENVIRONMENT, "local")
                        .build())
                .build());
    escalation.start(
        new Incident("incident-7", "shop", "local", "shop", null, Set.of(), false, "kim"));
  }

  /** What the newest check that has ended found. */
  private static Checked checked(WorkflowClient client) {
    return client
        .listExecutions("WorkflowType = 'OverdueEscalations' AND ExecutionStatus = 'Completed'")
        .max(java.util.Comparator.comparing(each -> each.getCloseTime()))
        .map(
            each ->
                client
                    .newUntypedWorkflowStub(each.getExecution().getWorkflowId())
                    .getResult(Checked.class))
        .orElseGet(() -> new Checked(null, 0, List.of()));
  }

  private static long heard(Receiver world, String path) {
    return world.requests().stream().filter(request -> request.path().equals(path)).count();
  }

  private static ScheduleClient schedules(WorkflowClient client) {
    return ScheduleClient.newInstance(
        client.getWorkflowServiceStubs(),
        ScheduleClientOptions.newBuilder().setNamespace("overdue").build());
  }
}

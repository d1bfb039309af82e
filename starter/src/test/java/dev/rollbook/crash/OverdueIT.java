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
import dev.rollbook.escalation.Escalation;
import dev.rollbook.escalation.Incident;
import dev.rollbook.escalation.OverdueEscalations;
import dev.rollbook.escalation.OverdueEscalations.Checked;
import dev.rollbook.escalation.Receiver;
import io.temporal.api.workflowservice.v1.DescribeScheduleRequest;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import io.temporal.client.schedules.ScheduleClient;
import io.temporal.client.schedules.ScheduleClientOptions;
import io.temporal.client.schedules.ScheduleHandle;
import io.temporal.worker.WorkerFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
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

  private static TemporalServer temporal;

  @TempDir Path folder;

  @BeforeAll
  static void start(@TempDir Path state) throws Exception {
    temporal = new TemporalServer(state, List.of("stuck", "late"));
  }

  @AfterAll
  static void end() {
    temporal.close();
  }

  @Test
  void a_call_that_is_overdue_silences_the_heartbeat_and_is_told_beside_one_that_is_not()
      throws Exception {
    try (Receiver world = new Receiver()) {
      WorkflowClient client = client("late");
      ScheduleHandle schedule = schedules(client, "late").getHandle(OverdueEscalations.ID);
      WorkerFactory stopped = WorkerFactory.newInstance(client);
      stopped.newWorker(StoppedCalls.QUEUE).registerWorkflowImplementationTypes(StoppedCalls.class);
      stopped.start();
      try (RollbackWorker worker = worker(client, world)) {
        assertThat(worker).isNotNull();
        assertThat(secondsBetweenChecks(client)).as("Temporal itself starts them").isEqualTo(60);
        stoppedCalls(client, "in-time", Instant.now().plusSeconds(3600));
        checkedBy(schedule, client, checked -> checked.open() == 1);
        assertThat(checked(client).overdue()).isEmpty();
        Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> heard(world, "/beat") > 0);

        Instant due = Instant.now().minus(OverdueEscalations.GRACE).minusSeconds(1);
        stoppedCalls(client, "late", due);
        checkedBy(schedule, client, checked -> checked.open() == 2);

        assertThat(checked(client).overdue())
            .singleElement()
            .satisfies(
                overdue -> {
                  assertThat(overdue.workflowId()).isEqualTo("late");
                  assertThat(overdue.why())
                      .isEqualTo("should have called at " + due + " and has not");
                  assertThat(overdue.toldAt()).isNotNull();
                });
        JsonNode told = firstCall(world);
        assertThat(told.at("/incident/title").asText())
            .isEqualTo("calls for shop in local have stopped");
        assertThat(told.at("/incident/why").asText()).contains("late should have called at " + due);
        assertThat(told.path("workflowId").asText()).isEqualTo("late");
        long beats = heard(world, "/beat");
        Instant at = checked(client).at();
        checkedBy(schedule, client, checked -> checked.at().isAfter(at));
        assertThat(checked(client).overdue()).hasSize(1);
        assertThat(heard(world, "/beat")).as("silence is the alarm").isEqualTo(beats);
        assertThat(heard(world, "/hook")).as("told once").isEqualTo(1);
      } finally {
        stopped.shutdownNow();
      }
    }
  }

  /** By the schedule as the server has it. */
  private static long secondsBetweenChecks(WorkflowClient client) {
    return client
        .getWorkflowServiceStubs()
        .blockingStub()
        .describeSchedule(
            DescribeScheduleRequest.newBuilder()
                .setNamespace("late")
                .setScheduleId(OverdueEscalations.ID)
                .build())
        .getSchedule()
        .getSpec()
        .getInterval(0)
        .getInterval()
        .getSeconds();
  }

  private static void stoppedCalls(WorkflowClient client, String id, Instant nextCallAt) {
    WorkflowStub escalation = escalation(client, StoppedCalls.QUEUE, id);
    escalation.start(incident("incident-" + id, nextCallAt.toString()), null);
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> escalation.query("status", Escalation.class) != null);
  }

  /** Checks until one has found that. */
  private static void checkedBy(
      ScheduleHandle schedule, WorkflowClient client, Predicate<Checked> found) {
    Awaitility.await()
        .pollInterval(Duration.ofSeconds(1))
        .atMost(Duration.ofSeconds(90))
        .until(
            () -> {
              schedule.trigger();
              return found.test(checked(client));
            });
  }

  @Test
  void an_escalation_that_is_stuck_silences_the_heartbeat_and_is_told_over_the_channels()
      throws Exception {
    try (Receiver world = new Receiver()) {
      WorkflowClient client = client("stuck");
      ScheduleHandle schedule = schedules(client, "stuck").getHandle(OverdueEscalations.ID);
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

        JsonNode told = firstCall(world);
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

  private static WorkflowClient client(String namespace) {
    WorkflowClient client = temporal.client(namespace);
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .ignoreExceptions()
        .untilAsserted(
            () -> SearchAttributeRegistration.ensure(client.getWorkflowServiceStubs(), namespace));
    return client;
  }

  private static JsonNode firstCall(Receiver world) throws Exception {
    return Payloads.mapper()
        .readTree(
            world.requests().stream()
                .filter(request -> request.path().equals("/hook"))
                .findFirst()
                .orElseThrow()
                .body());
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
    escalation(client, "nobody", STUCK).start(incident("incident-7", null));
  }

  private static WorkflowStub escalation(WorkflowClient client, String queue, String id) {
    return client.newUntypedWorkflowStub(
        "Escalate",
        WorkflowOptions.newBuilder()
            .setTaskQueue(queue)
            .setWorkflowId(id)
            .setTypedSearchAttributes(
                io.temporal.common.SearchAttributes.newBuilder()
                    .set(SearchAttributes.SERVICE, "shop")
                    .set(SearchAttributes.ENVIRONMENT, "local")
                    .build())
            .build());
  }

  private static Incident incident(String id, String why) {
    return new Incident(
        id, "shop", "local", "shop", why, Set.of(Incident.Trouble.ROLLBACK), false, "kim");
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
        .orElseGet(() -> new Checked(null, 0, List.of(), List.of()));
  }

  private static long heard(Receiver world, String path) {
    return world.requests().stream().filter(request -> request.path().equals(path)).count();
  }

  private static ScheduleClient schedules(WorkflowClient client, String namespace) {
    return ScheduleClient.newInstance(
        client.getWorkflowServiceStubs(),
        ScheduleClientOptions.newBuilder().setNamespace(namespace).build());
  }
}

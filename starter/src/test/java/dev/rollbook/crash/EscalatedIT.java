package dev.rollbook.crash;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rollbook.Outcome;
import dev.rollbook.Payloads;
import dev.rollbook.Run;
import dev.rollbook.Step;
import dev.rollbook.TaskQueues;
import dev.rollbook.WorkflowIds;
import dev.rollbook.engine.NeedsTemporal;
import dev.rollbook.escalation.Escalation;
import dev.rollbook.escalation.Incident;
import dev.rollbook.shop.LocalShop;
import dev.rollbook.shop.Rollbook;
import io.temporal.api.sdk.v1.WorkflowMetadata;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** A rollback that fails too: people are called, until one answers. */
@NeedsTemporal
@Timeout(500)
@Execution(ExecutionMode.CONCURRENT)
class EscalatedIT {

  private static final String ID = WorkflowIds.escalation("shop", "local");

  private static TemporalServer temporal;

  @TempDir Path folder;

  @BeforeAll
  static void start(@TempDir Path state) throws Exception {
    temporal = new TemporalServer(state, List.of("failed", "killed"));
  }

  @AfterAll
  static void end() {
    temporal.close();
  }

  private LocalShop withoutAGoodRelease() throws Exception {
    return new LocalShop(folder)
        .release("v1", Map.of())
        .release("v2", Map.of("health", "DOWN"))
        .release("v3", Map.of("health", "DOWN"));
  }

  @Test
  void a_failed_rollback_is_announced_stopped_and_told_until_somebody_answers() throws Exception {
    try (LocalShop shop = withoutAGoodRelease();
        OnCall onCall = OnCall.of(shop)) {
      shop.deploy();
      Rollbook rollbook = Workers.at(folder, temporal, "failed");
      Rollbook.Running worker = Workers.start(folder, temporal, "failed");
      try {
        Rollbook.Answer failed = rollbook.call("run", "shop", "-e", "local", "-o", "json");

        assertThat(failed.exitCode()).as(failed.toString()).isEqualTo(4);
        Run run = Payloads.mapper().readValue(failed.out(), Run.class);
        assertThat(run.outcome()).isEqualTo(Outcome.STOPPED);
        assertThat(step(run, "N1").summary()).isEqualTo(ID);
        assertThat(Files.readString(Path.of(run.report()))).contains(ID);
        assertThat(Once.listeners(shop)).isEmpty();
        soon().until(() -> "STOPPED".equals(onCall.posted().path("state").asText()));
        assertThat(Instant.parse(onCall.posted().path("startedAt").asText()))
            .as("announced before it stood still")
            .isBefore(step(run, "S1").endedAt());

        soon().until(() -> onCall.calls().size() >= 2);
        List<JsonNode> calls = onCall.calls();
        String incident = calls.get(0).at("/incident/id").asText();
        assertThat(calls)
            .extracting(call -> call.path("id").asText())
            .isEqualTo(
                IntStream.rangeClosed(1, calls.size())
                    .mapToObj(nth -> incident + "-oncall-" + nth + "-hook-1")
                    .toList());
        assertThat(onCall.calls().get(0).at("/incident/why").asText())
            .contains("A4 failed", "503", "channel gone is broken");
        JsonNode calling = json(rollbook.call("status", "shop", "-e", "local", "-o", "json"));
        assertThat(calling.path("outcome").asText()).isEqualTo("STOPPED");
        assertThat(calling.at("/escalation/nextCallAt").asText()).isNotEmpty();
        assertThat(calling.at("/escalation/levels/0/toldLate").asLong()).isNegative();
        Rollbook.Answer shown = rollbook.call("status", "shop");
        assertThat(shown.out()).contains("CALLING PEOPLE", "nobody has answered", "next call at");

        assertThat(details()).as("in Temporal UI").contains("On-Call Engineer", "next call");

        Rollbook.Answer unknown = ack(rollbook, "--level", "ceo");
        JsonNode first = json(ack(rollbook, "--note", "looking", "-o", "json"));
        Rollbook.Answer second = ack(rollbook, "--level", "oncall");

        String me = System.getProperty("user.name");
        assertThat(unknown.exitCode()).isEqualTo(3);
        assertThat(unknown.err()).contains("ceo, which is not called; called are: oncall");
        assertThat(first.path("answer").asText()).isEqualTo(me + " answers for On-Call Engineer");
        assertThat(first.at("/escalation/nextCallAt").isNull()).isTrue();
        assertThat(second.exitCode()).as(second.toString()).isZero();
        assertThat(second.out()).contains("already answered by " + me, "looking", "to spare");

        JsonNode closed = json(over(rollbook, "close", "-o", "json"));
        Rollbook.Answer late = ack(rollbook);

        soon().until(() -> "RESOLVED".equals(onCall.posted().path("state").asText()));
        assertThat(closed.at("/escalation/closed/why").asText()).isEqualTo("v4 is out");
        assertThat(closed.at("/escalation/levels/0/calls").findValuesAsText("noticeId"))
            .containsAll(onCall.calls().stream().map(call -> call.path("id").asText()).toList());
        assertThat(late.exitCode()).isEqualTo(3);
        assertThat(late.err()).contains("was closed by " + me, "v4 is out");
        assertThat(rollbook.call("status", "shop").out()).contains("INCIDENT CLOSED", "v4 is out");
        soon()
            .untilAsserted(
                () ->
                    assertThat(Path.of(run.report()))
                        .content()
                        .contains("| On-Call Engineer |", "to spare", "closed by " + me));
      } finally {
        worker.process().destroyForcibly();
      }
    }
  }

  @Test
  void a_call_on_the_wire_when_the_worker_is_killed_comes_again_under_its_id() throws Exception {
    try (LocalShop shop = new LocalShop(folder);
        OnCall onCall = OnCall.of(shop)) {
      onCall.holdsTheLine();
      Rollbook.Running worker = Workers.start(folder, temporal, "killed");
      WorkflowStub escalation =
          temporal
              .client("killed")
              .newUntypedWorkflowStub(
                  "Escalate",
                  WorkflowOptions.newBuilder()
                      .setTaskQueue(TaskQueues.ROLLBOOK)
                      .setWorkflowId(ID)
                      .build());
      escalation.start(incident(), null);
      soon().until(() -> !onCall.calls().isEmpty());

      worker.process().destroyForcibly().waitFor();
      onCall.listens();
      Rollbook.Running next = Workers.start(folder, temporal, "killed");
      try {
        String held = onCall.calls().get(0).path("id").asText();
        soon()
            .untilAsserted(
                () ->
                    assertThat(
                            onCall.calls().stream()
                                .filter(call -> call.path("id").asText().equals(held)))
                        .hasSize(2));
        Rollbook rollbook = Workers.at(folder, temporal, "killed");
        assertThat(ack(rollbook).exitCode()).isZero();
        assertThat(over(rollbook, "close").exitCode()).isZero();

        Escalation ended = escalation.getResult(60, TimeUnit.SECONDS, Escalation.class);
        assertThat(ended.levels().get(0).calls())
            .filteredOn(call -> call.noticeId().equals(held))
            .singleElement()
            .satisfies(call -> assertThat(call.trouble()).isNull());
      } finally {
        next.process().destroyForcibly();
      }
    }
  }

  @Test
  void without_a_worker_the_run_stays_until_people_have_been_called() throws Exception {
    try (LocalShop shop = withoutAGoodRelease();
        OnCall onCall = OnCall.of(shop)) {
      shop.deploy();
      Rollbook rollbook = new Rollbook(folder);

      Rollbook.Answer failed = rollbook.call("run", "shop", "-e", "local");

      assertThat(failed.exitCode()).as(failed.toString()).isEqualTo(4);
      assertThat(onCall.calls()).isNotEmpty();
      assertThat(failed.out()).contains("takes a worker: start `rollbook worker`");
      Rollbook.Answer unattended = rollbook.call("status", "shop");
      assertThat(unattended.out()).contains("STOPPED shop", "CALLING PEOPLE", "nobody is called");
      Rollbook.Answer answered = ack(rollbook);
      assertThat(answered.exitCode()).as(answered.toString()).isZero();
      assertThat(answered.out()).contains("answers for On-Call Engineer", "no further call");
      assertThat(over(rollbook, "close").exitCode()).isZero();
      soon().until(() -> "RESOLVED".equals(onCall.posted().path("state").asText()));
    }
  }

  private static Incident incident() {
    return new Incident(
        "incident-7", "shop", "local", "shop needs people", null, Set.of(), false, "kim");
  }

  private static String details() {
    return temporal
        .client("failed")
        .newUntypedWorkflowStub(ID)
        .query("__temporal_workflow_metadata", WorkflowMetadata.class)
        .getCurrentDetails();
  }

  private static Rollbook.Answer ack(Rollbook rollbook, String... more) throws Exception {
    return call(rollbook, List.of("ack", "shop", "-e", "local"), more);
  }

  private static Rollbook.Answer over(Rollbook rollbook, String word, String... more)
      throws Exception {
    return call(rollbook, List.of(word, "shop", "-e", "local", "--reason", "v4 is out"), more);
  }

  private static Rollbook.Answer call(Rollbook rollbook, List<String> words, String... more)
      throws Exception {
    return rollbook.call(
        Stream.concat(words.stream(), List.of(more).stream()).toArray(String[]::new));
  }

  private static JsonNode json(Rollbook.Answer answer) throws Exception {
    assertThat(answer.exitCode()).as(answer.toString()).isZero();
    return Payloads.mapper().readTree(answer.out());
  }

  private static Step step(Run run, String id) {
    return run.steps().stream().filter(step -> step.id().equals(id)).findFirst().orElseThrow();
  }

  private static ConditionFactory soon() {
    return Awaitility.await().pollInterval(Duration.ofMillis(200)).atMost(Duration.ofSeconds(180));
  }
}

package dev.rollbook.crash;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rollbook.Abort;
import dev.rollbook.Payloads;
import dev.rollbook.RollbackWorker;
import dev.rollbook.RunJournalFiles;
import dev.rollbook.SearchAttributeRegistration;
import dev.rollbook.TaskQueues;
import dev.rollbook.catalog.Catalog;
import dev.rollbook.engine.NeedsTemporal;
import dev.rollbook.escalation.Acknowledgement;
import dev.rollbook.escalation.Escalation;
import dev.rollbook.escalation.Escalation.Call;
import dev.rollbook.escalation.Escalation.Called;
import dev.rollbook.escalation.Incident;
import dev.rollbook.escalation.Receiver;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Whom to call when, by the clock of a real server, and while the catalog is edited. */
@NeedsTemporal
@Timeout(200)
@Execution(ExecutionMode.CONCURRENT)
class PolicyOnServerIT {

  /** When the next level is called unless on-call has answered. */
  private static final Duration DEADLINE = Duration.ofSeconds(8);

  private static final String RACED =
      """
      roles:
        oncall: [kim]
        senior: [ada]
      escalation:
        levels:
          - {role: oncall, ackWithin: 8s, repeat: {every: 30m, most: 1}}
          - {role: senior, notifyAfter: 8s, silencedBy: [oncall], repeat: {every: 30m, most: 1}}
      """;

  private static TemporalServer temporal;

  @TempDir Path folder;

  @BeforeAll
  static void start(@TempDir Path state) throws Exception {
    temporal = new TemporalServer(state, List.of("raced", "edited", "hangs"));
  }

  @AfterAll
  static void end() {
    temporal.close();
  }

  /** An escalation whose on-call answers about when the deadline is. */
  private record Race(WorkflowStub escalation, String incident, Duration after) {

    /** About the deadline, by the escalation's own clock. */
    String answerInTurn(String by) throws InterruptedException {
      Instant startedAt = escalation.query("status", Escalation.class).startedAt();
      Duration left = Duration.between(Instant.now(), startedAt.plus(DEADLINE).plus(after));
      TimeUnit.MILLISECONDS.sleep(left.toMillis());
      return answer(by);
    }

    String answer(String by) {
      return escalation.update(
          "acknowledge", String.class, new Acknowledgement(by, "oncall", "cli", null));
    }
  }

  @Test
  void an_answer_at_the_very_deadline_ends_the_calls_or_comes_after_the_next_one()
      throws Exception {
    WorkflowClient client = client("raced");
    ExecutorService people = Executors.newCachedThreadPool();
    try (Receiver phone = new Receiver();
        RollbackWorker worker = worker(client, phone, RACED)) {
      assertThat(worker).isNotNull();
      List<Race> races = new ArrayList<>();
      races.add(race(client, -11, DEADLINE.negated()));
      for (int i = -10; i <= 10; i++) {
        // from 3 s before it to 3 s after it, most of them within 200 ms
        races.add(race(client, i, Duration.ofMillis(3L * i * i * i)));
      }
      List<Future<String>> answers = new ArrayList<>();
      for (Race race : races) {
        answers.add(people.submit(() -> race.answerInTurn("kim")));
      }

      for (Future<String> answer : answers) {
        assertThat(answer.get(60, TimeUnit.SECONDS)).isEqualTo("kim answers for On-Call Engineer");
      }
      int calledOn = 0;
      for (Race race : races) {
        assertThat(race.answer("lee")).startsWith("already answered by kim at ");
        race.escalation().update("close", String.class, new Abort("kim", "mended"));
        Escalation ended = race.escalation().getResult(60, TimeUnit.SECONDS, Escalation.class);
        Called oncall = ended.levels().get(0);
        Called senior = ended.levels().get(1);
        assertThat(senior.level()).isEqualTo("senior");
        List<String> heard = heard(phone, race.incident());
        assertThat(heard)
            .as("sent is what has arrived: %s", ended)
            .containsAll(calls(ended, call -> call.trouble() == null));
        // what takes 5 s is cut off by an answer, and may have arrived
        assertThat(calls(ended, call -> true)).as("and is on record").containsAll(heard);
        if (oncall.answer().at().isBefore(ended.startedAt().plus(DEADLINE))) {
          assertThat(senior.calls()).as("answered in time: %s", ended).isEmpty();
        }
        assertThat(senior.calls()).hasSizeLessThanOrEqualTo(1);
        calledOn += senior.calls().size();
      }
      System.out.printf("%d of %d answers came after the next call%n", calledOn, races.size());
      assertThat(calledOn).as("the deadline was among them").isBetween(1, races.size() - 1);
    } finally {
      people.shutdownNow();
    }
  }

  private static Race race(WorkflowClient client, int nth, Duration after) {
    String incident = "incident-" + (nth + 11);
    return new Race(escalation(client, "race-" + (nth + 11), incident), incident, after);
  }

  @Test
  void an_edited_catalog_is_for_what_comes_and_not_for_what_is_under_way() throws Exception {
    WorkflowClient client = client("edited");
    try (Receiver phone = new Receiver()) {
      WorkflowStub before;
      String hash;
      try (RollbackWorker first =
          worker(
              client,
              phone,
              """
              roles: {oncall: [kim]}
              escalation: {levels: [{role: oncall, repeat: {every: 10s, most: 5}}]}
              """)) {
        assertThat(first).isNotNull();
        before = escalation(client, "before", "incident-1");
        soon().until(() -> heard(phone, "incident-1").size() == 1);
        hash = before.query("status", Escalation.class).policyHash();
      }
      try (RollbackWorker second =
          worker(
              client,
              phone,
              """
              roles: {oncall: [lee], senior: [ada]}
              escalation: {levels: [{role: oncall, repeat: {every: 30m, most: 1}}, {role: senior}]}
              """)) {
        assertThat(second).isNotNull();
        WorkflowStub after = escalation(client, "after", "incident-2");

        soon().until(() -> heard(phone, "incident-2").size() == 2);
        assertThat(heard(phone, "incident-2"))
            .containsExactly("incident-2-oncall-1-hook-1 lee", "incident-2-senior-1-hook-1 ada");
        List<String> calls = heard(phone, "incident-1");
        soon().until(() -> heard(phone, "incident-1").size() > calls.size());
        assertThat(heard(phone, "incident-1"))
            .allMatch(call -> call.matches("incident-1-oncall-\\d+-hook-1 kim"));
        assertThat(before.query("status", Escalation.class).policyHash()).isEqualTo(hash);
        assertThat(before.query("status", Escalation.class).nextCallAt()).isNotNull();
        assertThat(after.query("status", Escalation.class).policyHash()).isNotEqualTo(hash);
      }
    }
  }

  /** The runbook's people are waited for by the minute: the limits of a channel are real here. */
  @Test
  void a_channel_that_never_answers_makes_way_for_the_next_one_and_is_told_over_it()
      throws Exception {
    WorkflowClient client = client("hangs");
    try (Receiver silent = new Receiver();
        Receiver phone = new Receiver()) {
      silent.hang();
      try (RollbackWorker worker =
          worker(
              client,
              """
              channels:
                pager: {type: webhook, url: "%s"}
                hook: {type: webhook, url: "%s"}
              roles: {oncall: [kim]}
              escalation: {levels: [{role: oncall, repeat: {every: 30m, most: 1}}]}
              """
                  .formatted(silent.url("/pager"), phone.url("/hook")))) {
        assertThat(worker).isNotNull();
        WorkflowStub escalation = escalation(client, "hangs", "incident-1");

        soon().atMost(Duration.ofSeconds(150)).until(() -> !heard(phone, "incident-1").isEmpty());

        assertThat(silent.requests()).as("tried more than once").hasSizeGreaterThan(2);
        assertThat(heard(silent, "incident-1"))
            .as("always as the same call")
            .containsOnly("incident-1-oncall-1-pager-1 kim");
        assertThat(phone.requests().get(0).body())
            .contains("channel pager is broken: ", "given up after 1 min ");
        soon().until(() -> calls(escalation.query("status", Escalation.class)).size() == 2);
        Escalation told = escalation.query("status", Escalation.class);
        assertThat(calls(told)).extracting(Call::channel).containsExactly("pager", "hook");
        assertThat(calls(told).get(0).trouble()).contains("given up after 1 min ");
        assertThat(calls(told).get(1).trouble()).isNull();
        assertThat(Duration.between(told.startedAt(), calls(told).get(1).at()))
            .as("when the pager was given up")
            .isGreaterThan(Duration.ofSeconds(60));
        assertThat(told.notes())
            .anyMatch(note -> note.matches(".*On-Call Engineer was told \\d+ s late"));
      }
    }
  }

  private static List<Call> calls(Escalation escalation) {
    return escalation.levels().get(0).calls();
  }

  private static WorkflowStub escalation(WorkflowClient client, String id, String incident) {
    WorkflowStub escalation =
        client.newUntypedWorkflowStub(
            "Escalate",
            WorkflowOptions.newBuilder()
                .setTaskQueue(TaskQueues.ROLLBOOK)
                .setWorkflowId(id)
                .build());
    escalation.start(
        new Incident(incident, "shop", "local", "shop", null, Set.of(), false, "kim"), null);
    return escalation;
  }

  /** Each such call's id and recipient. */
  private static List<String> calls(Escalation escalation, Predicate<Call> which) {
    return escalation.levels().stream()
        .flatMap(level -> level.calls().stream())
        .filter(which)
        .map(call -> call.noticeId() + " " + call.recipient())
        .toList();
  }

  /** The same of what arrived, in the order of ids. */
  private static List<String> heard(Receiver phone, String incident) {
    return phone.requests().stream()
        .map(PolicyOnServerIT::json)
        .filter(call -> call.at("/incident/id").asText().equals(incident))
        .map(call -> call.path("id").asText() + " " + call.path("recipient").asText())
        .sorted()
        .toList();
  }

  private static JsonNode json(Receiver.Request request) {
    try {
      return Payloads.mapper().readTree(request.body());
    } catch (IOException e) {
      throw new AssertionError(request.toString(), e);
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

  /** Of a catalog with these people, who have one channel. */
  private RollbackWorker worker(WorkflowClient client, Receiver phone, String people)
      throws Exception {
    return worker(
        client,
        """
        channels:
          hook: {type: webhook, url: "%s"}
        """
                .formatted(phone.url("/hook"))
            + people);
  }

  /** Of a catalog with these channels and people. */
  private RollbackWorker worker(WorkflowClient client, String reach) throws Exception {
    Path file = folder.resolve("rollbook.yaml");
    Files.writeString(
        file,
        """
        version: 1
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
            + reach);
    return RollbackWorker.start(
        client, Catalog.read(file, System.getenv()), folder, new RunJournalFiles(folder, "test"));
  }

  private static ConditionFactory soon() {
    return Awaitility.await().pollInterval(Duration.ofMillis(100)).atMost(Duration.ofSeconds(60));
  }
}

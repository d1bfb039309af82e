package dev.rollbook.escalation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.SearchAttributes;
import dev.rollbook.TaskQueues;
import dev.rollbook.TemporalConnection;
import dev.rollbook.catalog.Catalog;
import dev.rollbook.escalation.Escalation.Answer;
import dev.rollbook.escalation.Escalation.Call;
import dev.rollbook.escalation.Incident.Trouble;
import io.temporal.api.enums.v1.IndexedValueType;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import io.temporal.testing.TestEnvironmentOptions;
import io.temporal.testing.TestWorkflowEnvironment;
import io.temporal.worker.Worker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The table that a catalog without levels of its own has, from its text to its last call. */
@Timeout(240)
class ShippedTableTest {

  /** So late a call may be since the clock goes on while the machine is at it. */
  private static final long MACHINE_SECONDS = 30;

  private static final Instant START = Instant.parse("2026-01-31T12:00:00Z");
  private static final String LATER =
      "15 senior, 20 senior, 25 senior, 30 vendor, 40 vendor, 50 vendor";

  @TempDir Path folder;
  private EscalationPolicy policy;

  @BeforeEach
  void readTheCatalog() throws Exception {
    Path file = folder.resolve("rollbook.yaml");
    Files.writeString(
        file,
        """
        version: 1
        channels:
          email: {type: email, host: localhost, tls: none, from: rollbook@example.com}
        roles:
          oncall: [oncall@example.com]
          dba: [dba@example.com]
          infrastructure: [infra@example.com]
          executives: [cto@example.com]
          senior: [senior@example.com]
          vendor: [vendor@example.com]
          commander: [commander@example.com]
        services:
          shop:
            environments:
              local:
                kind: local
                repository: shop
                port: 8083
                build: {command: [make]}
                start: {command: [make, run]}
        """);
    policy = Catalog.read(file, Map.of()).escalationPolicies().find("shop", "local");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ROLLBACK       | false | 0 oncall, 2 oncall, 4 oncall",
        "DATABASE       | false | 0 dba, 2 dba, 4 dba",
        "INFRASTRUCTURE | false | 0 infrastructure, 4 infrastructure, 8 infrastructure",
        "DATABASE       | true  | 0 dba, 0 executives, 2 dba, 2 executives, 4 dba, 4 executives",
      })
  void each_row_is_called_to_the_minute_three_rounds_long_and_then_the_commander(
      Trouble trouble, boolean companyWide, String first) {
    TestWorkflowEnvironment temporal =
        TestWorkflowEnvironment.newInstance(
            TestEnvironmentOptions.newBuilder()
                .setWorkflowClientOptions(TemporalConnection.clientOptions("default"))
                .build());
    try {
      SearchAttributes.all()
          .forEach(
              key ->
                  temporal.registerSearchAttribute(
                      key.getName(), IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD));
      Worker worker = temporal.newWorker(TaskQueues.ROLLBOOK);
      worker.registerWorkflowImplementationTypes(EscalateWorkflow.class);
      worker.registerActivitiesImplementations(
          new PlainChannels() {
            @Override
            public EscalationPolicy find(String service, String environment) {
              return policy;
            }
          });
      temporal.start();
      WorkflowStub escalation =
          temporal
              .getWorkflowClient()
              .newUntypedWorkflowStub(
                  "Escalate",
                  WorkflowOptions.newBuilder().setTaskQueue(TaskQueues.ROLLBOOK).build());
      escalation.start(incident(companyWide, Set.of(trouble)));

      temporal.sleep(Duration.ofMinutes(205));

      String round = first.strip() + ", " + LATER;
      assertThat(table(escalation.query("status", Escalation.class)))
          .isEqualTo(
              String.join(
                  ", ",
                  round,
                  later(round, 60),
                  later(round, 120),
                  "180 commander, 190 commander, 200 commander"));
    } finally {
      temporal.close();
    }
  }

  private static String later(String round, int minutes) {
    return List.of(round.split(", ")).stream()
        .map(call -> call.split(" "))
        .map(call -> Integer.parseInt(call[0]) + minutes + " " + call[1])
        .collect(Collectors.joining(", "));
  }

  /** {@code 2 oncall}: minutes, level; each over the catalog's only channel. */
  private static String table(Escalation escalation) {
    record Row(long minute, String level) {}
    List<Row> rows = new ArrayList<>();
    for (Escalation.Called level : escalation.levels()) {
      for (Call call : level.calls()) {
        long seconds = Duration.between(escalation.startedAt(), call.at()).toSeconds();
        assertThat(seconds % 60).as(call.noticeId()).isLessThan(MACHINE_SECONDS);
        assertThat(call.channel()).isEqualTo("email");
        rows.add(new Row(seconds / 60, level.level()));
      }
    }
    return rows.stream()
        .sorted(Comparator.comparing(Row::minute).thenComparing(Row::level))
        .map(row -> row.minute() + " " + row.level())
        .collect(Collectors.joining(", "));
  }

  /**
   * Without Temporal, so that each second of the first hour can be tried. The round of those who
   * have not answered is over when their calls have had their time.
   */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "oncall         | 0, 2, 4    | 5  | 12",
        "dba            | 0, 2, 4    | 5  | 60",
        "infrastructure | 0, 4, 8    | 10 | 60",
        "executives     | 0, 2, 4    | 5  | 60",
        "senior         | 15, 20, 25 | 30 | 60",
        "vendor         | 30, 40, 50 | 60 | 30",
      })
  void an_answer_in_any_second_ends_its_levels_calls_and_no_others(
      String level, String minutes, int ackWithin, int othersRound) {
    List<Integer> planned =
        List.of(minutes.strip().split(", ")).stream()
            .map(minute -> Integer.parseInt(minute) * 60)
            .toList();
    for (int second = 0; second <= planned.get(2) + 61; second++) {
      Ladder ladder = new Ladder(policy, note -> {});
      ladder.apply(incident(true, EnumSet.allOf(Trouble.class)), START);
      int answeredAt = second;

      callUntil(ladder, answeredAt - 1);
      ladder
          .find(level)
          .orElseThrow()
          .answered(new Answer("kim", "cli", null, START.plusSeconds(answeredAt)));
      callUntil(ladder, Math.max(answeredAt, othersRound * 60) - 1);

      for (LevelClock clock : ladder.clocks()) {
        boolean isSilenced =
            level.equals("oncall") && clock.level().silencedBy().contains("oncall");
        long calls =
            clock.is(level)
                ? planned.stream().filter(call -> call < answeredAt).count()
                : isSilenced ? 0 : 3;
        assertThat(clock.calls())
            .as("%s, %s answered after %d s", clock.level().id(), level, second)
            .isEqualTo((int) calls);
      }
      assertThat(ladder.find(level).orElseThrow().record().answeredLate())
          .isEqualTo(answeredAt - ackWithin * 60L);
      callUntil(ladder, 5 * 3600);
      assertThat(ladder.find(level).orElseThrow().calls())
          .as("%s, called in no round after %d s", level, second)
          .isEqualTo((int) planned.stream().filter(call -> call < answeredAt).count());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "oncall | dba            | 0, 2, 4, 6, 8, 10, 12, 14, 16 | 18, 28, 38",
        "oncall | infrastructure | 0, 4, 8, 12, 16, 20, 24, 28, 32 | 36, 46, 56",
        "oncall | executives     | 0, 2, 4, 6, 8, 10, 12, 14, 16 | 18, 28, 38",
        "dba    | oncall         | 0, 2, 4, 60, 62, 64, 120, 122, 124 | 180, 190, 200",
      })
  void whom_nobodys_answer_silences_is_called_three_rounds_long_and_then_the_commander(
      String answered, String silent, String minutes, String commander) {
    Ladder ladder = new Ladder(policy, note -> {});
    Set<Trouble> troubles = EnumSet.of(Trouble.ROLLBACK);
    if (List.of("dba", "infrastructure").contains(silent)) {
      troubles.add(Trouble.valueOf(silent.equals("dba") ? "DATABASE" : "INFRASTRUCTURE"));
    }
    if (answered.equals("dba")) {
      troubles.add(Trouble.DATABASE);
    }
    ladder.apply(incident(silent.equals("executives"), troubles), START);
    List<String> calls = new ArrayList<>();
    for (int second = 0; second <= 209 * 60; second++) {
      Instant at = START.plusSeconds(second);
      if (second == 60) {
        ladder.find(answered).orElseThrow().answered(new Answer("kim", "cli", null, at));
      }
      int minute = second / 60;
      ladder.due(at).forEach(clock -> calls.add(clock.level().id() + " " + minute));
    }

    assertThat(minutesOf(silent, calls)).isEqualTo(minutes.strip());
    assertThat(minutesOf("commander", calls)).startsWith(commander.strip());
    assertThat(minutesOf(answered, calls)).isEqualTo("0");
  }

  private static String minutesOf(String level, List<String> calls) {
    return calls.stream()
        .filter(call -> call.startsWith(level + " "))
        .map(call -> call.split(" ")[1])
        .collect(Collectors.joining(", "));
  }

  @Test
  void an_answer_in_the_commanders_time_ends_its_calls() {
    Ladder ladder = new Ladder(policy, note -> {});
    ladder.apply(incident(false, Set.of(Trouble.ROLLBACK)), START);

    callUntil(ladder, 195 * 60);
    LevelClock commander = ladder.find("commander").orElseThrow();
    assertThat(commander.calls()).isEqualTo(2);
    commander.answered(new Answer("kim", "cli", null, START.plusSeconds(195 * 60)));

    assertThat(callUntil(ladder, 300 * 60)).isZero();
  }

  /** From one event to the next, as the workflow waits. Returns how many calls there were. */
  private static int callUntil(Ladder ladder, long lastSecond) {
    Instant last = START.plusSeconds(lastSecond);
    int calls = 0;
    for (Optional<Ladder.Next> next = ladder.next();
        next.isPresent() && !next.get().at().isAfter(last);
        next = ladder.next()) {
      calls += ladder.due(next.get().at()).size();
    }
    return calls;
  }

  private static Incident incident(boolean companyWide, Set<Trouble> troubles) {
    return new Incident(
        "plan-1", "shop", "local", "rollback failed", "C3", troubles, companyWide, "rollback");
  }
}

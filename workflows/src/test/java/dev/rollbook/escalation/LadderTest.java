package dev.rollbook.escalation;

import static dev.rollbook.escalation.RunbookPolicy.COMMANDER;
import static dev.rollbook.escalation.RunbookPolicy.CTO;
import static dev.rollbook.escalation.RunbookPolicy.DBA;
import static dev.rollbook.escalation.RunbookPolicy.INFRA;
import static dev.rollbook.escalation.RunbookPolicy.ONCALL;
import static dev.rollbook.escalation.RunbookPolicy.SENIOR;
import static dev.rollbook.escalation.RunbookPolicy.incident;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.escalation.Escalation.Answer;
import dev.rollbook.escalation.Incident.Trouble;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Second by second, without Temporal: what is due when. */
@Timeout(60)
class LadderTest {

  private static final Instant START = Instant.parse("2026-01-31T12:00:00Z");

  private final List<String> notes = new ArrayList<>();
  private Ladder ladder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ROLLBACK       | false | 0:00 oncall, 2:00 oncall, 4:00 oncall, 15:00 senior",
        "DATABASE       | false | 0:00 dba, 5:00 dba, 15:00 senior",
        "INFRASTRUCTURE | false | 1:00 infra, 6:00 infra, 15:00 senior",
        "ROLLBACK       | true  | 0:00 oncall, 0:00 cto, 2:00 oncall, 3:00 cto, 4:00 oncall, 15:00 senior",
      })
  void each_row_of_the_runbook_calls_its_people_on_its_own_clock(
      Trouble trouble, boolean companyWide, String table) {
    begin(RunbookPolicy.whole(), incident(companyWide, trouble));

    assertThat(calls(0, 20 * 60 - 1, at -> {})).isEqualTo(table.strip());
  }

  @Test
  void an_answer_in_any_second_ends_that_levels_calls_from_this_very_second_on() {
    List<Integer> planned = List.of(0, 120, 240, 360);
    for (int second = 0; second <= 400; second++) {
      begin(RunbookPolicy.of(ONCALL), incident(false, Trouble.ROLLBACK));
      long answerAt = second;

      // the answer is there first when it comes in the very second of a call
      calls(0, 1_000, at -> answer("oncall", at, answerAt));

      assertThat(ladder.find("oncall").orElseThrow().calls())
          .as("answered after %d s", second)
          .isEqualTo((int) planned.stream().filter(call -> call < answerAt).count());
      assertThat(ladder.find("oncall").orElseThrow().record().answeredLate())
          .isEqualTo(answerAt - 300);
      assertThat(ladder.next()).isEmpty();
    }
  }

  @Test
  void the_answer_of_one_level_does_not_silence_another_that_does_not_say_so() {
    begin(
        RunbookPolicy.of(ONCALL, DBA, SENIOR), incident(false, Trouble.ROLLBACK, Trouble.DATABASE));

    String calls = calls(0, 19 * 60, at -> answer("oncall", at, 60));

    assertThat(calls).isEqualTo("0:00 oncall, 0:00 dba, 5:00 dba, 10:00 dba, 15:00 dba");
    assertThat(notes)
        .containsExactly(
            "DBA: nobody answered within 5 min", "nobody answered for DBA: from the top again (1)");
  }

  @Test
  void a_level_that_nobodys_answer_silences_is_called_in_further_rounds_and_then_the_commander() {
    begin(
        RunbookPolicy.of(1, COMMANDER, Duration.ZERO, ONCALL, DBA),
        incident(false, Trouble.ROLLBACK, Trouble.DATABASE));

    String calls = calls(0, 45 * 60, at -> answer("oncall", at, 60));

    assertThat(calls)
        .isEqualTo(
            "0:00 oncall, 0:00 dba, 5:00 dba, 10:00 dba, 15:00 dba,"
                + " 20:00 commander, 30:00 commander, 40:00 commander");
    assertThat(notes)
        .contains("nobody answered for DBA: Incident Commander is called until somebody does");
  }

  @Test
  void whoever_is_called_since_a_level_is_silent_answers_for_it_too() {
    begin(
        RunbookPolicy.of(1, COMMANDER, Duration.ZERO, ONCALL, SENIOR),
        incident(false, Trouble.ROLLBACK));

    String calls = calls(0, 120 * 60, at -> answer("senior", at, 16 * 60));

    assertThat(calls).isEqualTo("0:00 oncall, 2:00 oncall, 4:00 oncall, 15:00 senior");
    assertThat(ladder.next()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"dba", "commander"})
  void the_last_ones_own_answer_or_the_commanders_ends_all_calls(String level) {
    begin(
        RunbookPolicy.of(1, COMMANDER, Duration.ZERO, ONCALL, DBA),
        incident(false, Trouble.ROLLBACK, Trouble.DATABASE));

    String calls =
        calls(
            0,
            60 * 60,
            at -> {
              answer("oncall", at, 60);
              answer(level, at, 25 * 60);
            });

    assertThat(calls).endsWith("15:00 dba, 20:00 commander");
    assertThat(ladder.next()).isEmpty();
  }

  @Test
  void an_answer_after_the_others_last_calls_begins_their_next_round() {
    begin(
        RunbookPolicy.of(1, COMMANDER, Duration.ZERO, ONCALL, DBA, SENIOR),
        incident(false, Trouble.ROLLBACK, Trouble.DATABASE));

    String calls = calls(0, 22 * 60, at -> answer("oncall", at, 12 * 60));

    assertThat(calls)
        .isEqualTo(
            "0:00 oncall, 0:00 dba, 2:00 oncall, 4:00 oncall, 5:00 dba,"
                + " 12:00 dba, 17:00 dba, 22:00 commander");
  }

  @Test
  void whose_answer_has_become_old_is_asked_again_and_the_commander_goes_on_for_the_silent_one() {
    begin(
        RunbookPolicy.of(0, COMMANDER, Duration.ofMinutes(30), ONCALL, DBA),
        incident(false, Trouble.ROLLBACK, Trouble.DATABASE));

    String calls =
        calls(
            0,
            43 * 60,
            at -> {
              answer("oncall", at, 60);
              answer("oncall", at, 32 * 60);
            });

    assertThat(calls)
        .isEqualTo(
            "0:00 oncall, 0:00 dba, 5:00 dba, 10:00 commander, 20:00 commander, 30:00 commander,"
                + " 31:00 oncall, 32:00 commander, 42:00 commander");
  }

  @Test
  void an_escalation_from_before_goes_on_as_it_began() {
    begin(
        RunbookPolicy.of(1, COMMANDER, Duration.ZERO, ONCALL, DBA),
        incident(false, Trouble.ROLLBACK, Trouble.DATABASE));
    ladder.endRoundsByAnyAnswer();

    assertThat(calls(0, 60 * 60, at -> answer("oncall", at, 60)))
        .isEqualTo("0:00 oncall, 0:00 dba, 5:00 dba");
    assertThat(ladder.next()).isEmpty();
  }

  @Test
  void nobody_answers_so_all_are_called_from_the_top_and_then_the_commander_without_end() {
    begin(
        RunbookPolicy.of(1, COMMANDER, Duration.ZERO, ONCALL, INFRA),
        incident(false, Trouble.ROLLBACK, Trouble.INFRASTRUCTURE));

    // a round ends when infra's last call, at 6:00, has had its 5 minutes
    assertThat(calls(0, 45 * 60, at -> {}))
        .isEqualTo(
            "0:00 oncall, 1:00 infra, 2:00 oncall, 4:00 oncall, 6:00 infra, "
                + "11:00 oncall, 12:00 infra, 13:00 oncall, 15:00 oncall, 17:00 infra, "
                + "22:00 commander, 32:00 commander, 42:00 commander");
    assertThat(notes)
        .contains("nobody answered: Incident Commander is called until somebody does")
        .contains("On-Call Engineer: nobody answered within 5 min");
  }

  @Test
  void whoever_answers_ends_the_commanders_calls() {
    begin(RunbookPolicy.of(0, COMMANDER, Duration.ZERO, ONCALL), incident(false, Trouble.ROLLBACK));

    String calls = calls(0, 60 * 60, at -> answer("oncall", at, 17 * 60));

    assertThat(calls).endsWith("4:00 oncall, 6:00 commander, 16:00 commander");
    assertThat(ladder.next()).isEmpty();
  }

  @Test
  void without_a_commander_it_begins_from_the_top_without_end() {
    begin(RunbookPolicy.of(ONCALL), incident(false, Trouble.ROLLBACK));

    assertThat(calls(0, 15 * 60, at -> {}))
        .isEqualTo(
            "0:00 oncall, 2:00 oncall, 4:00 oncall, 6:00 oncall, 8:00 oncall, 10:00 oncall,"
                + " 12:00 oncall, 14:00 oncall");
  }

  @Test
  void an_empty_role_is_noted_and_passed_over() {
    begin(
        RunbookPolicy.of(RunbookPolicy.with(ONCALL, List.of("pager"), List.of()), CTO),
        incident(true, Trouble.ROLLBACK));

    assertThat(calls(0, 179, at -> {})).isEqualTo("0:00 cto");
    assertThat(notes)
        .containsExactly("On-Call Engineer has nobody in the catalog, and is passed over");
  }

  @Test
  void when_every_role_is_empty_the_commander_is_called_at_once() {
    begin(
        RunbookPolicy.of(
            3, COMMANDER, Duration.ZERO, RunbookPolicy.with(ONCALL, List.of("pager"), List.of())),
        incident(false, Trouble.ROLLBACK));

    assertThat(calls(0, 10 * 60, at -> {})).isEqualTo("0:00 commander, 10:00 commander");
  }

  @Test
  void with_nobody_at_all_nothing_is_due() {
    begin(
        RunbookPolicy.of(RunbookPolicy.with(ONCALL, List.of(), List.of("a"))),
        incident(false, Trouble.ROLLBACK));

    assertThat(calls(0, 60, at -> {})).isEmpty();
    assertThat(ladder.next()).isEmpty();
    assertThat(notes)
        .containsExactly("On-Call Engineer has no channel in the catalog, and is passed over");
  }

  @Test
  void an_answer_that_has_become_old_does_not_count_any_more() {
    begin(
        RunbookPolicy.of(0, COMMANDER, Duration.ofMinutes(30), ONCALL),
        incident(false, Trouble.ROLLBACK));

    String calls = calls(0, 36 * 60 + 60, at -> answer("oncall", at, 60));

    assertThat(calls)
        .isEqualTo("0:00 oncall, 31:00 oncall, 33:00 oncall, 35:00 oncall, 37:00 commander");
    assertThat(notes.get(0)).contains("kim answered for On-Call Engineer at 2026-01-31T12:01:00Z");
  }

  @Test
  void what_fails_besides_calls_its_own_people_from_then_on_and_nobody_twice() {
    begin(RunbookPolicy.of(ONCALL, INFRA), incident(false, Trouble.ROLLBACK));

    String calls =
        calls(
            0,
            9 * 60,
            at -> {
              answer("oncall", at, 30);
              if (at == 90 || at == 91) {
                ladder.apply(incident(false, Trouble.ROLLBACK, Trouble.INFRASTRUCTURE), time(at));
              }
            });

    assertThat(calls).isEqualTo("0:00 oncall, 2:30 infra, 7:30 infra");
  }

  @Test
  void a_new_incident_calls_those_again_who_answered_about_the_old_one() {
    begin(RunbookPolicy.of(ONCALL), incident(false, Trouble.ROLLBACK));

    String calls =
        calls(
            0,
            3 * 60,
            at -> {
              answer("oncall", at, 30);
              if (at == 90) {
                ladder.applyAnew(incident(false, Trouble.ROLLBACK), time(at));
              }
            });

    assertThat(calls).isEqualTo("0:00 oncall, 1:30 oncall");
  }

  @Test
  void calls_that_no_worker_could_make_are_not_made_up_for() {
    begin(RunbookPolicy.of(ONCALL), incident(false, Trouble.ROLLBACK));

    calls(0, 0, at -> {});

    assertThat(calls(3600, 3600 + 300, at -> {}))
        .isEqualTo("60:00 oncall, 62:00 oncall, 64:00 oncall");
  }

  private void begin(EscalationPolicy policy, Incident incident) {
    notes.clear();
    ladder = new Ladder(policy, notes::add);
    ladder.apply(incident, START);
  }

  private String calls(int from, int to, LongConsumer before) {
    List<String> calls = new ArrayList<>();
    for (int second = from; second <= to; second++) {
      before.accept(second);
      for (LevelClock clock : ladder.due(time(second))) {
        calls.add("%d:%02d %s".formatted(second / 60, second % 60, clock.level().id()));
      }
    }
    return String.join(", ", calls);
  }

  private void answer(String level, long now, long at) {
    if (now == at) {
      ladder.find(level).orElseThrow().answered(new Answer("kim", "cli", null, time(at)));
    }
  }

  private static Instant time(long second) {
    return START.plusSeconds(second);
  }
}

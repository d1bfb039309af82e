package dev.rollbook.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.escalation.Escalation;
import dev.rollbook.escalation.Escalation.Answer;
import dev.rollbook.escalation.Escalation.Call;
import dev.rollbook.escalation.Escalation.Called;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class EscalationTextTest {

  private static final Instant START = Instant.parse("2026-01-31T00:00:00Z");

  @Test
  void each_deadline_is_met_or_missed_by_how_much_and_no_call_is_left_out_of_the_count() {
    String text =
        new EscalationText(new Terminal(false))
            .of(
                new Escalation(
                    null,
                    "hash-1",
                    START,
                    null,
                    null,
                    List.of(
                        called("oncall", 1, null, new Answer("kim", "cli", null, START), -58L, -9L),
                        called("dba", 1, null, null, 61L, null),
                        called("commander", 184, "410 Gone", null, null, null),
                        new Called("executives", "executives", List.of(), null, null, null, 0)),
                    null,
                    List.of()));

    assertThat(text.lines().map(String::strip))
        .contains(
            "oncall (oncall): kim answered at 2026-01-31T00:00:00Z by cli;"
                + " told in time, 58 s to spare; answered in time, 9 s to spare",
            "dba (dba): nobody has answered; told 1 min 1 s too late",
            "commander (commander): nobody has answered; not told (all channels broken); 184 calls",
            "executives (executives): not called");
  }

  /** With the first of its calls and the newest. */
  private static Called called(
      String level, int inAll, String trouble, Answer answer, Long told, Long answered) {
    List<Call> calls =
        IntStream.range(0, Math.min(inAll, 50))
            .mapToObj(nth -> new Call(level + nth, START, "hook", "kim", null, trouble, false))
            .toList();
    return new Called(level, level, calls, answer, told, answered, inAll);
  }
}

package dev.rollbook.escalation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.escalation.Escalation.Answer;
import dev.rollbook.escalation.Escalation.Call;
import dev.rollbook.escalation.Escalation.Called;
import dev.rollbook.escalation.Escalation.Closed;
import dev.rollbook.escalation.Incident.Trouble;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What Temporal UI shows of an escalation: whoever is called looks there first. */
@Timeout(30)
class EscalationDetailsTest {

  private static final Instant START = Instant.parse("2026-01-31T12:00:00Z");
  private static final String HOSTILE = "<script>x</script> | [a](http://evil) `b` *c*";

  private static Escalation escalation(Instant nextCallAt, Closed closed, Called... levels) {
    return new Escalation(
        incident("rollback failed", "C3 failed"),
        "hash-1",
        START,
        null,
        nextCallAt,
        List.of(levels),
        closed,
        List.of("channel pager is broken: 410 Gone"));
  }

  private static Incident incident(String title, String why) {
    return new Incident(
        "plan-1", "shop", "production", title, why, Set.of(Trouble.ROLLBACK), false, "rollback");
  }

  private static Call call(int minute, String channel, String whom, String trouble) {
    return new Call(
        "n-" + minute, START.plusSeconds(60L * minute), channel, whom, null, trouble, false);
  }

  @Test
  void who_was_called_when_over_what_who_answered_and_when_the_next_call_is_due() {
    Called oncall =
        new Called(
            "oncall",
            "On-Call Engineer",
            List.of(
                call(0, "pager", "kim@example.com", "410 Gone"),
                call(0, "email", "kim@example.com", null)),
            new Answer("kim", "link", "looking", START.plusSeconds(90)),
            -60L,
            -210L,
            null);
    Called dba =
        new Called("dba", "DBA", List.of(call(2, "pager", "lee", null)), null, -180L, null, null);

    String text = EscalationDetails.of(escalation(START.plusSeconds(240), null, oncall, dba));

    assertThat(text.lines())
        .contains(
            "## shop in production: next call at 2026-01-31T12:04:00Z",
            "| On-Call Engineer | kim at 2026-01-31T12:01:30Z | 2026-01-31T12:00:00Z | 2 |",
            "| DBA | nobody yet | 2026-01-31T12:02:00Z | 1 |",
            "| 2026-01-31T12:00:00Z | On-Call Engineer | pager | kim@example.com | not sent: 410 Gone |",
            "| 2026-01-31T12:00:00Z | On-Call Engineer | email | kim@example.com |  |",
            "| 2026-01-31T12:02:00Z | DBA | pager | lee |  |",
            "- channel pager is broken: 410 Gone");
  }

  @Test
  void an_end_is_shown_with_who_and_why() {
    Closed closed = new Closed("kim", "v4 is out", START.plusSeconds(600));

    assertThat(EscalationDetails.of(escalation(null, closed)))
        .startsWith("## shop in production: closed by kim at 2026-01-31T12:10:00Z: v4 is out\n");
    assertThat(EscalationDetails.of(escalation(null, null)))
        .startsWith("## shop in production: nobody is to be called any more\n");
  }

  @Test
  void words_from_elsewhere_are_shown_as_they_are_and_make_no_links_or_rows() {
    Escalation escalation =
        new Escalation(
            incident(HOSTILE, HOSTILE + "\n## shop in production: all is well"),
            "hash-1",
            START,
            null,
            null,
            List.of(
                new Called(
                    "oncall",
                    HOSTILE,
                    List.of(call(0, HOSTILE, HOSTILE, HOSTILE)),
                    new Answer(HOSTILE, "cli", HOSTILE, START),
                    null,
                    null,
                    null)),
            null,
            List.of(HOSTILE + "\n| a | row |"));

    String text = EscalationDetails.of(escalation);

    assertThat(text).doesNotContain("<script>", " [a", " `b` ", " *c*");
    assertThat(text.lines().filter(line -> line.startsWith("## "))).hasSize(1);
    assertThat(text.lines().filter(line -> line.startsWith("| a"))).isEmpty();
  }

  @Test
  void of_a_night_of_calls_the_last_ones_are_shown_and_how_many_there_were() {
    List<Call> calls =
        IntStream.range(0, 100).mapToObj(i -> call(i, "pager", "kim", null)).toList();

    String text =
        EscalationDetails.of(
            escalation(
                START.plusSeconds(6000),
                null,
                new Called("oncall", "On-Call Engineer", calls, null, null, null, null)));

    assertThat(text).contains("| On-Call Engineer | nobody yet | 2026-01-31T13:39:00Z | 100 |");
    assertThat(text.lines().filter(line -> line.contains("| pager |")))
        .hasSize(8)
        .last()
        .asString()
        .startsWith("| 2026-01-31T13:39:00Z");
  }
}

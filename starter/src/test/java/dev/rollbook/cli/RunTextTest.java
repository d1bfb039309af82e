package dev.rollbook.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.Question;
import dev.rollbook.Run;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A run in words, where a person has to type something. */
@Timeout(60)
class RunTextTest {

  private static final Instant UNTIL = Instant.parse("2026-11-23T05:42:10.123Z");

  private final RunText text = new RunText(new Terminal(false));

  @Test
  void a_question_comes_with_both_commands_to_type() {
    assertThat(text.question(asking("Restart the whole stack shop? Down: mysql")))
        .isEqualTo(
            """
            ? B9  Restart the whole stack shop? Down: mysql (until 2026-11-23T05:42:10Z; silence is no)
                  rollbook approve shopping-service -e staging --reason "…"
                  rollbook reject shopping-service -e staging --reason "…\"""");
  }

  @Test
  void a_question_cannot_play_with_the_terminal() {
    assertThat(text.question(asking("Down: \u001b[2Jmysql %s")))
        .doesNotContain("\u001b")
        .contains("%s");
  }

  @Test
  void a_run_that_asks_nothing_has_no_question() {
    assertThat(text.question(run(null))).isEmpty();
  }

  @Test
  void json_has_the_question_as_it_is() {
    assertThat(RunJson.of(asking("Down: mysql")))
        .contains(
            "\"step\" : \"B9\"",
            "\"text\" : \"Down: mysql\"",
            "\"until\" : \"2026-11-23T05:42:10.123Z\"");
  }

  private static Run asking(String words) {
    return run(new Question("B9", words, UNTIL, null));
  }

  private static Run run(Question asks) {
    return new Run(
        "rollback:staging:shopping-service",
        "shopping-service",
        "staging",
        "B",
        null,
        null,
        null,
        null,
        null,
        UNTIL,
        null,
        null,
        asks,
        null,
        null,
        List.of(),
        List.of());
  }
}

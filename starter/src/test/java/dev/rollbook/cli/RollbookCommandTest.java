package dev.rollbook.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import picocli.CommandLine;

@Timeout(30)
class RollbookCommandTest {

  @Test
  void every_word_is_known_by_the_name_it_has() {
    Map<String, CommandLine> all = RollbookCommand.line("--help").getSubcommands();

    assertThat(all.keySet()).containsExactlyElementsOf(RollbookCommand.WORDS.keySet());
    for (Map.Entry<String, CommandLine> word : all.entrySet()) {
      Object command = word.getValue().getCommand();
      assertThat(command).isInstanceOf(RollbookCommand.WORDS.get(word.getKey()));
    }
  }

  @Test
  void a_word_that_stands_alone_understands_and_says_what_it_does_among_all() {
    CommandLine all = RollbookCommand.line("--help");

    for (String word : RollbookCommand.WORDS.keySet()) {
      CommandLine alone = RollbookCommand.line(word, "anything");

      assertThat(alone.getSubcommands()).containsKey(word);
      assertThat(alone.getSubcommands().get(word).getUsageMessage())
          .isEqualTo(all.getSubcommands().get(word).getUsageMessage());
    }
  }
}

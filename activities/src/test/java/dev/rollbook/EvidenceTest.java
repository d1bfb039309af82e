package dev.rollbook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvidenceTest {

  @Test
  void the_last_lines_are_kept_and_nothing_is_said_when_nothing_is_cut() {
    assertThat(Evidence.lastLines("a\nb\nc\n", 2)).isEqualTo("b\nc");
    assertThat(Evidence.lastLines("a\nb", 50)).isEqualTo("a\nb");
    assertThat(Evidence.lastLines("", 5)).isEmpty();
  }

  @Test
  void terminal_sequences_and_control_characters_are_gone() {
    assertThat(Evidence.plain("\u001b[1;31mred\u001b[0m \u001b]0;title\u0007x\u001b]8;;u\u001b\\y"))
        .isEqualTo("red xy");
    assertThat(Evidence.plain("10%\r20%\r\nnul\0 bell\u0007 \u009b31mc1 \u202egpj.exe\u202c\ttab"))
        .isEqualTo("10%\n20%\nnul bell c1 gpj.exe\ttab");
    assertThat(Evidence.plain("a\ud800b\ud83d\udea8")).isEqualTo("a\ufffdb\ud83d\udea8");
    assertThat(Evidence.plain("\u001b]never ended\nnext")).isEqualTo("\nnext");
  }

  @Test
  void the_end_is_kept_within_the_limit_without_breaking_a_character() {
    String text = "🚨é漢".repeat(5000);
    for (int limit = 100; limit < 140; limit++) {
      String bounded = Evidence.bounded(text, limit);
      assertThat(bounded.getBytes(StandardCharsets.UTF_8).length).isLessThanOrEqualTo(limit);
      assertThat(bounded).endsWith("漢").doesNotContain("\ufffd").startsWith("[");
      int kept =
          bounded.substring(bounded.indexOf('\n') + 1).getBytes(StandardCharsets.UTF_8).length;
      assertThat(bounded).startsWith("[" + (5000 * 9 - kept) + " bytes cut]\n");
    }
    assertThat(Evidence.beginning(text, 100)).startsWith("🚨é漢").endsWith(" bytes cut]");
    assertThat(Evidence.beginning(text, 100).getBytes(StandardCharsets.UTF_8).length)
        .isLessThanOrEqualTo(100);
  }

  @Test
  void long_logs_begin_with_a_whole_line() {
    String log =
        IntStream.range(0, 5000)
            .mapToObj(i -> "line number " + i)
            .collect(Collectors.joining("\n"));
    List<String> kept = Evidence.lastLines(log, 4000).lines().toList();
    assertThat(kept.get(0)).matches("\\[\\d+ bytes cut]");
    assertThat(kept.get(1)).matches("line number \\d+");
    assertThat(kept.get(kept.size() - 1)).isEqualTo("line number 4999");
  }

  @Test
  void the_tail_of_a_file_of_gigabytes_is_read_at_once(@TempDir Path directory) throws Exception {
    Path log = directory.resolve("service.log");
    try (RandomAccessFile sparse = new RandomAccessFile(log.toFile(), "rw")) {
      sparse.seek(64L * 1024 * 1024 * 1024);
      sparse.write(
          "\nbefore\nStarted ShoppingServiceApplication\n".getBytes(StandardCharsets.UTF_8));
    }
    String tail =
        assertTimeoutPreemptively(Duration.ofSeconds(10), () -> Evidence.lastLines(log, 2));
    assertThat(tail).isEqualTo("before\nStarted ShoppingServiceApplication");
  }

  @Test
  void a_secret_in_a_log_is_hidden_even_when_a_terminal_colour_is_within(@TempDir Path directory)
      throws Exception {
    Path log = Files.writeString(directory.resolve("log"), "a sword\u001b[1mfish b\npassword=x\n");
    Redaction redaction = new Redaction(List.of(new Secret("${env:S}", Map.of("S", "swordfish"))));
    assertThat(Evidence.lastLines(log, 10, redaction)).isEqualTo("a *** b\npassword=***");
  }
}

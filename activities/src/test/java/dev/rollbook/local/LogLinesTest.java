package dev.rollbook.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class LogLinesTest {

  private static final Pattern STARTED = Pattern.compile("Started .* in [0-9.]+ seconds");

  @TempDir Path folder;
  private Path file;
  private LogLines log;

  @BeforeEach
  void open() {
    file = folder.resolve("output.log");
    log = new LogLines(file);
  }

  @Test
  void a_log_that_is_not_there_yet_has_no_line() throws IOException {
    assertThat(log.find(STARTED)).isEmpty();
    assertThat(log.lastLine()).isEmpty();
  }

  @Test
  void a_line_that_comes_in_pieces_is_found_once_it_is_whole() throws IOException {
    append("booting\r\nStarted Sh");
    assertThat(log.find(STARTED)).isEmpty();
    append("op in 1.5 sec");
    assertThat(log.find(STARTED)).isEmpty();
    append("onds");
    assertThat(log.find(STARTED)).hasValue("Started Shop in 1.5 seconds");
    assertThat(log.lastLine()).isEqualTo("booting");
  }

  @Test
  void a_line_is_found_behind_much_output() throws IOException {
    append("x".repeat(1_000_000) + "\n" + "y\n".repeat(500_000));
    append("Started Shop in 2 seconds\nmore\n");
    assertThat(log.find(STARTED)).hasValue("Started Shop in 2 seconds");
  }

  @Test
  void of_an_endless_line_the_end_is_searched_and_nothing_is_shown() throws IOException {
    append("ready\n" + "s".repeat(3_000_000) + " Started Shop in 3 seconds");
    assertThat(log.find(STARTED))
        .hasValueSatisfying(
            line -> assertThat(line).hasSizeLessThan(70_000).endsWith("in 3 seconds"));
    append("\n");
    log.find(STARTED);
    assertThat(log.lastLine()).isEqualTo("ready");
  }

  private void append(String text) throws IOException {
    Files.writeString(file, text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }
}

package dev.rollbook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RedactionTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "password=hunter2 rest | password=*** rest",
        "spring.datasource.password: hunter2 | spring.datasource.password: ***",
        "SPRING_PASSWD=hunter2 | SPRING_PASSWD=***",
        "{\"password\":\"x\",\"port\":8083} | {\"password\":\"***\",\"port\":8083}",
        "{\"password\": \"a \\\" b\", \"n\":1} | {\"password\": \"***\", \"n\":1}",
        "{\\\"token\\\":\\\"abc\\\",\\\"n\\\":1} | {\\\"token\\\":\\\"***\\\",\\\"n\\\":1}",
        "secret = 'two words' end | secret = '***' end",
        "x-api-key: abc123 | x-api-key: ***",
        "apiKey=abc&page=2 | apiKey=***&page=2",
        "Authorization: Bearer abc.def | Authorization: Bearer ***",
        "authorization: Basic dXNlcjpwYXNz | authorization: Basic ***",
        "'Authorization': 'Bearer abc def' | 'Authorization': 'Bearer ***'",
        "mysql --password hunter2 --port 1 | mysql --password *** --port 1",
        "<password>hunter2</password> | <password>***</password>",
        "jdbc:mysql://app:hunter2@db:3306/shop | jdbc:mysql://app:***@db:3306/shop",
        "https://app:p@ss:word@host/x | https://app:***@host/x",
        "https://ghx0123456789012345678@github.com/x | https://***@github.com/x",
        "ssh://git@example.com/x | ssh://git@example.com/x",
        "http://localhost:8083/actuator/health | http://localhost:8083/actuator/health",
        "key AKIAIOSFODNN7EXAMPLE used | key *** used",
        "jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl end | jwt *** end",
        "the password was wrong | the password was wrong",
        "password=\"unterminated | password=\"***",
      })
  void what_looks_like_a_secret_is_hidden(String text, String clean) {
    assertThat(Redaction.NONE.clean(text)).isEqualTo(clean);
    assertThat(Redaction.NONE.clean(clean)).isEqualTo(clean);
  }

  @Test
  void a_private_key_is_hidden_whole_or_cut_at_either_end() {
    String begin = "-----BEGIN RSA PRIVATE KEY-----\n";
    String end = "-----END RSA PRIVATE KEY-----";
    assertThat(Redaction.NONE.clean("a\n" + begin + "MIIE\nabc\n" + end + "\nb"))
        .isEqualTo("a\n***\nb");
    assertThat(Redaction.NONE.clean("a\n" + begin + "MIIE\nabc")).isEqualTo("a\n***");
    assertThat(Redaction.NONE.clean("MIIE\nabc=\n" + end + "\nb")).isEqualTo("***\nb");
  }

  @Test
  void a_variables_value_is_hidden_in_every_form_even_without_the_text_around_it() {
    Redaction redaction =
        new Redaction(
            List.of(
                new Secret("Bearer ${env:TOKEN}", Map.of("TOKEN", "a b\"c/ü")),
                new Secret("${env:SHORT}", Map.of("SHORT", "abc")),
                new Secret("plain value", Map.of()),
                new Secret("${env:MISSING}", Map.of())));

    assertThat(redaction.clean("1 a b\"c/ü 2 a b\\\"c/ü 3 a+b%22c%2F%C3%BC 4 YSBiImMvw7w= 5"))
        .isEqualTo("1 *** 2 *** 3 *** 4 ***= 5");
    assertThat(redaction.clean("abc, plain value")).isEqualTo("abc, plain value");
  }

  @Test
  void a_secret_files_lines_are_hidden_and_a_rotated_value_stays_hidden(@TempDir Path directory)
      throws Exception {
    Path file = Files.writeString(directory.resolve("key"), "first-line-1\nsecond-line-2\n");
    Redaction redaction = new Redaction(List.of(new Secret("file:" + file, Map.of())));
    assertThat(redaction.clean("x second-line-2 y")).isEqualTo("x *** y");

    Files.writeString(file, "rotated-value");
    assertThat(redaction.clean("rotated-value first-line-1")).isEqualTo("*** ***");
  }

  @Test
  void a_value_set_later_is_known_when_the_text_is_cleaned() {
    Map<String, String> environment = new HashMap<>();
    Redaction redaction = new Redaction(List.of(new Secret("${env:LATE}", environment)));
    assertThat(redaction.clean("swordfish")).isEqualTo("swordfish");
    environment.put("LATE", "swordfish");
    assertThat(redaction.clean("swordfish")).isEqualTo("***");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a",
        "password",
        "password=",
        "password=\"",
        "password=\\\"",
        "\\\"",
        "://",
        "a://a:",
        "a://a@",
        "eyJ",
        "-eyJa",
        "eyJaaaaaa.",
        "-----BEGIN PRIVATE KEY-----",
        "-----END PRIVATE KEY-----",
        "-----BEGIN A",
        "--password ",
        "AKIA",
        "token ",
        "token\t",
        "Authorization: Bearer ",
        "é",
        "\ud800"
      })
  void a_megabyte_of_anything_takes_bounded_time(String piece) {
    String hostile = "password=\"" + piece.repeat(1_000_000 / piece.length());
    assertTimeoutPreemptively(Duration.ofSeconds(20), () -> Redaction.NONE.clean(hostile));
    assertTimeoutPreemptively(
        Duration.ofSeconds(20), () -> Redaction.NONE.clean(hostile.substring(10)));
  }
}

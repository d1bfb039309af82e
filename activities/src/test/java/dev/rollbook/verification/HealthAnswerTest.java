package dev.rollbook.verification;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.Redaction;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HealthAnswerTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "200 | {\"status\":\"UP\"} | UP",
        "200 | {\"status\":\"UP\",\"components\":{\"db\":{\"status\":\"UP\"}}} | UP",
        "503 | {\"status\":\"UP\"} | 503, although its body says UP",
        "503 | {\"status\":\"DOWN\"} | 503, DOWN",
        "200 | {\"status\":\"DOWN\"} | 200, DOWN",
        "503 | {\"status\":\"OUT_OF_SERVICE\"} | 503, OUT_OF_SERVICE",
        "503 | {\"status\":\"DOWN\",\"components\":{\"db\":{\"status\":\"DOWN\",\"details\":{\"error\":\"Connection refused\"}},\"disk\":{\"status\":\"UP\"}}} | 503, DOWN: db (Connection refused)",
        "503 | {\"status\":\"DOWN\",\"components\":{\"all\":{\"status\":\"DOWN\",\"components\":{\"a\":{\"status\":\"UP\"},\"b\":{\"status\":\"DOWN\"}}}}} | 503, DOWN: all/b (DOWN)",
        "503 | {\"status\":\"DOWN\",\"details\":{\"db\":{\"status\":\"DOWN\",\"details\":{\"error\":\"x\"}}}} | 503, DOWN: db (x)",
        "503 | {\"status\":\"DOWN\",\"components\":{\"disk\":{\"status\":\"DOWN\",\"details\":{\"free\":1}}}} | 503, DOWN: disk (DOWN {\"free\":1})",
        "503 | {\"status\":\"DOWN\",\"components\":{\"db\":{\"status\":\"DOWN\",\"details\":{\"error\":\"jdbc://u:hunter2@h password=abc\"}}}} | 503, DOWN: db (jdbc://u:***@h password=***)",
        "200 | {\"state\":\"UP\"} | 200, JSON without `status`: '{\"state\":\"UP\"}'",
        "200 | {\"status\":{\"a\":1}} | 200, JSON without `status`: '{\"status\":{\"a\":1}}'",
        "200 | [] | 200, JSON without `status`: '[]'",
        "200 | <html>Login</html> | 200, not JSON: '<html>Login</html>'",
        "200 | {\"status\":\"UP\"} and more | 200, not JSON: '{\"status\":\"UP\"} and more'",
        "200 | {\"status\":\"UP\",\"status\":\"DOWN\"} | 200, not JSON: '{\"status\":\"UP\",\"status\":\"DOWN\"}'",
        "502 | ^^ | 502, JSON without `status`: empty",
      })
  void each_answer_is_told_in_words(int status, String body, String words) {
    HealthAnswer answer = health(status, body);
    assertThat(answer.words()).isEqualTo(words);
    assertThat(answer.isUp()).isEqualTo(words.equals("UP"));
  }

  @ParameterizedTest
  @CsvSource({
    "db, DOWN, true",
    "r2dbc, OUT_OF_SERVICE, true",
    "mongo, DOWN, true",
    "ordersDataSource, DOWN, true",
    "userDatabase, DOWN, true",
    "db, UP, false",
    "redis, DOWN, false",
    "diskSpace, DOWN, false",
  })
  void a_component_that_is_down_and_a_database_calls_for_the_dba(
      String name, String status, boolean database) {
    String component = "{\"status\":\"DOWN\",\"components\":{\"%s\":{\"status\":\"%s\"}}}";

    assertThat(health(503, component.formatted(name, status)).failureType())
        .isEqualTo(database ? "DatabaseDown" : "NotHealthy");
    String several =
        "{\"status\":\"DOWN\",\"components\":{\"%s\":{\"status\":\"%s\",\"components\":{\"orders\":{\"status\":\"%2$s\"}}}}}";
    assertThat(health(503, several.formatted(name, status)).databaseDown()).isEqualTo(database);
  }

  @Test
  void json_nested_a_thousandfold_is_told_as_trouble_and_not_an_overflow() {
    assertThat(health(200, "[".repeat(60_000)).words()).startsWith("200, not JSON");
    String nested =
        "{\"status\":\"DOWN\",\"components\":{\"a\":".repeat(300) + "1" + "}}".repeat(300);
    assertThat(health(503, nested).words()).startsWith("503, DOWN: a/a/a").hasSizeLessThan(400);
  }

  private static HealthAnswer health(int status, String body) {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    return HealthAnswer.of(
        HttpAnswer.answered(status, Optional.empty(), Optional.empty(), bytes, false),
        Redaction.NONE);
  }
}

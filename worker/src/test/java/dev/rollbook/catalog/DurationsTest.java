package dev.rollbook.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DurationsTest {

  @ParameterizedTest
  @CsvSource({
    "30s, PT30S",
    "10m, PT10M",
    "2h, PT2H",
    "1m30s, PT1M30S",
    "500ms, PT0.5S",
    "1h1m1s1ms, PT1H1M1.001S",
    "PT10M, PT10M",
    "PT1H0.5S, PT1H0.5S",
    "90s, PT1M30S",
    "366h, PT366H"
  })
  void reads_what_people_and_iso_8601_write(String text, String iso) {
    assertThat(Durations.parse(text)).isEqualTo(Duration.parse(iso));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "10",
        "10 m",
        "m",
        "-5s",
        "PT-5S",
        "PT",
        "P1D",
        "1.5h",
        "10M",
        "30s1m",
        "5d",
        "٣s",
        "10m\n",
        "1000000000s",
        "s\u001b[2J"
      })
  void refuses_everything_else_and_says_how_to_write_it(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Durations.parse(text))
        .withMessageContaining("is not a duration: write 30s, 10m, 2h, 1m30s, 500ms or PT10M")
        .withMessageNotContaining("\u001b")
        .withMessageNotContaining("\n");
  }

  @Test
  void refuses_no_time_at_all_and_more_than_a_year() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Durations.parse("0s"))
        .withMessage("'0s' must be more than nothing");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Durations.parse("999999999h"))
        .withMessage("'999999999h' is longer than 366 days");
  }
}

package dev.rollbook.decision;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.Severity;
import java.util.UUID;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QuestionIdTest {

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 9, 10, 19, 100, 999})
  void what_is_written_is_read_again(int nth) {
    QuestionId id = new QuestionId(UUID.randomUUID().toString(), Severity.HIGH, nth);

    assertThat(QuestionId.of(id.toString())).contains(id);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "critical", "run-urgent", "run-critical-", "run-critical-0"})
  void anything_else_is_none(String written) {
    assertThat(QuestionId.of(written)).isEmpty();
  }
}

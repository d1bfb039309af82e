package dev.rollbook.escalation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.escalation.Incident.Trouble;
import io.temporal.api.enums.v1.RetryState;
import io.temporal.api.enums.v1.TimeoutType;
import io.temporal.failure.ActivityFailure;
import io.temporal.failure.ApplicationFailure;
import io.temporal.failure.TimeoutFailure;
import java.util.Arrays;
import java.util.EnumSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(30)
class TroublesTest {

  @ParameterizedTest
  @CsvSource({
    "NotHealthy, ROLLBACK",
    "RolloutStuck, ROLLBACK",
    "'', ROLLBACK",
    "DatabaseDown, ROLLBACK DATABASE",
    "EngineUnreachable, ROLLBACK INFRASTRUCTURE",
    "Unreachable, ROLLBACK INFRASTRUCTURE",
    "NoCluster, ROLLBACK INFRASTRUCTURE",
    "EnvironmentBroken, ROLLBACK INFRASTRUCTURE",
    "StopFailed, ROLLBACK INFRASTRUCTURE",
    "StillListening, ROLLBACK INFRASTRUCTURE",
    "StillRunning, ROLLBACK INFRASTRUCTURE",
  })
  void the_type_of_a_failure_says_whom_to_call(String type, String troubles) {
    assertThat(Troubles.of(step(ApplicationFailure.newNonRetryableFailure("x", type))))
        .isEqualTo(troubles(troubles));
  }

  @Test
  void a_step_whose_worker_fell_silent_is_a_matter_of_infrastructure() {
    assertThat(Troubles.of(step(new TimeoutFailure("x", null, TimeoutType.TIMEOUT_TYPE_HEARTBEAT))))
        .isEqualTo(troubles("ROLLBACK INFRASTRUCTURE"));
    assertThat(
            Troubles.of(
                step(new TimeoutFailure("x", null, TimeoutType.TIMEOUT_TYPE_START_TO_CLOSE))))
        .isEqualTo(troubles("ROLLBACK"));
  }

  @Test
  void what_caused_a_failure_counts_too() {
    ApplicationFailure cause = ApplicationFailure.newFailure("x", "Unreachable");

    assertThat(
            Troubles.of(
                step(ApplicationFailure.newNonRetryableFailureWithCause("x", "NotHealthy", cause))))
        .isEqualTo(troubles("ROLLBACK INFRASTRUCTURE"));
  }

  @Test
  void a_persons_word_is_not_looked_into() {
    assertThat(Troubles.of(null)).isEqualTo(troubles("ROLLBACK"));
  }

  private static ActivityFailure step(Throwable cause) {
    return new ActivityFailure(
        "x", 1, 2, "ComposeContainersStop", "1", RetryState.RETRY_STATE_UNSPECIFIED, "w", cause);
  }

  private static EnumSet<Trouble> troubles(String words) {
    EnumSet<Trouble> all = EnumSet.noneOf(Trouble.class);
    Arrays.stream(words.split(" ")).map(Trouble::valueOf).forEach(all::add);
    return all;
  }
}

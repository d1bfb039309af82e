package dev.rollbook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class PayloadsTest {

  record Times(Duration within, Instant at, Optional<String> maybe, Optional<String> none) {}

  @Test
  void times_are_readable_and_come_back() throws JsonProcessingException {
    Times times =
        new Times(
            Duration.ofMinutes(5),
            Instant.parse("2026-01-18T10:00:00Z"),
            Optional.of("x"),
            Optional.empty());
    String json = Payloads.mapper().writeValueAsString(times);
    assertThat(json)
        .isEqualTo(
            "{\"within\":\"PT5M\",\"at\":\"2026-01-18T10:00:00Z\",\"maybe\":\"x\",\"none\":null}");
    assertThat(Payloads.mapper().readValue(json, Times.class)).isEqualTo(times);
  }

  @Test
  void a_version_says_its_kind_in_lower_case_and_is_read_in_any() throws JsonProcessingException {
    Version version = Version.commit("1".repeat(40), "v1");
    String json = Payloads.mapper().writeValueAsString(version);
    assertThat(json).startsWith("{\"kind\":\"commit\"");
    assertThat(Payloads.mapper().readValue(json, Version.class)).isEqualTo(version);
    assertThat(Payloads.mapper().readValue(json.replace("commit", "COMMIT"), Version.class))
        .isEqualTo(version);
  }

  @Test
  void service_and_environment_are_enough_for_a_request() throws JsonProcessingException {
    assertThat(
            Payloads.mapper()
                .readValue(
                    "{\"service\":\"shop\",\"environment\":\"local\"}", RollbackRequest.class))
        .isEqualTo(RollbackRequest.of("shop", "local"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"service\":\"shop\",\"enviroment\":\"local\"}",
        "{\"service\":1,\"environment\":\"local\"}",
        "{\"service\":true,\"environment\":\"local\"}",
        "{\"service\":\"shop\",\"environment\":\"local\",\"dryRun\":\"yes\"}",
        "{\"service\":\"shop\",\"environment\":\"local\",\"dryRun\":1}",
        "{\"service\":[\"shop\"],\"environment\":\"local\"}",
        "{\"service\":\"shop\",\"environment\":\"local\",\"severity\":\"awful\"}",
        "[]",
        "\"shop\"",
        ""
      })
  void an_unknown_field_and_a_wrong_type_are_errors(String json) {
    assertThatThrownBy(() -> Payloads.mapper().readValue(json, RollbackRequest.class))
        .isInstanceOf(JsonProcessingException.class);
  }
}

package dev.rollbook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.google.protobuf.ByteString;
import io.temporal.api.common.v1.Payload;
import io.temporal.client.WorkflowFailedException;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import io.temporal.common.converter.EncodingKeys;
import io.temporal.common.converter.RawValue;
import io.temporal.failure.ApplicationFailure;
import io.temporal.testing.TestEnvironmentOptions;
import io.temporal.testing.TestWorkflowEnvironment;
import io.temporal.worker.Worker;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What an operator reads in the Web UI when the input is not what it should be. */
@Timeout(120)
class InputOfAWorkflowTest {

  private static final String FIELDS =
      "service, environment, to, reason, incident, severity, trigger, requestedBy, dryRun, stash,"
          + " rebuild, plan, begun";

  private static TestWorkflowEnvironment temporal;

  @BeforeAll
  static void start() {
    temporal =
        TestWorkflowEnvironment.newInstance(
            TestEnvironmentOptions.newBuilder()
                .setWorkflowClientOptions(TemporalConnection.clientOptions("default"))
                .build());
    Worker worker = temporal.newWorker("greetings");
    worker.registerWorkflowImplementationTypes(
        TemporalConnection.workflowOptions(), GreetingInWords.class);
    temporal.start();
  }

  @AfterAll
  static void stop() {
    temporal.close();
  }

  @Test
  void a_readable_input_is_taken_with_defaults_for_what_is_left_out() {
    String answer = run("{\"service\":\"a\"}").getResult(String.class);

    assertThat(answer).isEqualTo("a null CRITICAL UI false");
  }

  @Test
  void an_enum_may_be_written_in_lower_case() {
    String answer = run("{\"service\":\"a\",\"trigger\":\"cli\"}").getResult(String.class);

    assertThat(answer).isEqualTo("a null CRITICAL CLI false");
  }

  @Test
  void an_unknown_field_is_named_with_the_allowed_ones() {
    assertThat(failureOf("{\"service\":\"a\",\"zzz\":1}"))
        .isEqualTo("RollbackRequest: unknown field 'zzz'; allowed are " + FIELDS);
  }

  @Test
  void a_mistyped_field_is_answered_with_the_one_that_was_meant() {
    assertThat(failureOf("{\"service\":\"a\",\"enviroment\":\"local\"}"))
        .isEqualTo(
            "RollbackRequest: unknown field 'enviroment'; did you mean 'environment'? allowed are "
                + FIELDS);
  }

  @Test
  void a_text_is_not_a_request() {
    assertThat(failureOf("\"str\""))
        .isEqualTo(
            "RollbackRequest: the input is the text \"str\", but must be a JSON object with the"
                + " fields "
                + FIELDS);
  }

  @Test
  void a_list_is_not_a_request() {
    assertThat(failureOf("[]"))
        .startsWith("RollbackRequest: the input is a list, but must be a JSON object");
  }

  @Test
  void a_wrong_type_is_told_with_what_was_found_and_what_is_wanted() {
    assertThat(failureOf("{\"service\":5}"))
        .isEqualTo("RollbackRequest: 'service' is the number 5, but must be a text");
    assertThat(failureOf("{\"service\":{\"name\":\"a\"}}"))
        .isEqualTo("RollbackRequest: 'service' is an object, but must be a text");
    assertThat(failureOf("{\"dryRun\":\"yes\"}"))
        .isEqualTo("RollbackRequest: 'dryRun' is the text \"yes\", but must be true or false");
    assertThat(failureOf("{\"plan\":3}"))
        .startsWith("RollbackRequest: 'plan' is the number 3, but must be a JSON object with");
  }

  @Test
  void a_wrong_value_deep_inside_is_named_by_its_path() {
    assertThat(failureOf("{\"plan\":{\"findings\":[{\"level\":\"BAD\"}]}}"))
        .isEqualTo(
            "RollbackRequest: 'plan.findings[0].level' is the text \"BAD\", but must be one of"
                + " BLOCKER, WARNING, OK");
  }

  @Test
  void a_severity_that_does_not_exist_is_answered_with_those_that_do() {
    assertThat(failureOf("{\"severity\":\"x\"}"))
        .isEqualTo(
            "RollbackRequest: 'severity' is the text \"x\", but must be one of CRITICAL, HIGH, MEDIUM, LOW");
    assertThat(failureOf("{\"trigger\":\"x\"}"))
        .isEqualTo(
            "RollbackRequest: 'trigger' is the text \"x\", but must be one of UI, CLI, ALERT");
  }

  @Test
  void what_is_no_json_is_told_with_its_place() {
    assertThat(failureOf("{\"service\":\"a\",}"))
        .startsWith("RollbackRequest: the input is not JSON: ")
        .endsWith("(line 1, column 16)");
  }

  @Test
  void a_very_long_value_is_shown_in_part() {
    String text = JsonNodeFactory.instance.textNode("x".repeat(100_000)).toString();

    assertThat(failureOf("{\"severity\":" + text + "}")).hasSizeLessThan(200).contains("xxx…");
  }

  private static String failureOf(String json) {
    WorkflowFailedException failed =
        catchThrowableOfType(
            WorkflowFailedException.class, () -> run(json).getResult(String.class));
    ApplicationFailure failure = (ApplicationFailure) failed.getCause();
    assertThat(failure.getCause()).isNull();
    return failure.getOriginalMessage();
  }

  /** Starts as the Web UI does: whatever JSON was typed, unseen by any converter of ours. */
  private static WorkflowStub run(String json) {
    WorkflowStub workflow =
        temporal
            .getWorkflowClient()
            .newUntypedWorkflowStub(
                "Greeting",
                WorkflowOptions.newBuilder()
                    .setTaskQueue("greetings")
                    .setWorkflowExecutionTimeout(Duration.ofSeconds(60))
                    .build());
    workflow.start(
        new RawValue(
            Payload.newBuilder()
                .putMetadata(
                    EncodingKeys.METADATA_ENCODING_KEY, ByteString.copyFromUtf8("json/plain"))
                .setData(ByteString.copyFrom(json, StandardCharsets.UTF_8))
                .build()));
    return workflow;
  }

  @WorkflowInterface
  public interface Greeting {
    @WorkflowMethod(name = "Greeting")
    String greet(RollbackRequest request);
  }

  public static class GreetingInWords implements Greeting {
    @Override
    public String greet(RollbackRequest request) {
      return "%s %s %s %s %s"
          .formatted(
              request.service(),
              request.environment(),
              request.severity(),
              request.trigger(),
              request.dryRun());
    }
  }
}

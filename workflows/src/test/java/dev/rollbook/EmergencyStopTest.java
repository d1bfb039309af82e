package dev.rollbook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.rollbook.compose.RollbackComposeWorkflow;
import dev.rollbook.escalation.Announcements.State;
import dev.rollbook.escalation.EscalateWorkflow;
import dev.rollbook.escalation.Escalation;
import dev.rollbook.escalation.Incident.Trouble;
import dev.rollbook.escalation.RecordingNotices;
import dev.rollbook.kubernetes.RollbackKubernetesWorkflow;
import dev.rollbook.local.RollbackLocalWorkflow;
import io.temporal.api.enums.v1.IndexedValueType;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowFailedException;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import io.temporal.failure.ApplicationFailure;
import io.temporal.testing.TestWorkflowEnvironment;
import io.temporal.worker.Worker;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Stopped by a person's word, and released by another. */
@Timeout(240)
class EmergencyStopTest {

  private static final Order ORDER =
      new Order("shopping-service", "production", "it sells at half the price", "kim");
  private static final String WORD = "stopped by kim: it sells at half the price";
  private static final String ESCALATION = "escalate:production:shopping-service";

  private final RecordingNotices people = new RecordingNotices();
  private TestWorkflowEnvironment temporal;
  private WorkflowClient client;

  @BeforeEach
  void open() {
    temporal = TestWorkflowEnvironment.newInstance();
    SearchAttributes.all()
        .forEach(
            key ->
                temporal.registerSearchAttribute(
                    key.getName(), IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD));
    client = temporal.getWorkflowClient();
  }

  @AfterEach
  void close() {
    temporal.close();
  }

  @ParameterizedTest
  @EnumSource
  void people_are_called_and_the_service_is_stopped_without_a_rollback(CatalogEntry.Kind kind) {
    Recording steps = section(kind);
    steps.onFailure = CatalogEntry.OnFailure.LEAVE;

    Run run = stop(ORDER);

    assertThat(run.outcome()).isEqualTo(Outcome.STOPPED);
    assertThat(run.reason()).isEqualTo(WORD);
    assertThat(run.steps()).extracting(Step::id).containsExactly("N1", "P1", "S1", "R1");
    assertThat(steps.asked).startsWith("pin", "stopAfterFailure");
    Escalation escalation = escalation();
    assertThat(escalation.incident().title())
        .isEqualTo("shopping-service in production is being stopped");
    assertThat(escalation.incident().why()).isEqualTo(WORD);
    assertThat(escalation.incident().id()).isEqualTo(run.plan().pinned().planId());
    awaitAnnounced(State.INVESTIGATING, State.STOPPED);
  }

  @Test
  void a_run_that_is_under_way_ends_first() throws Exception {
    Recording steps = section(CatalogEntry.Kind.LOCAL);
    steps.waitsIn = "captureEvidence";
    WorkflowStub run =
        client.newUntypedWorkflowStub(
            "Rollback", options(WorkflowIds.run("shopping-service", "production")));
    run.start(RollbackRequest.of("shopping-service", "production"));
    assertThat(steps.waiting.await(60, TimeUnit.SECONDS)).isTrue();

    stop(ORDER);

    assertThat(run.getResult(Run.class).reason())
        .startsWith("aborted by kim: emergency stop: it sells at half the price");
    assertThat(steps.asked).containsSubsequence("captureEvidence", "pin", "stopAfterFailure");
    assertThat(steps.asked).doesNotContain("checkOut");
  }

  @ParameterizedTest
  @ValueSource(strings = {"pin", "stopAfterFailure"})
  void a_service_that_cannot_be_stopped_calls_the_infrastructure_team(String step) {
    Recording steps = section(CatalogEntry.Kind.COMPOSE);
    steps.fails(step, "EngineUnreachable", "no engine there");

    WorkflowFailedException failed =
        catchThrowableOfType(WorkflowFailedException.class, () -> stop(ORDER));

    ApplicationFailure why = (ApplicationFailure) failed.getCause();
    assertThat(why.getType()).isEqualTo("StopFailed");
    assertThat(why.getOriginalMessage())
        .isEqualTo(WORD + "; and the service could not be stopped: no engine there");
    assertThat(escalation().incident().troubles()).contains(Trouble.INFRASTRUCTURE);
    assertThat(why.getDetails().get(Run.class).steps())
        .extracting(Step::id)
        .startsWith("N1", "P1")
        .endsWith("R1");
  }

  @Test
  void an_order_says_who_and_why() {
    Recording steps = section(CatalogEntry.Kind.LOCAL);

    assertThatThrownBy(() -> stop(Map.of("service", "shopping-service", "environment", "local")))
        .hasStackTraceContaining("An order says for what, who and why. Pass {\"service\"");
    assertThatThrownBy(() -> stop(null)).hasStackTraceContaining("An order says");
    assertThatThrownBy(() -> stop(new Order("nope", "production", "x", "kim")))
        .hasStackTraceContaining("no service nope; there are: shopping-service");
    assertThat(steps.asked).isEmpty();
    assertThat(people.announced).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void a_release_lifts_the_stop_and_the_boards_do_not_say_stopped_any_more(CatalogEntry.Kind kind) {
    Recording steps = section(kind);
    stop(ORDER);
    awaitAnnounced(State.INVESTIGATING, State.STOPPED);

    Release.Released released =
        client
            .newWorkflowStub(Release.class, options("release"))
            .release(new Order("shopping-service", "production", "price mended", "lee"));

    assertThat(released.order().requestedBy()).isEqualTo("lee");
    assertThat(released.report().summary()).isEqualTo("release done");
    assertThat(steps.asked).endsWith("release");
    awaitAnnounced(State.INVESTIGATING, State.STOPPED, State.RELEASED);
  }

  @Test
  void a_release_of_what_is_not_stopped_says_so() {
    Recording steps = section(CatalogEntry.Kind.KUBERNETES);
    steps.fails("release", "NotStopped", "shopping-service: no stop of ours");

    WorkflowFailedException failed =
        catchThrowableOfType(
            WorkflowFailedException.class,
            () -> client.newWorkflowStub(Release.class, options("release")).release(ORDER));

    assertThat(((ApplicationFailure) failed.getCause()).getType()).isEqualTo("NotStopped");
  }

  private Recording section(CatalogEntry.Kind kind) {
    Recording steps =
        switch (kind) {
          case LOCAL -> new RecordingSteps();
          case COMPOSE -> new RecordingComposeSteps();
          case KUBERNETES -> new RecordingKubernetesSteps();
        };
    steps.escalates = true;
    Worker worker = temporal.newWorker(TaskQueues.ROLLBOOK);
    worker.registerWorkflowImplementationTypes(
        RollbackWorkflow.class,
        RollbackLocalWorkflow.class,
        RollbackComposeWorkflow.class,
        RollbackKubernetesWorkflow.class,
        EmergencyStopWorkflow.class,
        ReleaseWorkflow.class,
        EscalateWorkflow.class);
    worker.registerActivitiesImplementations(steps, people);
    temporal.start();
    return steps;
  }

  private Run stop(Object order) {
    WorkflowStub stop = client.newUntypedWorkflowStub("EmergencyStop", options("stop"));
    if (order == null) {
      stop.start();
    } else {
      stop.start(order);
    }
    return stop.getResult(Run.class);
  }

  private Escalation escalation() {
    return client.newUntypedWorkflowStub(ESCALATION).query("status", Escalation.class);
  }

  /** A state that has been overtaken when its turn comes is left out. */
  private void awaitAnnounced(State... states) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () -> assertThat(people.announced).last().isEqualTo(states[states.length - 1]));
    assertThat(List.of(states)).containsSubsequence(people.announced);
  }

  private static WorkflowOptions options(String id) {
    return WorkflowOptions.newBuilder().setTaskQueue(TaskQueues.ROLLBOOK).setWorkflowId(id).build();
  }
}

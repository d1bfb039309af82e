package dev.rollbook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.temporal.activity.ActivityInterface;
import io.temporal.activity.ActivityOptions;
import io.temporal.client.WorkflowFailedException;
import io.temporal.client.WorkflowOptions;
import io.temporal.common.RetryOptions;
import io.temporal.failure.ApplicationFailure;
import io.temporal.testing.TestEnvironmentOptions;
import io.temporal.testing.TestWorkflowEnvironment;
import io.temporal.worker.Worker;
import io.temporal.worker.WorkerFactoryOptions;
import io.temporal.workflow.Workflow;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class StepFailuresTest {

  private static final String PASSWORD = "s3cr3t-of-the-shop";
  private static Supplier<StepReport> work;
  private static int attempts;

  @ActivityInterface
  public interface Step {
    StepReport does();

    Emergency.Pinned pin();
  }

  public static final class AnyStep implements Step {
    @Override
    public StepReport does() {
      attempts++;
      return work.get();
    }

    @Override
    public Emergency.Pinned pin() {
      return new Emergency.Pinned(null, work.get());
    }
  }

  @WorkflowInterface
  public interface One {
    @WorkflowMethod
    StepReport run();
  }

  public static final class OneStep implements One {
    @Override
    public StepReport run() {
      Step step =
          Workflow.newActivityStub(
              Step.class,
              ActivityOptions.newBuilder()
                  .setStartToCloseTimeout(Duration.ofSeconds(20))
                  .setRetryOptions(RetryOptions.newBuilder().setMaximumAttempts(3).build())
                  .build());
      StepReport done = step.does();
      StepReport pinned = step.pin().report();
      return new StepReport(
          done.changed(), done.summary(), done.evidence() + "; " + pinned.summary(), 1);
    }
  }

  @Test
  void a_secret_in_a_report_is_gone_before_it_reaches_history() {
    StepReport report =
        run(() -> StepReport.done("started with " + PASSWORD, "log: " + PASSWORD + " used", 1));

    assertThat(report.summary()).isEqualTo("started with ***");
    assertThat(report.evidence()).isEqualTo("log: *** used; started with ***");
  }

  @Test
  void a_secret_in_a_failure_is_gone_and_the_attempt_is_told() {
    ApplicationFailure failure =
        failing(
            () -> {
              throw new IllegalStateException("cannot log in with " + PASSWORD);
            });

    assertThat(failure.getOriginalMessage()).isEqualTo("cannot log in with ***");
    assertThat(failure.getType()).isEqualTo("IllegalStateException");
    assertThat(failure.getDetails().get(Integer.class)).isEqualTo(3);
    assertThat(failure).hasNoCause();
  }

  @Test
  void a_hopeless_failure_keeps_its_type_and_is_not_tried_again() {
    ApplicationFailure failure =
        failing(
            () -> {
              throw Failures.hopeless("BuildFailed", "exit 1");
            });

    assertThat(failure.getType()).isEqualTo("BuildFailed");
    assertThat(failure.getDetails().get(Integer.class)).isEqualTo(1);
    assertThat(attempts).isEqualTo(1);
  }

  @Test
  void a_failure_keeps_when_it_is_to_be_tried_again() {
    ApplicationFailure failure =
        failing(
            () -> {
              throw ApplicationFailure.newBuilder()
                  .setType("ChannelBusy")
                  .setMessage("answered 429")
                  .setNonRetryable(true)
                  .setNextRetryDelay(Duration.ofSeconds(7))
                  .build();
            });

    assertThat(failure.getNextRetryDelay()).isEqualTo(Duration.ofSeconds(7));
  }

  private static ApplicationFailure failing(Supplier<StepReport> step) {
    WorkflowFailedException failed =
        catchThrowableOfType(WorkflowFailedException.class, () -> run(step));
    return (ApplicationFailure) failed.getCause().getCause();
  }

  private static StepReport run(Supplier<StepReport> step) {
    work = step;
    attempts = 0;
    Redaction redaction =
        new Redaction(List.of(new Secret("${env:PASSWORD}", Map.of("PASSWORD", PASSWORD))));
    try (TestWorkflowEnvironment temporal =
        TestWorkflowEnvironment.newInstance(
            TestEnvironmentOptions.newBuilder()
                .setWorkerFactoryOptions(
                    WorkerFactoryOptions.newBuilder()
                        .setWorkerInterceptors(new StepFailures(redaction))
                        .build())
                .build())) {
      Worker worker = temporal.newWorker("steps");
      worker.registerWorkflowImplementationTypes(OneStep.class);
      worker.registerActivitiesImplementations(new AnyStep());
      temporal.start();
      return temporal
          .getWorkflowClient()
          .newWorkflowStub(One.class, WorkflowOptions.newBuilder().setTaskQueue("steps").build())
          .run();
    }
  }
}

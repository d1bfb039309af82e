package dev.rollbook;

import static org.assertj.core.api.Assertions.assertThat;

import io.temporal.activity.ActivityInterface;
import io.temporal.activity.ActivityMethod;
import io.temporal.activity.ActivityOptions;
import io.temporal.client.WorkflowOptions;
import io.temporal.common.RetryOptions;
import io.temporal.testing.TestWorkflowEnvironment;
import io.temporal.worker.Worker;
import io.temporal.workflow.Workflow;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class HeartbeatTest {

  private static final List<Duration> SPENT = new CopyOnWriteArrayList<>();

  /** Fails twice. */
  @ActivityInterface
  public interface Unsteady {
    @ActivityMethod
    void act();
  }

  /** Tries again after ten minutes, and after ten more. */
  @WorkflowInterface
  public interface Stubborn {
    @WorkflowMethod
    void run();
  }

  public static final class StubbornWorkflow implements Stubborn {
    @Override
    public void run() {
      Workflow.newActivityStub(
              Unsteady.class,
              ActivityOptions.newBuilder()
                  .setStartToCloseTimeout(Duration.ofMinutes(1))
                  .setRetryOptions(
                      RetryOptions.newBuilder()
                          .setInitialInterval(Duration.ofMinutes(10))
                          .setBackoffCoefficient(1)
                          .build())
                  .build())
          .act();
    }
  }

  @Test
  void earlier_attempts_and_the_breaks_between_them_are_counted() {
    try (TestWorkflowEnvironment temporal = TestWorkflowEnvironment.newInstance()) {
      Worker worker = temporal.newWorker("queue");
      worker.registerWorkflowImplementationTypes(StubbornWorkflow.class);
      worker.registerActivitiesImplementations(
          (Unsteady)
              () -> {
                SPENT.add(Heartbeat.spent());
                if (Heartbeat.attempt() < 3) {
                  throw new IllegalStateException("not yet");
                }
              });
      temporal.start();

      temporal
          .getWorkflowClient()
          .newWorkflowStub(
              Stubborn.class, WorkflowOptions.newBuilder().setTaskQueue("queue").build())
          .run();

      assertThat(SPENT).hasSize(3);
      assertThat(SPENT.get(0)).isZero();
      // servers differ in whether the last break counts
      assertThat(SPENT.get(1)).isBetween(Duration.ZERO, Duration.ofMinutes(11));
      assertThat(SPENT.get(2)).isBetween(Duration.ofMinutes(10), Duration.ofMinutes(22));
    }
  }
}

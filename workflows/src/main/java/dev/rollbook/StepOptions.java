package dev.rollbook;

import io.temporal.activity.ActivityCancellationType;
import io.temporal.activity.ActivityOptions;
import io.temporal.activity.LocalActivityOptions;
import io.temporal.common.RetryOptions;
import java.time.Duration;

/** What each kind of step promises. All numbers of time limits and retries stand here. */
public final class StepOptions {

  /** A worker that is silent for so long is given up, and the step goes on elsewhere. */
  private static final Duration HEARTBEAT = Duration.ofSeconds(6);

  private static final Duration LOOK_UP = Duration.ofSeconds(10);
  private static final Duration LOOK = Duration.ofMinutes(5);
  private static final Duration GIVEN_UP = Duration.ofMinutes(10);
  private static final Duration CHECKOUT = Duration.ofMinutes(15);

  private StepOptions() {}

  /** "Answers within 5 min, asked again while that is only a passing trouble, 10 times in all." */
  public static ActivityOptions look(String taskQueue) {
    return step(taskQueue, LOOK, 10);
  }

  /** "Moves the work tree within 15 min." */
  public static ActivityOptions checkout(String taskQueue) {
    return step(taskQueue, CHECKOUT, 10);
  }

  /** "Is done within its own limit, which the catalog gives; tried again after a crash." */
  public static ActivityOptions within(String taskQueue, Duration limit) {
    return step(taskQueue, limit, 20);
  }

  /**
   * "Written down within a minute, or given up after 5 tries, and after 10 min even if no worker
   * ever took it: it must not hold up a rollback."
   */
  public static ActivityOptions aftermath(String taskQueue) {
    return ActivityOptions.newBuilder(step(taskQueue, Duration.ofMinutes(1), 5))
        .setScheduleToCloseTimeout(GIVEN_UP)
        .build();
  }

  /**
   * "Read from the worker's own catalog within 10 s, else asked again." A local activity: there is
   * nothing to wait for, to see or to cancel, and it spares a round trip to Temporal.
   */
  public static LocalActivityOptions lookUp() {
    return LocalActivityOptions.newBuilder()
        .setStartToCloseTimeout(LOOK_UP)
        .setRetryOptions(retries(10))
        .build();
  }

  private static ActivityOptions step(String taskQueue, Duration limit, int attempts) {
    return ActivityOptions.newBuilder()
        .setTaskQueue(taskQueue)
        .setStartToCloseTimeout(limit)
        .setHeartbeatTimeout(HEARTBEAT)
        .setCancellationType(ActivityCancellationType.WAIT_CANCELLATION_COMPLETED)
        .setRetryOptions(retries(attempts))
        .build();
  }

  private static RetryOptions retries(int attempts) {
    return RetryOptions.newBuilder()
        .setInitialInterval(Duration.ofSeconds(1))
        .setBackoffCoefficient(2)
        .setMaximumInterval(Duration.ofSeconds(10))
        .setMaximumAttempts(attempts)
        .build();
  }
}

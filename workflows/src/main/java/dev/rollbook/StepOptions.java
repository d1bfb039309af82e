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

  /** How long one channel is tried, from its first attempt on. */
  public static final Duration SENT_WITHIN = Duration.ofSeconds(90);

  private static final Duration LOOK_UP = Duration.ofSeconds(10);
  private static final Duration LOOK = Duration.ofMinutes(5);
  private static final Duration WRITTEN = Duration.ofMinutes(1);
  private static final Duration GIVEN_UP = Duration.ofMinutes(10);
  private static final Duration CHECKOUT = Duration.ofMinutes(15);

  /** A worker that is started anew takes its steps sooner. */
  static final Duration NOT_TAKEN = Duration.ofMinutes(2);

  private StepOptions() {}

  /** "Answers within 5 min, asked again while that is only a passing trouble, 10 times in all." */
  public static ActivityOptions look(String taskQueue) {
    return taken(step(taskQueue, LOOK, 10));
  }

  /** Whether a step is over in a moment, as a rule: it is looked at, or written down. */
  static boolean isSoonOver(ActivityOptions step) {
    return step.getStartToCloseTimeout().equals(LOOK)
        || step.getStartToCloseTimeout().equals(WRITTEN);
  }

  /** "Moves the work tree within 15 min." */
  public static ActivityOptions checkout(String taskQueue) {
    return taken(step(taskQueue, CHECKOUT, 10));
  }

  /** "Is done within its own limit, which the catalog gives; tried again after a crash." */
  public static ActivityOptions within(String taskQueue, Duration limit) {
    return taken(step(taskQueue, limit, 20));
  }

  /**
   * "Written down within a minute, or given up after 5 tries, and after 10 min even if no worker
   * ever took it: it must not hold up a rollback."
   */
  public static ActivityOptions aftermath(String taskQueue) {
    return ActivityOptions.newBuilder(step(taskQueue, WRITTEN, 5))
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

  /**
   * "Sent within 30 s, and tried again; the sender gives it up after {@link #SENT_WITHIN}, when it
   * is the next channel's turn." For as long as there is no worker, no time is lost; one that is
   * killed meanwhile costs some seconds.
   */
  public static ActivityOptions notice() {
    return ActivityOptions.newBuilder(begun(Duration.ofSeconds(30), 20))
        .setHeartbeatTimeout(HEARTBEAT)
        .build();
  }

  /** "Written down within 10 s, tried 60 times, which takes 10 min." */
  public static ActivityOptions spool() {
    return begun(LOOK_UP, 60);
  }

  /**
   * "Every board is told within a minute; 3 tries, then people hear of it." A worker that is killed
   * meanwhile costs some seconds.
   */
  public static ActivityOptions announcement() {
    return ActivityOptions.newBuilder(tried(Duration.ofMinutes(1), LOOK, 3))
        .setHeartbeatTimeout(HEARTBEAT)
        .build();
  }

  /**
   * "Each is asked within 10 s, a thousand silent ones within some minutes; a worker that is silent
   * itself is given up after 20 s."
   */
  public static ActivityOptions questions() {
    return ActivityOptions.newBuilder(tried(GIVEN_UP, GIVEN_UP.multipliedBy(2), 3))
        .setHeartbeatTimeout(Duration.ofSeconds(20))
        .build();
  }

  /** "Said within a minute; 3 tries, then the next check comes soon." */
  public static ActivityOptions overdue() {
    return tried(Duration.ofMinutes(1), LOOK, 3);
  }

  /** "The guard answers within 10 s, asked again for a minute; then people are asked instead." */
  public static ActivityOptions guard() {
    return tried(LOOK_UP, WRITTEN, 0);
  }

  /** "Every figure within a minute, from near the service; 2 tries, and given up after 90 s." */
  public static ActivityOptions metrics(String taskQueue) {
    return ActivityOptions.newBuilder(step(taskQueue, WRITTEN, 2))
        .setScheduleToCloseTimeout(Duration.ofSeconds(90))
        .build();
  }

  /** As below; the time before a worker takes it does not count. */
  private static ActivityOptions begun(Duration limit, int attempts) {
    return ActivityOptions.newBuilder()
        .setStartToCloseTimeout(limit)
        .setRetryOptions(retries(attempts))
        .build();
  }

  /** On the workflow's own queue: people are called from where the workflows are. */
  private static ActivityOptions tried(Duration limit, Duration inAll, int attempts) {
    return ActivityOptions.newBuilder()
        .setStartToCloseTimeout(limit)
        .setScheduleToCloseTimeout(inAll)
        .setRetryOptions(retries(attempts))
        .build();
  }

  /** One that no worker begins for 2 min is heard of: the journal asks for it again. */
  private static ActivityOptions taken(ActivityOptions step) {
    return ActivityOptions.newBuilder(step).setScheduleToStartTimeout(NOT_TAKEN).build();
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

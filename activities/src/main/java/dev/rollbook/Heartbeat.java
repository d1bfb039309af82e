package dev.rollbook;

import io.temporal.activity.Activity;
import io.temporal.activity.ActivityExecutionContext;
import io.temporal.activity.ActivityInfo;
import java.time.Duration;

/**
 * A waiting step's sign of life, sent at least every 2 s with how far it is.
 *
 * <p>Throws when the step must end: {@link io.temporal.client.ActivityCanceledException} after an
 * abort (leave nothing behind), another {@link io.temporal.client.ActivityCompletionException} when
 * the worker shuts down or was given up (the next attempt goes on from here: leave all as it is).
 */
@FunctionalInterface
public interface Heartbeat {

  void beat(String progress);

  /** The heartbeat of the activity that runs on this thread. */
  static Heartbeat ofActivity() {
    ActivityExecutionContext context = Activity.getExecutionContext();
    return context::heartbeat;
  }

  /**
   * For how long earlier attempts of the activity that runs on this thread went on, with the breaks
   * between them, by the server's clock alone; zero in the first.
   */
  static Duration spent() {
    ActivityInfo info = Activity.getExecutionContext().getInfo();
    return info.getAttempt() <= 1
        ? Duration.ZERO
        : Duration.ofMillis(
            Math.max(0, info.getCurrentAttemptScheduledTimestamp() - info.getScheduledTimestamp()));
  }

  /** The attempt of the activity that runs on this thread, 1 for the first. */
  static int attempt() {
    return Activity.getExecutionContext().getInfo().getAttempt();
  }
}

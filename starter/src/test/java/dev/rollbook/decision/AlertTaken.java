package dev.rollbook.decision;

import dev.rollbook.decision.AlertIntake.Taken;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** One alert, and the wait for what becomes of it. */
public final class AlertTaken {

  private AlertTaken() {}

  /**
   * @throws TemporalAway when it is to be sent again
   */
  public static Taken by(AlertIntake intake, Alert alert) {
    return awaited(intake.take(List.of(alert))).get(0);
  }

  /**
   * @throws TemporalAway when it is to be sent again
   */
  static <R> R awaited(CompletableFuture<R> answer) {
    try {
      return answer.join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException why ? why : e;
    }
  }
}

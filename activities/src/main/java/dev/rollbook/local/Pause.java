package dev.rollbook.local;

import java.time.Duration;
import java.util.concurrent.CancellationException;

/** The wait between two looks at something that has no event to wait for. */
public final class Pause {

  private Pause() {}

  public static void of(Duration duration) {
    try {
      Thread.sleep(duration.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("interrupted while waiting");
    }
  }
}

package dev.rollbook;

import java.time.Duration;
import java.util.Locale;

/** A duration as people say it: {@code 250 ms}, {@code 4.2 s}, {@code 2 min 5 s}. */
public final class Elapsed {

  private Elapsed() {}

  public static String describe(Duration duration) {
    long millis = duration.toMillis();
    if (millis < 1000) {
      return millis + " ms";
    }
    if (millis < 60_000) {
      return millis % 1000 == 0
          ? millis / 1000 + " s"
          : String.format(Locale.ROOT, "%.1f s", millis / 1000.0);
    }
    long seconds = duration.toSeconds() % 60;
    return duration.toMinutes() + " min" + (seconds == 0 ? "" : " " + seconds + " s");
  }
}

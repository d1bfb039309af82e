package dev.rollbook;

import java.time.Duration;
import java.time.Instant;

/**
 * One exact process. The number alone identifies nothing, since it is given out again.
 *
 * @param startedAt as the operating system tells it; it may move by a clock tick between two reads
 */
public record ProcessId(long pid, Instant startedAt) {

  private static final Duration CLOCK_TICKS = Duration.ofSeconds(2);

  /** Same number, and started at the same time within 2 s. */
  public boolean isSameAs(ProcessId other) {
    return other != null
        && pid == other.pid
        && Duration.between(startedAt, other.startedAt).abs().compareTo(CLOCK_TICKS) <= 0;
  }

  @Override
  public String toString() {
    return "pid " + pid + " (started " + startedAt + ")";
  }
}

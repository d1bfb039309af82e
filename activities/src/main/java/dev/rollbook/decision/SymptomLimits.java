package dev.rollbook.decision;

import java.time.Duration;

/**
 * The runbook's table in figures.
 *
 * @param critical the part of the answers above which failures are critical, from 0 to 1
 * @param high likewise, of high and medium
 * @param none below which they are no reason for a rollback
 * @param latency above which answers are slow
 */
public record SymptomLimits(double critical, double high, double none, Duration latency) {

  public static final SymptomLimits RUNBOOK =
      new SymptomLimits(0.5, 0.1, 0.05, Duration.ofSeconds(5));
}

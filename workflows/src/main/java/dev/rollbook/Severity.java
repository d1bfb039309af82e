package dev.rollbook;

/** The runbook's decision table, "롤백 결정 기준", the worst row first. */
public enum Severity {
  /** Service down, or more than half of the answers are 5xx: roll back at once. */
  CRITICAL,
  /** An important API fails, or answers take longer than 5 s: decide within 10 minutes. */
  HIGH,
  /** Some of it fails, more than 10 % errors: try to mend it, then decide within 30 minutes. */
  MEDIUM,
  /** A slight fault, less than 5 % errors: a hotfix or the next release, no rollback. */
  LOW;

  public boolean isWorseThan(Severity other) {
    return compareTo(other) < 0;
  }
}

package dev.rollbook;

/**
 * The runbook's decision table. Only its first row, "roll back at once", can be asked for so far.
 */
public enum Severity {
  /** Service down, or more than half of the answers are 5xx: roll back at once. */
  CRITICAL
}

package dev.rollbook;

/** Who or what asked for the run. */
public enum Trigger {
  UI,
  CLI,
  /** An alert: whether to roll back is decided by the runbook's table, and by people. */
  ALERT
}

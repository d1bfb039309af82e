package dev.rollbook;

/** How a run ended. A run that is under way, and a plan, have none. */
public enum Outcome {
  /** The service runs the target again, and proved it. */
  ROLLED_BACK,
  /** The service ran the target already, healthy: nothing was done. */
  ALREADY_THERE,
  /** Declined before anything was changed. */
  NOT_NEEDED,
  /** A precondition failed, or somebody deployed meanwhile: the service was not touched. */
  BLOCKED,
  /** The rollback failed or was aborted halfway; the service was stopped. */
  STOPPED
}

package dev.rollbook.kubernetes;

import dev.rollbook.Failures;
import dev.rollbook.kubernetes.ClusterFailure.NotAdmitted;
import dev.rollbook.kubernetes.ClusterFailure.PermissionDenied;

/**
 * A step that the cluster does not let the worker take. An API server that has just started knows
 * nobody's rights yet, so that only what it still says to the third attempt is believed.
 */
final class DeniedStep {

  private static final int BELIEVED = 3;

  private DeniedStep() {}

  /** Asked again, a policy says the same. */
  static RuntimeException failure(NotAdmitted refused) {
    return Failures.hopeless(
        "NotAdmitted",
        refused.getMessage()
            + ". Nothing was changed by this: mend what it names, or choose another target with --to.");
  }

  /** What the step is to throw: hopeless, or left to the next attempt. */
  static RuntimeException failure(PermissionDenied denied, int attempt) {
    return attempt < BELIEVED
        ? denied
        : Failures.hopeless(
            "PermissionDenied",
            denied.getMessage()
                + "; `rollbook plan` of the service lists what the worker needs, with a Role to apply.");
  }
}

package dev.rollbook;

/**
 * What a section can do to its service without a rollback. Each section has an activity of this
 * kind under its own name.
 */
public interface Emergency {

  /**
   * Pins what the service is now, so that the section's own stop can act on it; changes nothing.
   * There need be no good version, no healthy answer and nothing running: whatever can be found is
   * pinned, and what a stop does not need is left null. From and target are the same.
   *
   * @param planId of the stop: the fence bears its name
   * @throws io.temporal.failure.ApplicationFailure UnknownService; TargetMissing when there is no
   *     such project, workload or work tree; PermissionDenied
   */
  Pinned pin(String service, String environment, String planId);

  /**
   * Lifts whatever stop of ours there is, and waits until the service runs as it was wanted before:
   * the recorded count (Section C), the containers with their recorded restart policy (Section B),
   * the recorded start command of what was stopped (Section A). The record is taken away last, with
   * who and why kept beside it; fences of plans that have ended stay. Running already is success.
   *
   * @throws io.temporal.failure.ApplicationFailure NotStopped when there is no stop of ours;
   *     NewerDeploy when somebody has deployed or started it since
   */
  StepReport release(String service, String environment, String by, String why);

  /** What was found. */
  record Pinned(PinnedService service, StepReport report) {}
}

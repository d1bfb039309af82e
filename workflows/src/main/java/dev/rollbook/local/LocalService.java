package dev.rollbook.local;

import dev.rollbook.PinnedService;
import dev.rollbook.StepReport;
import io.temporal.activity.ActivityInterface;

/** The service as processes on the worker's machine. */
@ActivityInterface(namePrefix = "LocalService")
public interface LocalService {

  /** What the rollback will destroy: last log lines, health answer, running version. Reads only. */
  StepReport captureEvidence(PinnedService service);

  /**
   * A2: asks the pinned process to end, waits, then kills it, and sees that the port is free. Never
   * touches any other process.
   *
   * @throws io.temporal.failure.ApplicationFailure NewerDeploy when another process listens by now;
   *     PermissionDenied; StillListening
   */
  StepReport stop(PinnedService service);

  /**
   * A3: builds and starts the target, detached, and waits for its start line. A build or a start
   * that an earlier attempt left under way is watched, not repeated.
   *
   * @throws io.temporal.failure.ApplicationFailure BuildFailed, BuildTimedOut, ServiceDied,
   *     NotReady, each with the last 50 lines; NewerDeploy when another process listens by now;
   *     TreeMoved when HEAD is not the target any more, and nothing runs
   */
  StepReport buildAndStart(PinnedService service);

  /** A failed rollback's end: the bad process and whatever this plan started are stopped. */
  StepReport stopAfterFailure(PinnedService service);
}

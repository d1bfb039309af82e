package dev.rollbook.compose;

import dev.rollbook.PinnedService;
import dev.rollbook.StepReport;
import io.temporal.activity.ActivityInterface;

/** The service's containers. */
@ActivityInterface(namePrefix = "ComposeContainers")
public interface ComposeContainers {

  /** What the rollback will destroy: inspect JSON, last log lines, health, events. Reads only. */
  StepReport captureEvidence(PinnedService service);

  /**
   * B1: stops the pinned containers with their own grace period, and says whether they ended by
   * themselves or were killed. Already stopped is success.
   *
   * @throws io.temporal.failure.ApplicationFailure NewerDeploy when other containers serve by now
   */
  StepReport stop(PinnedService service);

  /**
   * B5: the service's containers run the pinned image: by Compose with exactly the project's files,
   * else created again over the API with all that was not the old image's own. Whatever an earlier
   * attempt left half done is finished first; read back from the engine.
   *
   * @throws io.temporal.failure.ApplicationFailure NewerDeploy when other containers are there by
   *     now; TagMoved when the pinned tag means another image; RestartFailed
   */
  StepReport restart(PinnedService service);

  /**
   * The last resort of the runbook's "롤백 후에도 서비스 불안정": every service of the project is restarted,
   * in the order of {@code depends_on}. Only with a person's word.
   *
   * @throws io.temporal.failure.ApplicationFailure RestartFailed
   */
  StepReport restartStack(PinnedService service);

  /**
   * A failed rollback's end: every container of the service is stopped, and stays stopped when the
   * engine restarts.
   *
   * @throws io.temporal.failure.ApplicationFailure NewerDeploy when somebody deployed meanwhile:
   *     that goes on
   */
  StepReport stopAfterFailure(PinnedService service);
}

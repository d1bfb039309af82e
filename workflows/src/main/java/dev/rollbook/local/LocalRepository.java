package dev.rollbook.local;

import dev.rollbook.PinnedService;
import dev.rollbook.StepReport;
import io.temporal.activity.ActivityInterface;

/** The service's git work tree. */
@ActivityInterface(namePrefix = "LocalRepository")
public interface LocalRepository {

  /**
   * A1: {@code git log}, then {@code git checkout} of the pinned commit. Already there is success.
   *
   * @throws io.temporal.failure.ApplicationFailure NewerDeploy when HEAD is neither the planned
   *     start nor the target; CheckoutFailed when git refuses
   */
  StepReport checkOut(PinnedService service);

  /**
   * After a checkout that was cut off or has failed: takes our own half of it and git's own lock
   * away, goes back to the branch or commit where HEAD was, and says where stashed changes are.
   *
   * @throws io.temporal.failure.ApplicationFailure PutBackFailed when somebody has changed files
   *     meanwhile, or git refuses
   */
  StepReport putBack(PinnedService service);
}

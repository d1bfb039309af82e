package dev.rollbook.compose;

import dev.rollbook.PinnedService;
import dev.rollbook.StepReport;
import dev.rollbook.Version;
import io.temporal.activity.ActivityInterface;

/** The service's images on the engine. */
@ActivityInterface(namePrefix = "ComposeImages")
public interface ComposeImages {

  /**
   * B2: lists the candidates, and tags the pinned image with the plan's rollback tag, and the bad
   * one too, so that neither can be pruned or built over. Twice is once.
   *
   * @throws io.temporal.failure.ApplicationFailure TargetMissing; NewerDeploy when the rollback tag
   *     means another image
   */
  StepReport protect(PinnedService service);

  /**
   * B4: checks the pinned commit out, runs the image build command, and tags what it built with the
   * plan's rollback tag. A build that an earlier attempt left under way is watched, not repeated.
   *
   * @throws io.temporal.failure.ApplicationFailure BuildFailed, BuildTimedOut, CheckoutFailed
   */
  Built rebuild(PinnedService service);

  /**
   * @param image the image that was built
   */
  record Built(Version image, StepReport report) {}
}

package dev.rollbook.compose;

import dev.rollbook.PinnedService;
import dev.rollbook.StepReport;
import io.temporal.activity.ActivityInterface;

/** The project as its compose files say it. */
@ActivityInterface(namePrefix = "ComposeProject")
public interface ComposeProject {

  /**
   * B3: writes the pinned image into the compose file and comments {@code build} out, or writes an
   * override file where that is not safe. Checked by Compose before it is used; a copy of the
   * original is kept. Twice is once.
   *
   * @throws io.temporal.failure.ApplicationFailure InvalidComposeFile
   */
  StepReport pinImage(PinnedService service);

  /**
   * Puts the original back, when nothing else of the rollback was done. Files that somebody changed
   * since are left alone, and the report says so.
   */
  StepReport unpinImage(PinnedService service);
}

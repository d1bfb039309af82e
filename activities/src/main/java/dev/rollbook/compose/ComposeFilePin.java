package dev.rollbook.compose;

import dev.rollbook.compose.PinPlan.How;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Pins a service's image in its project's Compose files, as the runbook's B3 does by hand. */
public final class ComposeFilePin {

  private final ComposeFiles project;
  private final String service;
  private final String image;
  private final String why;
  private final Path backups;

  /**
   * @param image the reference to pin, of letters, digits and {@code ._/:@-}
   * @param why one line, for the comment behind the image
   * @param backups a folder of ours, outside the project
   */
  public ComposeFilePin(
      ComposeFiles project, String service, String image, String why, Path backups) {
    this.project = project;
    this.service = service;
    this.image = image;
    this.why = why;
    this.backups = backups;
  }

  /**
   * Changes nothing. The first way that is safe and that every Compose accepts: the preferred one,
   * then those after it.
   *
   * @param preferred the way to try first
   * @param validators all of them must accept the result that accept the project as it is
   * @param whileWaiting called at least every second while Compose is asked
   */
  public PinPlan plan(How preferred, List<ComposeCommand> validators, Runnable whileWaiting)
      throws IOException {
    throw new UnsupportedOperationException();
  }

  /**
   * Does what was planned: backs the file up, then replaces it at once. Run twice, or again after a
   * crash, it is the same one edit, and the backup holds what stood there before the first.
   *
   * @param planId names the backup
   * @return true when the file was changed by this call
   * @throws io.temporal.failure.ApplicationFailure {@code FileChanged} when somebody changed the
   *     file since it was planned
   */
  public boolean apply(String planId, PinPlan plan) throws IOException {
    throw new UnsupportedOperationException();
  }

  /**
   * Puts back what stood there before {@link #apply}; run twice it is the same.
   *
   * @return true when the file was changed by this call
   * @throws io.temporal.failure.ApplicationFailure {@code FileChanged} when the file is no longer
   *     what we wrote
   */
  public static boolean restore(Path backups, String planId) throws IOException {
    throw new UnsupportedOperationException();
  }
}

package dev.rollbook;

/**
 * What an activity says of the step it did.
 *
 * @param changed false when everything was as wanted already, so that nothing was done
 * @param summary one line
 * @param evidence what the step saw; at most 16 KiB, secrets removed
 * @param attempt the attempt that succeeded, 1 for the first
 */
public record StepReport(boolean changed, String summary, String evidence, int attempt) {

  public static StepReport done(String summary, String evidence, int attempt) {
    return new StepReport(true, summary, evidence, attempt);
  }

  public static StepReport alreadyDone(String summary, String evidence, int attempt) {
    return new StepReport(false, summary, evidence, attempt);
  }
}

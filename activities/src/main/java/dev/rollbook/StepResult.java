package dev.rollbook;

/**
 * What a mechanism did, before it is known which attempt it was.
 *
 * @param changed false when everything was as wanted already
 * @param summary one line
 * @param evidence what was seen
 */
public record StepResult(boolean changed, String summary, String evidence) {

  public StepReport report(int attempt) {
    return new StepReport(changed, summary, evidence, attempt);
  }
}

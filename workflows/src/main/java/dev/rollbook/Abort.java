package dev.rollbook;

/**
 * Ends a run before its time.
 *
 * @param by the person who decides
 * @param why the reason, kept in the run's record
 */
public record Abort(String by, String why) {

  /** For a sentence: {@code by kim: wrong service}. */
  public String describe() {
    return "by " + by + ": " + why;
  }
}

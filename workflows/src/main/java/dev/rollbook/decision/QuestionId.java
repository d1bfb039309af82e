package dev.rollbook.decision;

import dev.rollbook.Run;
import dev.rollbook.Severity;
import java.util.Locale;
import java.util.Optional;

/**
 * Names what a run asks people for ever. Another execution, or another severity, asks anew.
 *
 * @param execution Temporal's id of the run
 */
public record QuestionId(String execution, Severity severity) {

  /** What {@link #toString} has made; empty for anything else. */
  public static Optional<QuestionId> of(String written) {
    int end = written == null ? -1 : written.lastIndexOf('-');
    for (Severity severity : Severity.values()) {
      if (end > 0 && written.substring(end + 1).equals(word(severity))) {
        return Optional.of(new QuestionId(written.substring(0, end), severity));
      }
    }
    return Optional.empty();
  }

  /** Whether the run, as this execution shows it, waits for the answer to this very question. */
  public boolean isAskedBy(Run run) {
    return run.asks() != null
        && run.decision() != null
        && run.decision().decided() == null
        && run.decision().severity() == severity;
  }

  private static String word(Severity severity) {
    return severity.name().toLowerCase(Locale.ROOT);
  }

  @Override
  public String toString() {
    return execution + "-" + word(severity);
  }
}

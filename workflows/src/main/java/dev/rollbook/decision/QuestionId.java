package dev.rollbook.decision;

import dev.rollbook.Run;
import dev.rollbook.Severity;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Names what a run asks people for ever. Another execution, or another severity, asks anew.
 *
 * @param execution Temporal's id of the run
 * @param nth from 1; a later one is asked for other reasons, with a deadline of its own
 */
public record QuestionId(String execution, Severity severity, int nth) {

  private static final Pattern WRITTEN =
      Pattern.compile("(.+)-(critical|high|medium|low)(?:-([1-9]\\d{0,2}))?");

  /** What {@link #toString} has made; empty for anything else. */
  public static Optional<QuestionId> of(String written) {
    Matcher parts = WRITTEN.matcher(written == null ? "" : written);
    return parts.matches()
        ? Optional.of(
            new QuestionId(
                parts.group(1),
                Severity.valueOf(parts.group(2).toUpperCase(Locale.ROOT)),
                parts.group(3) == null ? 1 : Integer.parseInt(parts.group(3))))
        : Optional.empty();
  }

  /**
   * Whether the run, as this execution shows it, waits for an answer to this severity. The link of
   * an earlier question answers a later one, as long as it is good itself.
   */
  public boolean isAskedBy(Run run) {
    return run.asks() != null
        && run.decision() != null
        && run.decision().decided() == null
        && run.decision().severity() == severity;
  }

  @Override
  public String toString() {
    String first = execution + "-" + severity.name().toLowerCase(Locale.ROOT);
    return nth == 1 ? first : first + "-" + nth;
  }
}

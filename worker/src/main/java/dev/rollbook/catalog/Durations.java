package dev.rollbook.catalog;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as people write them: {@code 30s}, {@code 1m30s}, or ISO-8601. */
public final class Durations {

  static final Pattern FORM =
      Pattern.compile(
          "^(PT(?=[0-9])([0-9]{1,9}H)?([0-9]{1,9}M)?([0-9]{1,9}(\\.[0-9]{1,9})?S)?"
              + "|(?=[0-9])([0-9]{1,9}h)?([0-9]{1,9}m)?([0-9]{1,9}s)?([0-9]{1,9}ms)?)$");
  private static final Duration LONGEST = Duration.ofDays(366);

  private Durations() {}

  /**
   * Reads {@code 2h}, {@code 10m}, {@code 30s}, {@code 500ms}, these in a row ({@code 1m30s}), or
   * ISO-8601 ({@code PT10M}).
   *
   * @throws IllegalArgumentException when it is none of them, is zero, or is longer than 366 days
   */
  public static Duration parse(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      throw new IllegalArgumentException(
          Names.quoted(text) + " is not a duration: write 30s, 10m, 2h, 1m30s, 500ms or PT10M");
    }
    Duration duration =
        text.startsWith("PT")
            ? Duration.parse(text)
            : Duration.ofHours(number(form.group(6), 1))
                .plusMinutes(number(form.group(7), 1))
                .plusSeconds(number(form.group(8), 1))
                .plusMillis(number(form.group(9), 2));
    if (duration.isZero()) {
      throw new IllegalArgumentException(Names.quoted(text) + " must be more than nothing");
    }
    if (duration.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(Names.quoted(text) + " is longer than 366 days");
    }
    return duration;
  }

  private static long number(String part, int unitLength) {
    return part == null ? 0 : Long.parseLong(part.substring(0, part.length() - unitLength));
  }
}

package dev.rollbook.catalog;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import org.apache.commons.text.similarity.DamerauLevenshteinDistance;

/** How names are quoted in messages, and which one was probably meant. */
final class Names {

  private static final int SHOWN = 60;

  private Names() {}

  /** The name without what could break a line or a terminal, cut when it is long. */
  static String printable(String name) {
    String clean = name.replaceAll("[\\p{Cntrl}\\p{Cf}\\u2028\\u2029]", "?");
    return clean.codePointCount(0, clean.length()) <= SHOWN
        ? clean
        : clean.substring(0, clean.offsetByCodePoints(0, SHOWN)) + "…";
  }

  static String quoted(String name) {
    return "'" + printable(name) + "'";
  }

  /** {@code Did you mean 'health'? Allowed: health, port}; the first half only when one is near. */
  static String hint(String given, Collection<String> known, String introduction) {
    String near = near(given, known);
    return (near.isEmpty() ? "" : "Did you mean " + quoted(near) + "? ")
        + introduction
        + (known.isEmpty() ? "nothing" : String.join(", ", known));
  }

  /**
   * The known name that differs by a letter in three at most (two swapped count once), else an
   * empty text.
   */
  static String near(String given, Collection<String> known) {
    String wanted = plain(given);
    if (wanted.length() > SHOWN) {
      return "";
    }
    int most = Math.max(1, wanted.length() / 3);
    DamerauLevenshteinDistance distance = new DamerauLevenshteinDistance(most);
    return known.stream()
        .filter(name -> distance.apply(plain(name), wanted) >= 0)
        .min(Comparator.comparingInt(name -> distance.apply(plain(name), wanted)))
        .orElse("");
  }

  /** {@code previous_tag}, {@code PreviousTag} and {@code previous-tag} are the same mistake. */
  private static String plain(String name) {
    return name.toLowerCase(Locale.ROOT).replaceAll("[-_\\s]", "");
  }
}

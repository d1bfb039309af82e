package dev.rollbook.aftermath;

import java.text.Normalizer;
import java.util.Locale;

/** A title as a part of a file name: only {@code a-z}, {@code 0-9} and single hyphens. */
final class Slug {

  private static final int LONGEST = 60;
  private static final String UNNAMED = "incident";

  private Slug() {}

  /** At most 60 characters, cut between words; {@code incident} when nothing is left. */
  static String of(String title) {
    String slug = words(title);
    if (slug.length() > LONGEST) {
      int wordEnd = slug.lastIndexOf('-', LONGEST);
      slug = slug.substring(0, wordEnd > 0 ? wordEnd : LONGEST);
    }
    return slug.isEmpty() ? UNNAMED : slug;
  }

  /** Empty when the title has no letter or digit that ASCII knows. */
  static String words(String title) {
    return Normalizer.normalize(title == null ? "" : title, Normalizer.Form.NFKD)
        .replaceAll("\\p{M}+", "")
        .toLowerCase(Locale.ROOT)
        .replaceAll("[^a-z0-9]+", "-")
        .replaceAll("^-|-$", "");
  }
}

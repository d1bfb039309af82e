package dev.rollbook.catalog;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sizes as people write them: {@code 500MB}. A KB is 1024 B. */
final class DiskSize {

  private static final Pattern FORM = Pattern.compile("([0-9]{1,9})(B|KB|MB|GB)");
  private static final Map<String, Long> BYTES =
      Map.of("B", 1L, "KB", 1L << 10, "MB", 1L << 20, "GB", 1L << 30);

  private DiskSize() {}

  /**
   * @throws IllegalArgumentException when it is no size
   */
  static long bytes(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      throw new IllegalArgumentException(
          Names.quoted(text) + " is not a size: write 500MB or 2GB (B, KB, MB, GB)");
    }
    return Long.parseLong(form.group(1)) * BYTES.get(form.group(2));
  }
}

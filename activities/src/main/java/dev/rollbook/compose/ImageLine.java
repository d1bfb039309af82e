package dev.rollbook.compose;

import dev.rollbook.PlainText;
import java.util.regex.Pattern;

/**
 * What is written into a compose file for the pinned image.
 *
 * @param why one line, for the comment
 * @param pinsPullPolicy also says that an image that is there is not fetched again
 * @param resetsBuild also takes away the build section of earlier files, which v2 alone understands
 */
record ImageLine(String reference, String why, boolean pinsPullPolicy, boolean resetsBuild) {

  /** How a file of our own begins. */
  static final String WRITTEN = "# Written by Rollbook, to pin one image: ";

  private static final Pattern REFERENCE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._/:@-]*");

  /** Neither a number nor a truth value for any YAML. */
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z].*[/:].*[^:]");

  ImageLine {
    if (!REFERENCE.matcher(reference).matches()) {
      throw new IllegalArgumentException("'" + reference + "' is no image reference");
    }
    why = PlainText.of(why).replaceAll("\\s+", " ").strip();
  }

  /**
   * @param was the value as it stood there
   */
  String value(String was) {
    return quoted() + "  # " + why + (was.isEmpty() ? "" : "; was " + was);
  }

  String image(String indent) {
    return indent + "image: " + value("");
  }

  String pullPolicy(String indent) {
    // "missing", its other name, is unknown to v1
    return indent + "pull_policy: if_not_present";
  }

  String noBuild(String indent) {
    return indent + "build: !reset null";
  }

  String service(String name, String indent, String step, String newline) {
    String inner = indent + step;
    return indent
        + '"'
        + name
        + '"'
        + ":"
        + newline
        + image(inner)
        + newline
        + (pinsPullPolicy ? pullPolicy(inner) + newline : "")
        + (resetsBuild ? noBuild(inner) + newline : "");
  }

  /** A whole file. */
  String file(String name) {
    return WRITTEN
        + why
        + "\n# Without this file the project's own image is used again.\nservices:\n"
        + service(name, "  ", "  ", "\n");
  }

  private String quoted() {
    return PLAIN.matcher(reference).matches() ? reference : '"' + reference + '"';
  }
}

package dev.rollbook.local;

import java.io.IOException;
import java.time.Instant;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** When a work tree came to be at the commit it is at: by its reflog, else by the commit itself. */
final class HeadMove {

  private static final Pattern SECONDS = Pattern.compile("(\\d{1,12})\\}?\\s*$");

  private HeadMove() {}

  /** Empty where git does not say. */
  static Optional<Instant> last(Git git) throws IOException {
    Optional<Instant> moved =
        seconds(git.tryRead("log", "-g", "-1", "--date=unix", "--format=%gd"));
    return moved.isPresent() ? moved : seconds(git.tryRead("log", "-1", "--format=%ct"));
  }

  /** {@code HEAD@{1700000000}}, or the number alone. */
  private static Optional<Instant> seconds(Optional<String> said) {
    return said.map(SECONDS::matcher)
        .filter(Matcher::find)
        .map(found -> Instant.ofEpochSecond(Long.parseLong(found.group(1))));
  }
}

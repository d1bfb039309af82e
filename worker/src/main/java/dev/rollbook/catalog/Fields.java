package dev.rollbook.catalog;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Reads the fields of a mapping. A field that is wrong is a problem and then read as if it were
 * left out, so that one reading finds every problem; what the schema complained of is not told
 * twice.
 */
final class Fields {

  private static final int LONGEST_PATTERN = 1000;

  private final Problems problems;

  Fields(Problems problems) {
    this.problems = problems;
  }

  Optional<String> text(Value at, String name) {
    return at.member(name).filter(Value::isScalar).map(Value::text);
  }

  int number(Value at, String name, int otherwise) {
    return at.member(name)
        .filter(value -> value.json().isNumber())
        .map(value -> (int) value.json().asDouble())
        .orElse(otherwise);
  }

  Duration duration(Value at, String name, Duration otherwise) {
    return read(at, name, Durations::parse).orElse(otherwise);
  }

  long bytes(Value at, String name, long otherwise) {
    return read(at, name, DiskSize::bytes).orElse(otherwise);
  }

  Optional<Path> path(Value at, String name, Path relativeTo) {
    return read(at, name, text -> resolved(relativeTo, text));
  }

  /** A folder within another, or that one itself. */
  Path within(Value at, String name, Path parent) {
    return read(
            at,
            name,
            text -> {
              Path inside = resolved(parent, text);
              if (Path.of(text).isAbsolute() || !inside.startsWith(parent)) {
                throw new IllegalArgumentException(
                    "leads out of the repository; write a folder in it");
              }
              return inside;
            })
        .orElse(parent);
  }

  Optional<URI> url(Value at, String name) {
    return read(at, name, Fields::url);
  }

  Pattern pattern(Value at, String name, Pattern otherwise) {
    return read(at, name, Fields::pattern).orElse(otherwise);
  }

  private <T> Optional<T> read(Value at, String name, Function<String, T> reading) {
    Optional<Value> value = at.member(name).filter(Value::isScalar);
    try {
      return value.map(Value::text).map(reading);
    } catch (IllegalArgumentException e) {
      problems.addFirst(value.get().place(), value.get().where(), e.getMessage());
      return Optional.empty();
    }
  }

  private static Path resolved(Path parent, String text) {
    try {
      return parent.resolve(text).normalize();
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException("not a path: " + e.getReason());
    }
  }

  /** Its messages do not quote it: a URL may hold a password. */
  private static URI url(String text) {
    try {
      URI url = new URI(text);
      if (url.getHost() == null) {
        throw new IllegalArgumentException("this URL has no valid host");
      }
      if (url.getRawUserInfo() != null) {
        throw new IllegalArgumentException(
            "no user or password in a URL; write a header Authorization with ${env:NAME}");
      }
      if (url.getPort() > 65535) {
        throw new IllegalArgumentException("the port of this URL is not from 1 to 65535");
      }
      return url;
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException(
          "not a URL: " + e.getReason() + " (character " + (e.getIndex() + 1) + ")");
    }
  }

  private static Pattern pattern(String text) {
    // The schema has said so; compiling could end with a full stack.
    if (text.length() > LONGEST_PATTERN) {
      throw new IllegalArgumentException("longer than " + LONGEST_PATTERN + " characters");
    }
    try {
      return Pattern.compile(text);
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(
          "not a regular expression: "
              + e.getDescription()
              + (e.getIndex() < 0 ? "" : " (character " + (e.getIndex() + 1) + ")"));
    }
  }
}

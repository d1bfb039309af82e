package dev.rollbook.catalog;

import dev.rollbook.local.Command;
import java.net.URI;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;

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

  /** One of a few words, as the schema has them; another one is as good as none. */
  <E extends Enum<E>> E choice(Value at, String name, E otherwise) {
    return text(at, name)
        .flatMap(written -> choice(otherwise.getDeclaringClass(), written))
        .orElse(otherwise);
  }

  static <E extends Enum<E>> Optional<E> choice(Class<E> choices, String written) {
    return Stream.of(choices.getEnumConstants())
        .filter(each -> each.name().toLowerCase(Locale.ROOT).equals(written))
        .findFirst();
  }

  int number(Value at, String name, int otherwise) {
    return at.member(name)
        .filter(value -> value.json().isNumber())
        .map(value -> (int) value.json().asDouble())
        .orElse(otherwise);
  }

  Optional<Duration> duration(Value at, String name) {
    return read(at, name, Durations::parse);
  }

  Duration duration(Value at, String name, Duration otherwise) {
    return duration(at, name).orElse(otherwise);
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

  /** To ask over HTTP. */
  Optional<URI> url(Value at, String name) {
    return read(at, name, Addresses::url);
  }

  /** Of a Docker Engine. */
  Optional<URI> engine(Value at, String name) {
    return read(at, name, Addresses::engine);
  }

  Pattern pattern(Value at, String name, Pattern otherwise) {
    return read(at, name, Fields::pattern).orElse(otherwise);
  }

  List<Pattern> patterns(Value at, String name, List<Pattern> otherwise) {
    return at.member(name)
        .map(list -> list.items().stream().flatMap(item -> read(item, Fields::pattern).stream()))
        .map(Stream::toList)
        .orElse(otherwise);
  }

  /**
   * @param repository what its directory is relative to, and inside of
   * @param otherwise its time limit where none is given
   */
  Command command(Value at, Path repository, Duration otherwise) {
    List<Value> argv = at.part("command").items();
    argv.stream()
        .filter(argument -> argument.text().indexOf('\0') >= 0)
        .forEach(
            argument ->
                problems.addFirst(
                    argument.place(), argument.where(), "holds the character U+0000"));
    return new Command(
        argv.stream().map(Value::text).toList(),
        within(at, "directory", repository),
        duration(at, "within", otherwise));
  }

  private <T> Optional<T> read(Value at, String name, Function<String, T> reading) {
    return at.member(name).flatMap(value -> read(value, reading));
  }

  private <T> Optional<T> read(Value value, Function<String, T> reading) {
    try {
      return value.isScalar() ? Optional.of(reading.apply(value.text())) : Optional.empty();
    } catch (IllegalArgumentException e) {
      problems.addFirst(value.place(), value.where(), e.getMessage());
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

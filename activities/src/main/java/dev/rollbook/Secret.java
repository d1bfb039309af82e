package dev.rollbook;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A text of the catalog that may hold references to secrets: <code>${env:NAME}</code>, or as a
 * whole {@code file:/path}. It is looked up only when it is used, and never shown.
 */
public final class Secret {

  private static final Pattern REFERENCE = Pattern.compile("\\$\\{env:([A-Za-z_][A-Za-z0-9_]*)}");
  private static final String FILE = "file:";

  private final String text;
  private final Map<String, String> environment;

  public Secret(String text, Map<String, String> environment) {
    this.text = text;
    this.environment = environment;
  }

  /** True when the text holds a reference: what it resolves to must not be shown. */
  public boolean isReference() {
    return text.startsWith(FILE) || REFERENCE.matcher(text).find();
  }

  /**
   * @throws IllegalStateException naming the variable or file that is missing, never a value
   */
  public String reveal() {
    if (text.startsWith(FILE)) {
      Path file = Path.of(text.substring(FILE.length()));
      try {
        return Files.readString(file).strip();
      } catch (IOException e) {
        throw new UncheckedIOException("The catalog's secret file " + file + " cannot be read", e);
      }
    }
    return REFERENCE
        .matcher(text)
        .replaceAll(found -> Matcher.quoteReplacement(variable(found.group(1))));
  }

  /**
   * The values that must not be shown: each variable's own, or the whole file. What cannot be read
   * has no value to hide, and is left out.
   */
  Set<String> hidden() {
    Set<String> values = new HashSet<>();
    if (text.startsWith(FILE)) {
      try {
        values.add(reveal());
      } catch (UncheckedIOException e) {
        return values;
      }
    }
    REFERENCE
        .matcher(text)
        .results()
        .map(found -> environment.get(found.group(1)))
        .filter(Objects::nonNull)
        .forEach(values::add);
    return values;
  }

  private String variable(String name) {
    String value = environment.get(name);
    if (value == null) {
      throw new IllegalStateException(
          "The catalog wants the environment variable "
              + name
              + ", which is not set; set it where the worker runs");
    }
    return value;
  }

  @Override
  public String toString() {
    return isReference() ? "***" : text;
  }
}

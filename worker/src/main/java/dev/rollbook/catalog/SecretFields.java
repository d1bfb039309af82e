package dev.rollbook.catalog;

import dev.rollbook.Secret;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Reads what may hold secrets, which stand by reference only. Never shows a value. */
final class SecretFields {

  private static final Pattern REFERENCE = Pattern.compile("\\$\\{env:[A-Za-z_][A-Za-z0-9_]*}");
  private static final Pattern SECRET_KEY =
      Pattern.compile(
          "passw(or)?d|passphrase|secret|token|authorization|api[-_. ]?key|private[-_. ]?key"
              + "|credential|cookie",
          Pattern.CASE_INSENSITIVE);

  /** {@code DB_PASSWORD_FILE} says where a secret is, {@code TOKEN_TTL} something about one. */
  private static final Pattern ABOUT_A_SECRET =
      Pattern.compile(
          "[-_.](file|path|dir|uri|url|ttl|name|seconds|minutes|enabled)$",
          Pattern.CASE_INSENSITIVE);

  private static final Pattern NOT_IN_A_HEADER = Pattern.compile("[\\x00-\\x08\\x0A-\\x1F\\x7F]");

  /** What {@code java.net.http} sets by itself and refuses from others. */
  private static final Set<String> OWN_HEADERS =
      Set.of("connection", "content-length", "expect", "host", "upgrade");

  /** Where references stand, and are read by the rules above. */
  private static final Set<String> NAMED_SO = Set.of("variables", "headers", "prometheus");

  private static final String FILE = "file:";

  private final Map<String, String> environment;
  private final Problems problems;

  SecretFields(Map<String, String> environment, Problems problems) {
    this.environment = environment;
    this.problems = problems;
  }

  Map<String, Secret> variables(Value at) {
    return secrets(at, "variables");
  }

  Map<String, Secret> headers(Value at) {
    Map<String, Secret> headers = secrets(at, "headers");
    at.member("headers").map(Value::members).orElse(Map.of()).forEach(this::checkHeader);
    return headers;
  }

  /** What is a secret whatever its key; empty when it is left out. */
  Optional<Secret> secret(Value at, String name) {
    return scalar(at, name).map(value -> secret(value, true));
  }

  /** The members of a mapping, each of them a secret. */
  Map<String, Secret> keys(Value at, String name) {
    Map<String, Secret> keys = new LinkedHashMap<>();
    at.part(name).members().keySet().stream()
        .filter(key -> scalar(at.part(name), key).isPresent())
        .forEach(key -> keys.put(key, secret(at.part(name).part(key), true)));
    return keys;
  }

  /** A text that may hold a secret, as the password in a URL; empty when it is left out. */
  Optional<Secret> text(Value at, String name) {
    return scalar(at, name).map(value -> secret(value, false));
  }

  private static Optional<Value> scalar(Value at, String name) {
    return at.member(name).filter(Value::isScalar);
  }

  private Secret secret(Value value, boolean isAlways) {
    check(isAlways, value);
    return new Secret(value.text(), environment);
  }

  /** A reference anywhere else would be taken literally, or show in a list of processes. */
  void refuseElsewhere(Value value) {
    if (value.isScalar() && value.text().contains("${env:")) {
      problems.addFirst(
          value.place(),
          value.where(),
          "${env:NAME} works under variables and headers only; a command finds it in its"
              + " environment");
    }
    value.items().forEach(this::refuseElsewhere);
    value
        .members()
        .forEach(
            (name, member) -> {
              if (!NAMED_SO.contains(name)) {
                refuseElsewhere(member);
              }
            });
  }

  private Map<String, Secret> secrets(Value at, String name) {
    Map<String, Secret> secrets = new LinkedHashMap<>();
    at.member(name)
        .map(Value::members)
        .orElse(Map.of())
        .forEach(
            (key, value) -> {
              if (value.isScalar()) {
                check(looksSecret(key), value);
                secrets.put(key, new Secret(value.text(), environment));
              }
            });
    return secrets;
  }

  private void check(boolean isSecret, Value value) {
    String text = value.text();
    String rest = text.startsWith(FILE) ? text : REFERENCE.matcher(text).replaceAll("");
    if (rest.contains("${")) {
      problems.addFirst(
          value.place(),
          value.where(),
          "'${' begins something other than ${env:NAME}; NAME is letters, digits and '_'");
    } else if (text.startsWith(FILE) && !isAbsolute(text.substring(FILE.length()))) {
      problems.addFirst(
          value.place(), value.where(), "after file: stands the absolute path of a secret's file");
    } else if (isSecret && !text.isEmpty() && rest.equals(text) && !text.startsWith(FILE)) {
      problems.addFirst(
          value.place(),
          value.where(),
          "a secret must not stand here; write ${env:NAME} or file:/path");
    } else if (text.indexOf('\0') >= 0) {
      problems.addFirst(value.place(), value.where(), "holds the character U+0000");
    }
  }

  private void checkHeader(String name, Value value) {
    if (OWN_HEADERS.contains(name.toLowerCase(Locale.ROOT))) {
      problems.addFirst(value.key(), value.where(), "this header is set by the HTTP client itself");
    } else if (NOT_IN_A_HEADER.matcher(value.text()).find()) {
      problems.addFirst(value.place(), value.where(), "a header is a single line of text");
    }
  }

  private static boolean looksSecret(String key) {
    return SECRET_KEY.matcher(key).find() && !ABOUT_A_SECRET.matcher(key).find();
  }

  private static boolean isAbsolute(String path) {
    try {
      return Path.of(path).isAbsolute();
    } catch (InvalidPathException e) {
      return false;
    }
  }
}

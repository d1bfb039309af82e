package dev.rollbook;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Takes secrets out of text before it becomes evidence, a failure or a log line: the catalog's own,
 * wherever they stand, and whatever looks like one.
 *
 * <p>Takes time in proportion to the text, whatever the text is.
 */
public final class Redaction {

  /** For text that holds no secret of the catalog: takes out what looks like one. */
  public static final Redaction NONE = new Redaction(List::of);

  static final String HIDDEN = "***";

  private static final int SHORTEST = 4;
  private static final int SHORTEST_LINE = 8;

  private final Supplier<? extends Collection<Secret>> secrets;

  /** Every form of every value seen so far: one that was rotated meanwhile stays a secret. */
  private final Set<String> known = ConcurrentHashMap.newKeySet();

  /**
   * @param secrets asked at each call, so that a rotated secret is known; those that are no
   *     references are not secret, and values shorter than 4 characters are left alone
   */
  public Redaction(Supplier<? extends Collection<Secret>> secrets) {
    this.secrets = secrets;
  }

  public Redaction(Collection<Secret> secrets) {
    this(() -> secrets);
  }

  /** The text with {@code ***} for each secret; null for null. */
  public String clean(String text) {
    if (text == null || text.isEmpty()) {
      return text;
    }
    secrets.get().stream()
        .flatMap(secret -> secret.hidden().stream())
        .flatMap(Redaction::forms)
        .forEach(known::add);
    String clean = text;
    // the longest first: one secret may be a part of another
    for (String value :
        known.stream().sorted(Comparator.comparingInt(String::length).reversed()).toList()) {
      clean = clean.replace(value, HIDDEN);
    }
    return SecretShapes.hide(clean);
  }

  /** The value as it stands in JSON, in a URL, in Base64, and line by line. */
  private static Stream<String> forms(String value) {
    if (value.length() < SHORTEST) {
      return Stream.empty();
    }
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    String json = Payloads.mapper().getNodeFactory().textNode(value).toString();
    return Stream.concat(
        Stream.of(
            value,
            json.substring(1, json.length() - 1),
            URLEncoder.encode(value, StandardCharsets.UTF_8),
            Base64.getEncoder().withoutPadding().encodeToString(bytes)),
        value.lines().map(String::strip).filter(line -> line.length() >= SHORTEST_LINE));
  }
}

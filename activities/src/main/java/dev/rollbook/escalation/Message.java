package dev.rollbook.escalation;

import dev.rollbook.Evidence;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A notice in words, for any channel: plain text without control characters.
 *
 * @param subject one line
 * @param command how to answer where there is a shell
 * @param links how to answer where there is none; empty when none is configured
 */
public record Message(
    Notice notice, String subject, String body, String command, List<Link> links) {

  private static final Pattern SAFE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,199}");

  /**
   * A page with a button.
   *
   * @param deed what the button does, for programs
   * @param words the same, for people
   */
  public record Link(String deed, String words, String href) {}

  public Message {
    links = List.copyOf(links);
  }

  /** How to answer: the command, and the links, each on its line. */
  public String answer() {
    return Stream.concat(
            Stream.of(command), links.stream().map(link -> link.words() + " " + link.href()))
        .collect(Collectors.joining("\n"));
  }

  /** Null for none. */
  String href(String deed) {
    return links.stream()
        .filter(link -> link.deed().equals(deed))
        .map(Link::href)
        .findFirst()
        .orElse(null);
  }

  /** The notice's id as every protocol can carry it; the same for every attempt. */
  public String key() {
    return safe(notice.id());
  }

  /** The same for all notices of an incident. */
  public String thread() {
    return safe(notice.incident().id());
  }

  static String safe(String id) {
    return id != null && SAFE.matcher(id).matches() ? id : "h-" + Digest.sha256(String.valueOf(id));
  }

  /** One line of text from elsewhere, plain, not longer than so many characters. */
  static String line(String text, int longest) {
    String line = text == null ? "" : Evidence.plain(text).strip().replaceAll("\\s+", " ");
    return line.codePointCount(0, line.length()) <= longest
        ? line
        : line.substring(0, line.offsetByCodePoints(0, longest - 1)) + "…";
  }
}

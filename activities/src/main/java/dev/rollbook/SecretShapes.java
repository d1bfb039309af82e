package dev.rollbook;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Secrets known by their looks. Each search is bounded or starts only where the one before ended,
 * so that no text takes more than linear time; values are read by hand for that reason.
 */
final class SecretShapes {

  private static final Pattern NAMED =
      Pattern.compile(
          "(?i)(?:passw(?:or)?d|passphrase|pwd|secret|token|credential|authorization"
              + "|api[-_]?key|access[-_]?key|private[-_]?key)[\\w.-]{0,32}+\\\\?+[\"']?+"
              + "(?:[ \\t]{0,16}+(?:[=:]>?+|>)[ \\t]{0,16}+|(?<=--[\\w.-]{3,50}) )");
  private static final Pattern SCHEME =
      Pattern.compile("(?i)(?:Bearer|Basic|Digest|Token|Negotiate|ApiKey)[ \\t]{1,8}+");
  private static final Pattern PEM_MARK =
      Pattern.compile("-----(BEGIN|END) [A-Z ]{0,40}PRIVATE KEY[A-Z ]{0,10}-----");
  private static final Pattern TOKEN =
      Pattern.compile(
          "(?<![A-Za-z0-9_-])(?:eyJ[A-Za-z0-9_-]{5,}+\\.[A-Za-z0-9_-]{5,}+(?:\\.[A-Za-z0-9_-]*+)?+"
              + "|(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])"
              + "|gh[pousr]_[A-Za-z0-9]{30,}+|github_pat_[A-Za-z0-9_]{30,}+"
              + "|xox[a-z]-[A-Za-z0-9-]{10,}+)");

  private static final int LONGEST_USER_INFO = 1024;
  private static final int LONGEST_SCHEME = 20;
  private static final int LONGEST_USER_NAME = 19;

  private SecretShapes() {}

  static String hide(String text) {
    String hidden = keyBlocks(text);
    hidden = TOKEN.matcher(hidden).replaceAll("***");
    hidden = userInfo(hidden);
    return named(hidden);
  }

  /** A block whose beginning or end was cut off is one all the same. */
  private static String keyBlocks(String text) {
    StringBuilder hidden = new StringBuilder(text.length());
    Matcher mark = PEM_MARK.matcher(text);
    int written = 0;
    int begun = -1;
    while (mark.find()) {
      if (mark.group(1).equals("BEGIN")) {
        begun = begun < 0 ? mark.start() : begun;
      } else {
        int start = begun < 0 ? startOfBase64(text, mark.start(), written) : begun;
        hidden.append(text, written, start).append(Redaction.HIDDEN);
        written = mark.end();
        begun = -1;
      }
    }
    if (begun >= 0) {
      return hidden.append(text, written, begun).append(Redaction.HIDDEN).toString();
    }
    return hidden.append(text, written, text.length()).toString();
  }

  private static int startOfBase64(String text, int end, int notBefore) {
    int start = end;
    while (start > notBefore && isBase64OrLineEnd(text.charAt(start - 1))) {
      start--;
    }
    return start;
  }

  private static boolean isBase64OrLineEnd(char c) {
    return c < 0x80 && Character.isLetterOrDigit(c) || "+/=\\\r\n".indexOf(c) >= 0;
  }

  /** {@code scheme://user:password@host}, and a token in the user's place. */
  private static String userInfo(String text) {
    StringBuilder hidden = new StringBuilder(text.length());
    int written = 0;
    for (int at = text.indexOf("://"); at >= 0; at = text.indexOf("://", at + 3)) {
      int start = at + 3;
      int end = endOfAuthority(text, start);
      int sign = text.substring(start, end).lastIndexOf('@') + start;
      if (sign > start && start >= written && hasScheme(text, at)) {
        int colon = text.indexOf(':', start);
        if (colon >= 0 && colon < sign) {
          hidden.append(text, written, colon + 1).append(Redaction.HIDDEN);
          written = sign;
        } else if (sign - start > LONGEST_USER_NAME) {
          hidden.append(text, written, start).append(Redaction.HIDDEN);
          written = sign;
        }
      }
    }
    return hidden.append(text, written, text.length()).toString();
  }

  private static boolean hasScheme(String text, int at) {
    return at > 0
        && Character.isLetterOrDigit(text.charAt(at - 1))
        && text.substring(Math.max(0, at - LONGEST_SCHEME), at)
            .chars()
            .anyMatch(Character::isLetter);
  }

  private static int endOfAuthority(String text, int start) {
    int end = start;
    int limit = Math.min(text.length(), start + LONGEST_USER_INFO);
    while (end < limit && " \t\r\n/\"'<>`".indexOf(text.charAt(end)) < 0) {
      end++;
    }
    return end;
  }

  /** A name that says what it holds, a sign between, and a value. */
  private static String named(String text) {
    StringBuilder hidden = new StringBuilder(text.length());
    Matcher name = NAMED.matcher(text);
    int written = 0;
    while (written < text.length() && name.find(written)) {
      int value = name.end();
      value = afterScheme(text, value);
      int opening = value;
      if (opening < text.length() && text.charAt(opening) == '\\') {
        opening++;
      }
      boolean quoted = opening < text.length() && isQuote(text.charAt(opening));
      int start = quoted ? opening + 1 : value;
      start = quoted ? afterScheme(text, start) : start;
      int end = quoted ? endOfQuoted(text, start, opening > value) : endOfBare(text, start);
      hidden.append(text, written, start);
      if (end > start) {
        hidden.append(Redaction.HIDDEN);
      }
      written = end;
    }
    return hidden.append(text, written, text.length()).toString();
  }

  /** Behind {@code Bearer } and the like, which are no secret. */
  private static int afterScheme(String text, int start) {
    Matcher scheme = SCHEME.matcher(text).region(start, text.length());
    return scheme.lookingAt() ? scheme.end() : start;
  }

  private static boolean isQuote(char c) {
    return c == '"' || c == '\'';
  }

  /** At the closing quote, or where the line ends without one. */
  private static int endOfQuoted(String text, int start, boolean escaped) {
    int opening = start - 1;
    while (opening > 0 && !isQuote(text.charAt(opening))) {
      opening--;
    }
    char quote = text.charAt(opening);
    int end = start;
    while (end < text.length() && text.charAt(end) != '\n' && text.charAt(end) != quote) {
      if (text.charAt(end) == '\\') {
        if (escaped && end + 1 < text.length() && text.charAt(end + 1) == quote) {
          return end;
        }
        end++;
      }
      end++;
    }
    return Math.min(end, text.length());
  }

  private static int endOfBare(String text, int start) {
    int end = start;
    while (end < text.length() && " \t\r\n,;&\"'<>{}[]()|".indexOf(text.charAt(end)) < 0) {
      end++;
    }
    return end;
  }
}

package dev.rollbook;

/** Text from elsewhere without what could steer a terminal, an editor or a browser. */
public final class PlainText {

  private static final char ESCAPE = '\u001b';
  private static final char ONE_CHARACTER_CSI = '\u009b';
  private static final char BELL = '\u0007';

  private final CharSequence text;
  private final StringBuilder plain;
  private int at;

  private PlainText(CharSequence text) {
    this.text = text;
    this.plain = new StringBuilder(text.length());
  }

  /**
   * Keeps line feeds, tabs and whatever is printable. Terminal sequences, other control characters
   * and signs that turn the reading direction go; a carriage return and Unicode's own line ends
   * become line feeds; half a surrogate pair becomes U+FFFD.
   */
  public static String of(CharSequence text) {
    return new PlainText(text).read();
  }

  private String read() {
    while (at < text.length()) {
      char c = text.charAt(at++);
      if (c == ESCAPE) {
        skipSequence();
      } else if (c == ONE_CHARACTER_CSI) {
        skipParameters();
      } else if (c == '\r') {
        if (peek() != '\n') {
          plain.append('\n');
        }
      } else if (c == '\u2028' || c == '\u2029') {
        plain.append('\n');
      } else if (Character.isSurrogate(c)) {
        surrogate(c);
      } else if (c == '\n' || c == '\t' || !isHidden(c)) {
        plain.append(c);
      }
    }
    return plain.toString();
  }

  private void surrogate(char c) {
    if (Character.isHighSurrogate(c) && Character.isLowSurrogate(peek())) {
      plain.append(c).append(text.charAt(at++));
    } else {
      plain.append('\ufffd');
    }
  }

  private static boolean isHidden(char c) {
    return Character.isISOControl(c)
        || c == '\u061c'
        || c == '\u200e'
        || c == '\u200f'
        || c >= '\u202a' && c <= '\u202e'
        || c >= '\u2066' && c <= '\u2069'
        || c == '\ufeff';
  }

  private void skipSequence() {
    char kind = peek();
    if (kind == '[') {
      at++;
      skipParameters();
    } else if (kind == ']' || kind == 'P' || kind == '_' || kind == '^') {
      at++;
      skipString();
    } else if (kind >= ' ' && kind <= '/') {
      // a character set designation: ESC ( B
      at = Math.min(text.length(), at + 2);
    } else if (kind >= '0' && kind <= '~') {
      at++;
    }
  }

  private void skipParameters() {
    while (peek() >= ' ' && peek() <= '?') {
      at++;
    }
    if (peek() >= '@' && peek() <= '~') {
      at++;
    }
  }

  /** A title or a link; one that is never ended does not swallow the next line. */
  private void skipString() {
    while (at < text.length() && peek() != '\n') {
      char c = text.charAt(at++);
      if (c == BELL) {
        return;
      }
      if (c == ESCAPE) {
        at = Math.min(text.length(), at + 1);
        return;
      }
    }
  }

  private char peek() {
    return at < text.length() ? text.charAt(at) : '\0';
  }
}

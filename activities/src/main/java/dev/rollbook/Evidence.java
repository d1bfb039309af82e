package dev.rollbook;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a step saw, made small and plain enough to keep. */
public final class Evidence {

  /** The most a step may keep, in UTF-8 bytes. */
  public static final int LIMIT = 16 * 1024;

  /** What is read of a file's end: room for escapes and secrets that go before it is cut. */
  private static final int TAIL = 8 * LIMIT;

  private Evidence() {}

  /** The text without control characters, terminal sequences and direction marks. */
  public static String plain(String text) {
    return PlainText.of(text);
  }

  /** The last n lines, plain, at most 16 KiB. */
  public static String lastLines(String text, int n) {
    String plain = PlainText.of(text).stripTrailing();
    return bounded(plain.substring(startOfLast(plain, n)), LIMIT);
  }

  /** As below, for a file that holds no secrets. */
  public static String lastLines(Path file, int n) throws IOException {
    return lastLines(file, n, Redaction.NONE);
  }

  /**
   * The file's last n lines, plain, without secrets, at most 16 KiB. Reads no more than the last
   * 128 KiB, however large the file is; a first line that lies only half within them is left out.
   */
  public static String lastLines(Path file, int n, Redaction redaction) throws IOException {
    try (SeekableByteChannel channel = Files.newByteChannel(file)) {
      long start = Math.max(0, channel.size() - TAIL);
      ByteBuffer tail = ByteBuffer.allocate(TAIL);
      channel.position(start);
      while (tail.hasRemaining() && channel.read(tail) >= 0) {
        // until the buffer is full or the file ends
      }
      String text = StandardCharsets.UTF_8.decode(tail.flip()).toString();
      int firstLineEnd = text.indexOf('\n');
      boolean startsMidLine = start > 0 && firstLineEnd >= 0 && firstLineEnd < text.length() - 1;
      String whole = startsMidLine ? text.substring(firstLineEnd + 1) : text;
      // plain first: a terminal sequence within a secret would hide it from the redaction
      return lastLines(redaction.clean(PlainText.of(whole)), n);
    }
  }

  /**
   * The text's end, plain, at most so many UTF-8 bytes, with a first line that says what is cut.
   */
  public static String bounded(String text, int bytes) {
    String plain = PlainText.of(text);
    long all = utf8Length(plain, 0, plain.length());
    if (all <= bytes) {
      return plain;
    }
    int room = bytes - cutLine(all).length();
    int from = plain.length();
    for (int length = 0; from > 0; ) {
      int c = plain.codePointBefore(from);
      length += utf8Length(c);
      if (length > room) {
        break;
      }
      from -= Character.charCount(c);
    }
    // whole lines read better, unless that would cost most of what is kept
    int lineEnd = plain.indexOf('\n', from);
    if (lineEnd >= 0 && lineEnd - from < (plain.length() - from) / 2) {
      from = lineEnd + 1;
    }
    return cutLine(utf8Length(plain, 0, from)) + plain.substring(from);
  }

  /** The text's beginning, plain, at most so many UTF-8 bytes, with a last line for what is cut. */
  public static String beginning(String text, int bytes) {
    String plain = PlainText.of(text);
    long all = utf8Length(plain, 0, plain.length());
    if (all <= bytes) {
      return plain;
    }
    int room = bytes - cutLine(all).length();
    int to = 0;
    for (int length = 0; to < plain.length(); ) {
      int c = plain.codePointAt(to);
      length += utf8Length(c);
      if (length > room) {
        break;
      }
      to += Character.charCount(c);
    }
    return plain.substring(0, to) + "\n" + cutLine(utf8Length(plain, to, plain.length())).strip();
  }

  private static String cutLine(long bytes) {
    return "[" + bytes + " bytes cut]\n";
  }

  private static int startOfLast(String text, int lines) {
    int start = text.length();
    for (int seen = 0; start > 0; start--) {
      if (text.charAt(start - 1) == '\n' && ++seen == lines) {
        break;
      }
    }
    return start;
  }

  private static long utf8Length(String text, int from, int to) {
    return text.substring(from, to).codePoints().mapToLong(Evidence::utf8Length).sum();
  }

  private static int utf8Length(int codePoint) {
    return codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
  }
}

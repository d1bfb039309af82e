package dev.rollbook.compose;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/**
 * A container's log as the engine sends it, cut into lines. Without a terminal it comes in frames,
 * whose ends are no line ends: a line longer than 16 KiB has several, and output and error output
 * take turns.
 */
final class LogStream {

  private static final int LONGEST_LINE = 64 * 1024;
  private static final int HEADER = 8;
  private static final int STDERR = 2;

  private final InputStream bytes;
  private final boolean framed;
  private final Line output = new Line();
  private final Line errors = new Line();

  /**
   * @param framed false for a container with a terminal
   */
  LogStream(InputStream bytes, boolean framed) {
    this.bytes = bytes;
    this.framed = framed;
  }

  /** Returns when the stream has ended; what follows the last line end counts as a line then. */
  void read(Consumer<String> lines) throws IOException {
    try {
      if (framed) {
        frames(lines);
      } else {
        byte[] piece = new byte[8 * 1024];
        for (int n = bytes.read(piece); n >= 0; n = bytes.read(piece)) {
          output.add(piece, n, lines);
        }
      }
    } finally {
      output.end(lines);
      errors.end(lines);
    }
  }

  private void frames(Consumer<String> lines) throws IOException {
    DataInputStream in = new DataInputStream(bytes);
    byte[] piece = new byte[8 * 1024];
    byte[] header = new byte[HEADER];
    while (in.readNBytes(header, 0, HEADER) == HEADER) {
      Line line = header[0] == STDERR ? errors : output;
      long length = 0;
      for (int i = 4; i < HEADER; i++) {
        length = length << 8 | header[i] & 0xff;
      }
      while (length > 0) {
        int n = in.read(piece, 0, (int) Math.min(piece.length, length));
        if (n < 0) {
          throw new EOFException("the log ended within a frame");
        }
        line.add(piece, n, lines);
        length -= n;
      }
    }
  }

  /** A line that is not whole yet; of one without an end its beginning is kept. */
  private static final class Line {

    private final ByteArrayOutputStream begun = new ByteArrayOutputStream();

    void add(byte[] piece, int length, Consumer<String> lines) {
      for (int i = 0; i < length; i++) {
        if (piece[i] == '\n') {
          end(lines);
        } else if (begun.size() < LONGEST_LINE) {
          begun.write(piece[i]);
        }
      }
    }

    void end(Consumer<String> lines) {
      if (begun.size() > 0) {
        String line = begun.toString(StandardCharsets.UTF_8);
        begun.reset();
        lines.accept(line.endsWith("\r") ? line.substring(0, line.length() - 1) : line);
      }
    }
  }
}

package dev.rollbook.local;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;

/** Reads a log that is still being written, a piece at a time, and looks for a line in it. */
final class LogLines {

  private static final int PIECE = 256 * 1024;
  private static final int LONGEST_LINE = 64 * 1024;

  private final Path file;
  private long position;
  private String unfinished = "";
  private String lastLine = "";

  LogLines(Path file) {
    this.file = file;
  }

  /** The first line since the last call that the pattern occurs in. */
  Optional<String> find(Pattern pattern) throws IOException {
    while (true) {
      String piece = nextPiece();
      if (piece.isEmpty()) {
        // a start line may come without its line end
        return Optional.of(unfinished).filter(line -> pattern.matcher(line).find());
      }
      String[] lines = (unfinished + piece).split("\r?\n", -1);
      unfinished = bounded(lines[lines.length - 1]);
      for (int i = 0; i < lines.length - 1; i++) {
        lastLine = isShown(lines[i]) ? lines[i] : lastLine;
        if (pattern.matcher(bounded(lines[i])).find()) {
          return Optional.of(bounded(lines[i]));
        }
      }
    }
  }

  /** The newest line that was read whole; for saying how far a job is. */
  String lastLine() {
    return lastLine;
  }

  private String nextPiece() throws IOException {
    if (!Files.exists(file)) {
      return "";
    }
    try (RandomAccessFile log = new RandomAccessFile(file.toFile(), "r")) {
      log.seek(position);
      byte[] piece = new byte[(int) Math.min(PIECE, Math.max(0, log.length() - position))];
      log.readFully(piece);
      position += piece.length;
      return new String(piece, StandardCharsets.UTF_8);
    }
  }

  /** A line that was cut may begin in the middle of a secret. */
  private static boolean isShown(String line) {
    return !line.isBlank() && line.length() < LONGEST_LINE;
  }

  private static String bounded(String line) {
    return line.length() <= LONGEST_LINE ? line : line.substring(line.length() - LONGEST_LINE);
  }
}

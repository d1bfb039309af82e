package dev.rollbook;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What one start's log has said so far. Written by one thread, read by another. */
public final class StartLines {

  private static final int LINES = 50;
  private static final int SHOWN = 2000;

  private final Pattern startLine;
  private final List<Pattern> errorLines;
  private final Deque<String> last = new ArrayDeque<>();
  private final List<String> errors = new ArrayList<>();
  private String started;

  public StartLines(Pattern startLine, List<Pattern> errorLines) {
    this.startLine = startLine;
    this.errorLines = errorLines;
  }

  /**
   * @return true for a line that was waited for
   */
  public synchronized boolean add(String line) {
    if (last.size() == LINES) {
      last.removeFirst();
    }
    last.add(line);
    boolean starts = started == null && startLine.matcher(line).find();
    if (starts) {
      started = line;
    }
    boolean wrong =
        errors.size() < LINES
            && errorLines.stream().anyMatch(pattern -> pattern.matcher(line).find());
    if (wrong) {
      errors.add(line);
    }
    return starts || wrong;
  }

  public synchronized Optional<String> started(Redaction redaction) {
    return Optional.ofNullable(started).map(line -> shown(line, redaction));
  }

  public synchronized boolean hasStarted() {
    return started != null;
  }

  public synchronized boolean hasErrors() {
    return !errors.isEmpty();
  }

  public synchronized String errors(Redaction redaction) {
    return text(errors, redaction);
  }

  public synchronized String last(Redaction redaction) {
    return last.isEmpty() ? "(no output)" : text(last, redaction);
  }

  public synchronized String newest(Redaction redaction) {
    return last.isEmpty() ? "" : shown(last.getLast(), redaction);
  }

  private static String text(Collection<String> lines, Redaction redaction) {
    String text =
        lines.stream().map(line -> shown(line, redaction)).collect(Collectors.joining("\n"));
    return Evidence.lastLines(redaction.clean(text), LINES);
  }

  /** Cut only after the redaction: half a secret would not be recognised. */
  private static String shown(String line, Redaction redaction) {
    String clean = redaction.clean(Evidence.plain(line)).strip();
    return clean.length() <= SHOWN ? clean : clean.substring(0, SHOWN) + "…";
  }
}

package dev.rollbook.cli;

import dev.rollbook.PlainText;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * Where words go: the result to standard output; progress to standard output too, but to standard
 * error with {@code -o json}. Colours and the ticking line only on a terminal.
 */
final class Terminal {

  private static final int WIDTH = 110;

  private final PrintStream out;
  private final PrintStream progress;
  private final boolean live;
  private boolean ticking;

  Terminal(boolean json) {
    this.out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    this.progress = json ? new PrintStream(System.err, true, StandardCharsets.UTF_8) : out;
    this.live = System.console() != null && !"dumb".equals(System.getenv("TERM"));
  }

  /** Who sits at it. */
  static String person() {
    return System.getProperty("user.name");
  }

  /** True when a person can be asked. */
  boolean isInteractive() {
    return System.console() != null;
  }

  void result(String text) {
    clearTick();
    out.println(text);
  }

  synchronized void say(String line) {
    clearTick();
    progress.println(line);
  }

  /** A line that the next one replaces; nothing where there is no terminal. */
  synchronized void tick(String line) {
    if (live) {
      String plain = PlainText.of(line).replace('\n', ' ');
      String shown = plain.length() <= WIDTH ? plain : plain.substring(0, WIDTH - 1) + "…";
      progress.print("\r\u001b[K" + shown);
      progress.flush();
      ticking = true;
    }
  }

  String green(String text) {
    return colour("32", text);
  }

  String yellow(String text) {
    return colour("33", text);
  }

  String red(String text) {
    return colour("31", text);
  }

  String bold(String text) {
    return colour("1", text);
  }

  private String colour(String code, String text) {
    return live && System.getenv("NO_COLOR") == null
        ? "\u001b[" + code + "m" + text + "\u001b[0m"
        : text;
  }

  private void clearTick() {
    if (ticking) {
      progress.print("\r\u001b[K");
      ticking = false;
    }
  }
}

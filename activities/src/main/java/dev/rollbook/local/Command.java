package dev.rollbook.local;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * A configured command: a program and its arguments, no shell.
 *
 * @param directory where it runs, absolute
 * @param within how long it may take
 */
public record Command(List<String> argv, Path directory, Duration within) {

  public Command {
    argv = List.copyOf(argv);
  }

  public String program() {
    return argv.get(0);
  }

  public String describe() {
    return "'" + String.join(" ", argv) + "'";
  }
}

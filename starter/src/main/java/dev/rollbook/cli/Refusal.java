package dev.rollbook.cli;

import dev.rollbook.Run;
import java.util.Optional;

/** An end with words for the operator and an exit code; no stack trace. */
final class Refusal extends RuntimeException {

  private final int exitCode;
  private final transient Run run;

  Refusal(int exitCode, String message) {
    this(exitCode, message, null);
  }

  /**
   * @param run as far as it got; null for none
   */
  Refusal(int exitCode, String message, Run run) {
    super(message);
    this.exitCode = exitCode;
    this.run = run;
  }

  Optional<Run> run() {
    return Optional.ofNullable(run);
  }

  int exitCode() {
    return exitCode;
  }
}

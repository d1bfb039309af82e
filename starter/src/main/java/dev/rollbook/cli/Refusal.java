package dev.rollbook.cli;

/** An end with words for the operator and an exit code; no stack trace. */
final class Refusal extends RuntimeException {

  private final int exitCode;

  Refusal(int exitCode, String message) {
    super(message);
    this.exitCode = exitCode;
  }

  int exitCode() {
    return exitCode;
  }
}

package dev.rollbook.cli;

import dev.rollbook.Run;
import io.temporal.client.WorkflowUpdateException;
import io.temporal.failure.ApplicationFailure;
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

  /** A word that a workflow has refused. */
  static Refusal of(WorkflowUpdateException e) {
    return new Refusal(
        ExitCodes.BLOCKED,
        e.getCause() instanceof ApplicationFailure failure
            ? failure.getOriginalMessage()
            : e.getMessage());
  }

  Optional<Run> run() {
    return Optional.ofNullable(run);
  }

  int exitCode() {
    return exitCode;
  }
}

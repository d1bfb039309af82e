package dev.rollbook.compose;

import java.io.IOException;

/** What a Compose command that failed said. */
public final class ComposeFailed extends IOException {

  private final int exitCode;

  ComposeFailed(String message, int exitCode) {
    super(message);
    this.exitCode = exitCode;
  }

  public int exitCode() {
    return exitCode;
  }
}

package dev.rollbook;

/** The service that an operator has named does not answer now; it may later. */
public final class UnreachableTemporal extends IllegalStateException {

  UnreachableTemporal(String message, Throwable cause) {
    super(message, cause);
  }
}

package dev.rollbook.compose;

/**
 * Why the Docker Engine did not do what it was asked. Thrown as it is from a step, Temporal asks
 * again: an engine that is being restarted has no socket for a while.
 */
public abstract class EngineFailure extends RuntimeException {

  /** The cause is kept beside, since the message says it all, and a cause would speak for it. */
  EngineFailure(String message, Throwable seen) {
    super(message);
    if (seen != null) {
      addSuppressed(seen);
    }
  }

  /** What was asked for does not exist; in the engine's own words. */
  public static final class Missing extends EngineFailure {

    Missing(String message, Throwable seen) {
      super(message, seen);
    }
  }

  /** The engine said no; in its own words. */
  public static final class Refused extends EngineFailure {

    private final int status;

    Refused(int status, String message, Throwable seen) {
      super(message, seen);
      this.status = status;
    }

    /**
     * The HTTP status: 304 when it was so already, 409 for a conflict, 500 for the engine's own.
     */
    public int status() {
      return status;
    }
  }

  /** Nothing there that answers: no socket, a refused or broken connection, silence. */
  public static final class EngineUnreachable extends EngineFailure {

    EngineUnreachable(String message, Throwable seen) {
      super(message, seen);
    }
  }

  /** The socket is not the worker's to use. */
  public static final class PermissionDenied extends EngineFailure {

    PermissionDenied(String message, Throwable seen) {
      super(message, seen);
    }
  }

  /** Something answers that Rollbook cannot work with: no Docker Engine, or one too old. */
  public static final class UnsuitableEngine extends EngineFailure {

    UnsuitableEngine(String message, Throwable seen) {
      super(message, seen);
    }
  }
}

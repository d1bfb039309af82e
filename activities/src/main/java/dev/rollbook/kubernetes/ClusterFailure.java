package dev.rollbook.kubernetes;

import java.time.Duration;
import java.util.Optional;

/**
 * Why a cluster's API server did not do what it was asked. Thrown as it is from a step, Temporal
 * asks again: an API server that is being restarted does not answer for a while.
 */
public abstract class ClusterFailure extends RuntimeException {

  /** The cause is kept beside, since the message says it all, and a cause would speak for it. */
  ClusterFailure(String message, Throwable seen) {
    super(message);
    if (seen != null) {
      addSuppressed(seen);
    }
  }

  /** What was asked for does not exist; in the server's own words. */
  public static final class Missing extends ClusterFailure {

    Missing(String message, Throwable seen) {
      super(message, seen);
    }
  }

  /**
   * A guard of a write did not hold (409; 422 of a JSON Patch's test): somebody wrote in between.
   * Look again.
   */
  public static final class Conflict extends ClusterFailure {

    Conflict(String message, Throwable seen) {
      super(message, seen);
    }
  }

  /**
   * What was to be written is not let in, by a policy, an admission webhook or the API's own rules
   * (422, or whatever status they chose); in their own words. The same would be refused again.
   */
  public static final class NotAdmitted extends ClusterFailure {

    NotAdmitted(String message, Throwable seen) {
      super(message, seen);
    }
  }

  /** The worker's account may not (401, 403); in the server's own words. */
  public static final class PermissionDenied extends ClusterFailure {

    PermissionDenied(String message, Throwable seen) {
      super(message, seen);
    }
  }

  /** The server said no, or not now (429, 500); in its own words. */
  public static final class Refused extends ClusterFailure {

    private static final int TOO_MANY_REQUESTS = 429;
    private static final Duration LEAST = Duration.ofSeconds(1);
    private static final Duration MOST = Duration.ofSeconds(2); // a step is to beat meanwhile

    private final int status;
    private final Duration retryAfter;

    /**
     * @param retryAfter as the server says in its answer's body; null when it does not
     */
    Refused(int status, Duration retryAfter, String message, Throwable seen) {
      super(message, seen);
      this.status = status;
      this.retryAfter = retryAfter;
    }

    /** When to ask a server again that has too much to do; empty when it said anything else. */
    Optional<Duration> busyFor() {
      if (status != TOO_MANY_REQUESTS) {
        return Optional.empty();
      }
      Duration asked = retryAfter == null ? LEAST : retryAfter;
      return Optional.of(asked.compareTo(MOST) > 0 ? MOST : asked);
    }

    /** The HTTP status. */
    public int status() {
      return status;
    }
  }

  /** Nothing there that answers: a refused or broken connection, silence, a wrong certificate. */
  public static final class Unreachable extends ClusterFailure {

    Unreachable(String message, Throwable seen) {
      super(message, seen);
    }
  }

  /** No cluster is configured where the catalog or the worker's environment points. */
  public static final class NoCluster extends ClusterFailure {

    NoCluster(String message, Throwable seen) {
      super(message, seen);
    }
  }
}

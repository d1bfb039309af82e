package dev.rollbook;

/**
 * What preflight found out about one precondition.
 *
 * @param check the name of the precondition: {@code work tree}, {@code port}
 * @param message what, which, and what to do now
 */
public record Finding(Level level, String check, String message) {

  /** Rollbook itself has stopped the service, and nobody has started it since. */
  public static final String STOP = "stop";

  /** The Docker Engine cannot be asked. */
  public static final String ENGINE = "engine";

  /** The cluster cannot be asked. */
  public static final String CLUSTER = "cluster";

  public enum Level {
    /** The run must not start: nothing is touched. */
    BLOCKER,
    /** The run goes on, and says so. */
    WARNING,
    OK
  }

  public static Finding blocker(String check, String message) {
    return new Finding(Level.BLOCKER, check, message);
  }

  public static Finding warning(String check, String message) {
    return new Finding(Level.WARNING, check, message);
  }

  public static Finding ok(String check, String message) {
    return new Finding(Level.OK, check, message);
  }

  public boolean blocks() {
    return level == Level.BLOCKER;
  }
}

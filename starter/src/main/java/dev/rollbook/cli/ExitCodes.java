package dev.rollbook.cli;

import dev.rollbook.Run;

/** What other programs branch on. */
final class ExitCodes {

  /** Rolled back, already there, not needed, or a clean plan. */
  static final int OK = 0;

  /** A fault of Rollbook or of what it runs on. */
  static final int FAULT = 1;

  /** The command line or the catalog is wrong. */
  static final int USAGE = 2;

  /** Nothing was touched: a precondition failed. */
  static final int BLOCKED = 3;

  /** The rollback failed; the service was stopped. */
  static final int FAILED = 4;

  /** A person ended it. */
  static final int ABORTED = 5;

  private ExitCodes() {}

  static int of(Run run) {
    if (run.aborted() != null || isRejected(run)) {
      return ABORTED;
    }
    if (run.outcome() == null) {
      return OK;
    }
    return switch (run.outcome()) {
      case ROLLED_BACK, ALREADY_THERE, NOT_NEEDED -> OK;
      case BLOCKED -> BLOCKED;
      case STOPPED -> FAILED;
    };
  }

  /** What was resolved, or is too slight, needed no rollback; this one a person has forbidden. */
  private static boolean isRejected(Run run) {
    return run.decision() != null
        && run.decision().decided() != null
        && run.decision().decided().rejects();
  }
}

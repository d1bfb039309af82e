package dev.rollbook.escalation;

import dev.rollbook.Finding;
import dev.rollbook.escalation.Incident.Trouble;
import io.temporal.api.enums.v1.TimeoutType;
import io.temporal.failure.ApplicationFailure;
import io.temporal.failure.TimeoutFailure;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Which rows of the runbook's escalation table a failed step calls, by the failure's type. */
public final class Troubles {

  /** The service says that its database is down, or what it needs is looked at and says so. */
  private static final Set<String> DATABASE = Set.of("DatabaseDown");

  /** Engine, cluster or machine do not do what they are told. */
  private static final Set<String> INFRASTRUCTURE =
      Set.of(
          "EngineUnreachable",
          "Unreachable",
          "NoCluster",
          "EnvironmentBroken",
          "StopFailed",
          "StillListening",
          "StillRunning");

  private static final Set<String> AWAY = Set.of(Finding.ENGINE, Finding.CLUSTER);

  private Troubles() {}

  /** ROLLBACK always; besides it what any failure in the chain of causes names. */
  public static Set<Trouble> of(Throwable failure) {
    Set<Trouble> troubles = EnumSet.of(Trouble.ROLLBACK);
    for (Throwable each = failure; each != null; each = each.getCause()) {
      if (each instanceof ApplicationFailure application) {
        add(application.getType(), troubles);
      }
      if (each instanceof TimeoutFailure timeout && isOfASilentWorker(timeout)) {
        troubles.add(Trouble.INFRASTRUCTURE);
      }
    }
    return troubles;
  }

  /** The same, of what preflight has found to stand in the way. */
  public static Set<Trouble> ofFindings(List<Finding> findings) {
    Set<Trouble> troubles = EnumSet.of(Trouble.ROLLBACK);
    if (findings.stream().anyMatch(each -> each.blocks() && AWAY.contains(each.check()))) {
      troubles.add(Trouble.INFRASTRUCTURE);
    }
    return troubles;
  }

  private static void add(String type, Set<Trouble> troubles) {
    if (DATABASE.contains(type)) {
      troubles.add(Trouble.DATABASE);
    }
    if (INFRASTRUCTURE.contains(type)) {
      troubles.add(Trouble.INFRASTRUCTURE);
    }
  }

  private static boolean isOfASilentWorker(TimeoutFailure timeout) {
    return timeout.getTimeoutType() == TimeoutType.TIMEOUT_TYPE_HEARTBEAT
        || timeout.getTimeoutType() == TimeoutType.TIMEOUT_TYPE_SCHEDULE_TO_START;
  }
}

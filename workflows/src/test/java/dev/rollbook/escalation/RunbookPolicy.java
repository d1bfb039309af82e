package dev.rollbook.escalation;

import dev.rollbook.TaskQueues;
import dev.rollbook.escalation.EscalationPolicy.Level;
import dev.rollbook.escalation.Incident.Trouble;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/** The runbook's table as a policy, with later levels and a commander. */
public final class RunbookPolicy {

  static final Level ONCALL =
      level("oncall", "On-Call Engineer", Set.of(Trouble.ROLLBACK), false, 0, 0, 5, 2, 3, Set.of());
  static final Level DBA =
      level("dba", "DBA", Set.of(Trouble.DATABASE), false, 0, 5, 5, 5, 2, Set.of());
  static final Level INFRA =
      level(
          "infra",
          "Infrastructure Team",
          Set.of(Trouble.INFRASTRUCTURE),
          false,
          1,
          10,
          10,
          5,
          2,
          Set.of());
  static final Level CTO =
      level("cto", "CTO / VP Engineering", Set.of(), true, 0, 0, 5, 3, 2, Set.of());
  static final Level SENIOR =
      level("senior", "Senior Engineer", Set.of(), false, 15, 20, 25, 5, 1, Set.of("oncall"));
  static final Level COMMANDER =
      level("commander", "Incident Commander", Set.of(), false, 0, 0, 5, 10, 1, Set.of());

  static EscalationPolicy of(Level... levels) {
    return of(0, null, Duration.ZERO, levels);
  }

  static EscalationPolicy of(int rounds, Level commander, Duration remindAfter, Level... levels) {
    return new EscalationPolicy(
        "hash-1", List.of(levels), rounds, commander, remindAfter, false, TaskQueues.ROLLBOOK);
  }

  static EscalationPolicy whole() {
    return of(1, COMMANDER, Duration.ZERO, ONCALL, DBA, INFRA, CTO, SENIOR);
  }

  static Level with(Level level, List<String> channels, List<String> recipients) {
    return new Level(
        level.id(),
        level.title(),
        level.when(),
        level.companyWide(),
        level.notifyAfter(),
        level.notifyBy(),
        level.ackWithin(),
        level.repeatEvery(),
        level.repeatMost(),
        level.silencedBy(),
        channels,
        recipients);
  }

  static Incident incident(boolean companyWide, Trouble... troubles) {
    return new Incident(
        "plan-1",
        "shopping-service",
        "production",
        "rollback of shopping-service in production failed",
        "C3 failed: image missing",
        Set.of(troubles),
        companyWide,
        "rollback");
  }

  /** Times in minutes. */
  private static Level level(
      String id,
      String title,
      Set<Trouble> when,
      boolean companyWide,
      int notifyAfter,
      int notifyBy,
      int ackWithin,
      int repeatEvery,
      int repeatMost,
      Set<String> silencedBy) {
    return new Level(
        id,
        title,
        when,
        companyWide,
        Duration.ofMinutes(notifyAfter),
        Duration.ofMinutes(notifyBy),
        Duration.ofMinutes(ackWithin),
        Duration.ofMinutes(repeatEvery),
        repeatMost,
        silencedBy,
        List.of("pager", "email"),
        List.of(id + "@example.com"));
  }

  private RunbookPolicy() {}
}

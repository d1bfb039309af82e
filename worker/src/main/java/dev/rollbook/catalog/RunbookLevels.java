package dev.rollbook.catalog;

import dev.rollbook.escalation.EscalationPolicy.Level;
import dev.rollbook.escalation.Incident.Trouble;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The runbook's table "에스컬레이션", for whoever writes no levels. "Within 5 min" is read as told and
 * answering by then; a row of the table without recipients stays, so that it is recorded as empty.
 */
final class RunbookLevels {

  static final String ONCALL = "oncall";
  static final String COMMANDER = "commander";

  private static final String DBA = "dba";
  private static final String INFRASTRUCTURE = "infrastructure";
  private static final String EXECUTIVES = "executives";
  private static final String SENIOR = "senior";
  private static final String VENDOR = "vendor";

  /** The roles that mean something by themselves, as people say them. */
  static final Map<String, String> TITLES =
      Map.of(
          ONCALL, "On-Call Engineer",
          DBA, "DBA",
          INFRASTRUCTURE, "Infrastructure Team",
          EXECUTIVES, "CTO / VP Engineering",
          SENIOR, "Senior Engineer",
          VENDOR, "Vendor",
          COMMANDER, "Incident Commander");

  private final Map<String, List<String>> roles;
  private final List<String> channels;

  RunbookLevels(Map<String, List<String>> roles, List<String> channels) {
    this.roles = roles;
    this.channels = channels;
  }

  /** Minutes: to the first call, until it must be out, until an answer; then between calls. */
  List<Level> table() {
    List<Level> table = new ArrayList<>();
    table.add(level(ONCALL, Set.of(Trouble.ROLLBACK), 0, 1, 5, 2, Set.of()));
    table.add(level(DBA, Set.of(Trouble.DATABASE), 0, 5, 5, 2, Set.of()));
    table.add(level(INFRASTRUCTURE, Set.of(Trouble.INFRASTRUCTURE), 0, 10, 10, 4, Set.of()));
    table.add(level(EXECUTIVES, Set.of(), 0, 1, 5, 2, Set.of()));
    if (roles.containsKey(SENIOR)) {
      table.add(level(SENIOR, Set.of(), 15, 16, 30, 5, Set.of(ONCALL)));
    }
    if (roles.containsKey(VENDOR)) {
      table.add(level(VENDOR, Set.of(), 30, 31, 60, 10, Set.of(ONCALL)));
    }
    return table;
  }

  /** Last, and then every 10 min. */
  Optional<Level> commander(String role) {
    return Optional.ofNullable(roles.get(role))
        .map(recipients -> level(role, Set.of(), 0, 1, 5, 10, Set.of()));
  }

  private Level level(
      String role,
      Set<Trouble> when,
      int after,
      int by,
      int ack,
      int every,
      Set<String> silencedBy) {
    return new Level(
        role,
        TITLES.getOrDefault(role, role),
        when,
        role.equals(EXECUTIVES),
        Duration.ofMinutes(after),
        Duration.ofMinutes(by),
        Duration.ofMinutes(ack),
        Duration.ofMinutes(every),
        LevelFields.MOST,
        silencedBy,
        channels,
        roles.getOrDefault(role, List.of()));
  }
}

package dev.rollbook.escalation;

import dev.rollbook.escalation.Announcements.State;
import java.util.Map;
import java.util.Set;

/**
 * A board of the catalog, and who reads it.
 *
 * @param environments whose incidents concern it; empty: all
 * @param wording its language
 */
public record NoticeBoard(
    String name, Set<String> environments, Audience audience, Wording wording, Board board) {

  public enum Audience {
    /** Everybody: no word of an alert or a failure. */
    USERS,
    /** Those who help. */
    TEAMS
  }

  public NoticeBoard {
    environments = Set.copyOf(environments);
  }

  public boolean concerns(String environment) {
    return environments.isEmpty() || environments.contains(environment);
  }

  /**
   * @param title of the incident, without secrets; for teams only
   */
  Announcement announcement(Incident incident, String title, State state) {
    Map<String, String> values =
        Map.of(
            "service", incident.service(),
            "environment", incident.environment(),
            "incident", audience == Audience.TEAMS ? title : "");
    String template = (audience == Audience.TEAMS ? "teams." : "users.") + state;
    return new Announcement(
        Digest.sha256(String.valueOf(incident.id())).substring(0, 16),
        incident.service(),
        incident.environment(),
        state,
        wording.say(template + ".title", values),
        wording.say(template + ".text", values).strip(),
        0);
  }
}

package dev.rollbook.escalation;

import io.temporal.activity.ActivityInterface;
import java.util.List;

/** The runbook's "장애 공지": status page, users, teams. Each is found again by its own marker. */
@ActivityInterface(namePrefix = "Announcements")
public interface Announcements {

  /**
   * Says how it stands, on every board of the catalog; what says so already is left alone.
   *
   * @throws io.temporal.failure.ApplicationFailure NotAnnounced naming the boards that could not be
   *     reached, once all have been tried
   */
  Announced announce(Incident incident, State state);

  /** How the incident stands, as the public reads it. */
  enum State {
    INVESTIGATING,
    STOPPED,
    /** It runs again; people are still at it. */
    RELEASED,
    RESOLVED;

    /** Whether this is news to whoever was told the other one: what comes late is not. */
    public boolean isNewsAfter(State told) {
      return compareTo(told) > 0 || this == STOPPED && told == RELEASED;
    }
  }

  /**
   * @param boards those that say so now: {@code status page}, {@code #ops}
   */
  record Announced(List<String> boards, int attempt) {

    public Announced {
      boards = boards == null ? List.of() : List.copyOf(boards);
    }
  }
}

package dev.rollbook.escalation;

import io.temporal.activity.ActivityInterface;
import java.util.List;
import java.util.Set;

/** The runbook's "장애 공지": status page, users, teams. Each is found again by its own marker. */
@ActivityInterface(namePrefix = "Announcements")
public interface Announcements {

  /**
   * Says how it stands, on every board of the catalog; what says so already is left alone.
   *
   * @param told boards that say so already, as far as the workflow knows: on another worker nothing
   *     else knows it of a chat; null from histories from before they were remembered
   * @throws io.temporal.failure.ApplicationFailure NotAnnounced naming the boards that could not be
   *     reached, once all have been tried and not one more says so now
   */
  Announced announce(Incident incident, State state, Set<String> told);

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
   * @param troubles why others do not; empty when all do
   */
  record Announced(List<String> boards, List<String> troubles, int attempt) {

    public Announced {
      boards = boards == null ? List.of() : List.copyOf(boards);
      troubles = troubles == null ? List.of() : List.copyOf(troubles);
    }
  }
}

package dev.rollbook.escalation;

import dev.rollbook.escalation.Announcements.State;
import dev.rollbook.escalation.Escalation.Answer;
import dev.rollbook.escalation.Escalation.Call;
import dev.rollbook.escalation.Escalation.Closed;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What an escalation takes along when its history has grown long: it goes on as if nothing had
 * happened. Nobody but itself writes one.
 *
 * @param round how often all levels were called again from the top
 * @param incidents ids of all incidents it is for
 * @param answered what updates were told, by their id: a repeated one is told the same
 * @param quietSince since when nobody is to be called any more; null while somebody is
 * @param told the boards that say {@code toAnnounce} already; left out, as in histories from before
 *     they were remembered: none
 * @param onBoards whether there are boards; left out: there are
 * @param anyAnswerEndsRounds whether one level answers for all; left out, as by escalations from
 *     before each had to answer for itself: it does
 */
public record SoFar(
    EscalationPolicy policy,
    Instant startedAt,
    int round,
    boolean commanding,
    List<Clock> clocks,
    Set<String> incidents,
    State announced,
    State toAnnounce,
    Closed closed,
    Instant quietSince,
    Map<String, String> answered,
    List<String> notes,
    Set<String> told,
    Boolean onBoards,
    Boolean anyAnswerEndsRounds) {

  public SoFar {
    told = told == null ? Set.of() : Set.copyOf(told);
    onBoards = onBoards == null || onBoards;
    anyAnswerEndsRounds = anyAnswerEndsRounds == null || anyAnswerEndsRounds;
  }

  /**
   * @param from since when the level applies
   * @param nextCallAt null when its calls of this round are out
   * @param silentAt when the last of them has had its time; null while there are more
   * @param calls how many there were in all
   * @param missed whether its missed ackWithin is in the notes
   * @param inAll how many are or were in {@code made}; left out, as in histories from before they
   *     were counted: those that are
   * @param untold whether it is in the notes that nobody could be told by notifyBy; left out: not
   */
  public record Clock(
      String level,
      Instant from,
      Instant nextCallAt,
      Instant silentAt,
      int inRound,
      int calls,
      List<Call> made,
      Answer answer,
      Long toldLate,
      Long answeredLate,
      boolean missed,
      Integer inAll,
      Boolean untold) {

    public Clock {
      inAll = inAll == null ? made.size() : inAll;
      untold = untold != null && untold;
    }
  }
}

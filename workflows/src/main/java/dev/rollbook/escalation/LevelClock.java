package dev.rollbook.escalation;

import dev.rollbook.escalation.Escalation.Answer;
import dev.rollbook.escalation.Escalation.Call;
import dev.rollbook.escalation.Escalation.Called;
import dev.rollbook.escalation.EscalationPolicy.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** One level's own clock: when it is called next, how often it was, who answered. */
final class LevelClock {

  /** However the catalog has it: nobody can answer faster. */
  private static final Duration SHORTEST = Duration.ofSeconds(10);

  /** Older calls are in the history; the first one stays, for the record. */
  private static final int KEPT = 50;

  private final Level level;
  private final Instant from;
  private final List<Call> made = new ArrayList<>();
  private Instant nextCallAt;
  private Instant silentAt;
  private int inRound;
  private int calls;
  private Answer answer;
  private Long toldLate;
  private Long answeredLate;
  private boolean missed;
  private int inAll;
  private boolean untold;

  LevelClock(Level level, Instant from) {
    this.level = level;
    this.from = from;
  }

  static LevelClock goesOn(Level level, SoFar.Clock was) {
    LevelClock clock = new LevelClock(level, was.from());
    clock.made.addAll(was.made());
    clock.nextCallAt = was.nextCallAt();
    clock.silentAt = was.silentAt();
    clock.inRound = was.inRound();
    clock.calls = was.calls();
    clock.answer = was.answer();
    clock.toldLate = was.toldLate();
    clock.answeredLate = was.answeredLate();
    clock.missed = was.missed();
    clock.inAll = was.inAll();
    clock.untold = was.untold();
    return clock;
  }

  SoFar.Clock soFar() {
    return new SoFar.Clock(
        level.id(),
        from,
        nextCallAt,
        silentAt,
        inRound,
        calls,
        List.copyOf(made),
        answer,
        toldLate,
        answeredLate,
        missed,
        inAll,
        untold);
  }

  /** A round begins. */
  void begin(Instant at) {
    callAt(at.plus(level.notifyAfter()));
  }

  /** What was answered does not count any more. */
  void again(Instant at) {
    answer = null;
    callAt(at);
  }

  private void callAt(Instant at) {
    nextCallAt = at;
    silentAt = null;
    inRound = 0;
  }

  void rest() {
    nextCallAt = null;
  }

  /**
   * The next call goes out.
   *
   * @param endless no round bounds it
   */
  void tick(Instant now, boolean endless) {
    calls++;
    inRound++;
    Instant next = nextCallAt.plus(gap());
    // calls that nobody could make, since no worker ran, are not made up for
    Instant planned = next.isAfter(now) ? next : now.plus(gap());
    boolean isLast = !endless && inRound >= level.repeatMost();
    nextCallAt = isLast ? null : planned;
    silentAt = isLast ? planned : null;
  }

  private Duration gap() {
    Duration every = level.repeatEvery();
    return every == null || every.compareTo(SHORTEST) < 0 ? SHORTEST : every;
  }

  /**
   * @return the call that is not known here any more
   */
  Optional<Call> made(Call call) {
    made.add(call);
    inAll++;
    if (toldLate == null && call.trouble() == null && level.notifyBy() != null) {
      toldLate = Duration.between(from.plus(level.notifyBy()), call.at()).toSeconds();
    }
    return made.size() > KEPT ? Optional.of(made.remove(1)) : Optional.empty();
  }

  void answered(Answer given) {
    answer = given;
    if (answeredLate == null && level.ackWithin() != null) {
      answeredLate = Duration.between(from.plus(level.ackWithin()), given.at()).toSeconds();
    }
  }

  /** When it will be known that nobody answered in time; null when that cannot be any more. */
  Instant missedAt() {
    return missed || answeredLate != null || level.ackWithin() == null || !level.canBeCalled()
        ? null
        : from.plus(level.ackWithin()).plusSeconds(1);
  }

  void missed() {
    missed = true;
  }

  /** Whether everybody should have been told by now, and every channel is broken. */
  boolean isUntold(Instant now) {
    return !untold
        && level.notifyBy() != null
        && from.plus(level.notifyBy()).isBefore(now)
        && record().reachedNobody();
  }

  void untold() {
    untold = true;
  }

  Called record() {
    return new Called(level.id(), level.title(), made, answer, toldLate, answeredLate, inAll);
  }

  Level level() {
    return level;
  }

  boolean is(String id) {
    return level.id().equals(id);
  }

  Instant nextCallAt() {
    return nextCallAt;
  }

  Instant silentAt() {
    return silentAt;
  }

  int calls() {
    return calls;
  }

  Answer answer() {
    return answer;
  }

  Long toldLate() {
    return toldLate;
  }

  Instant lastCallAt() {
    return made.isEmpty() ? from : made.get(made.size() - 1).at();
  }
}

package dev.rollbook.escalation;

import dev.rollbook.Elapsed;
import dev.rollbook.escalation.Escalation.Answer;
import dev.rollbook.escalation.EscalationPolicy.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Who is to be called when: each level on its own clock; from the top again while one that nobody's
 * answer silences has none; the commander at last, without end; and whoever answered once more,
 * when that has become old.
 */
final class Ladder {

  /** What comes next, as a timer's label says it. */
  record Next(Instant at, String what) {}

  private final EscalationPolicy policy;
  private final Consumer<String> notes;
  private final List<LevelClock> clocks = new ArrayList<>();
  private int round;
  private boolean commanding;
  private boolean anyAnswerEndsRounds;

  Ladder(EscalationPolicy policy, Consumer<String> notes) {
    this.policy = policy;
    this.notes = notes;
  }

  static Ladder goesOn(SoFar soFar, Consumer<String> notes) {
    Ladder ladder = new Ladder(soFar.policy(), notes);
    ladder.round = soFar.round();
    ladder.commanding = soFar.commanding();
    ladder.anyAnswerEndsRounds = soFar.anyAnswerEndsRounds();
    for (SoFar.Clock was : soFar.clocks()) {
      ladder
          .levels()
          .filter(level -> level.id().equals(was.level()))
          .findFirst()
          .ifPresent(level -> ladder.clocks.add(LevelClock.goesOn(level, was)));
    }
    return ladder;
  }

  /** As escalations go that began before each level had to answer for itself. */
  void endRoundsByAnyAnswer() {
    anyAnswerEndsRounds = true;
  }

  boolean doesAnyAnswerEndRounds() {
    return anyAnswerEndsRounds;
  }

  /** Levels that are not called yet, and apply, are called from now on. */
  void apply(Incident incident, Instant now) {
    policy.levels().stream()
        .filter(level -> level.appliesTo(incident) && find(level.id()).isEmpty())
        .forEach(
            level -> {
              relieveCommander();
              add(level, now).begin(now);
            });
  }

  /** A new incident of the same service: what was answered was about another one. */
  void applyAnew(Incident incident, Instant now) {
    clocks.stream()
        .filter(clock -> clock.level().appliesTo(incident) && clock.level().canBeCalled())
        .filter(clock -> clock.answer() != null || clock.nextCallAt() == null)
        .forEach(clock -> again(clock, now));
    apply(incident, now);
  }

  private LevelClock add(Level level, Instant now) {
    LevelClock clock = new LevelClock(level, now);
    clocks.add(clock);
    if (!level.canBeCalled()) {
      String lacks = level.recipients().isEmpty() ? "has nobody" : "has no channel";
      notes.accept(level.title() + " " + lacks + " in the catalog, and is passed over");
    }
    return clock;
  }

  /** The levels to call now. Each is told once. */
  List<LevelClock> due(Instant now) {
    callAgainWhoseAnswerIsOld(now);
    noteMissed(now);
    noteUntold(now);
    Instant over = roundOverAt();
    if (over != null && !over.isAfter(now)) {
      nextRound(over.equals(Instant.EPOCH) ? now : over);
    }
    List<LevelClock> due =
        calledClocks().filter(clock -> !clock.nextCallAt().isAfter(now)).toList();
    due.forEach(clock -> clock.tick(now, isCommanding(clock)));
    return due;
  }

  /** Empty when nobody is to be called any more. */
  Optional<Next> next() {
    Stream<Next> calls =
        calledClocks()
            .map(
                clock ->
                    new Next(
                        clock.nextCallAt(),
                        "Call " + clock.level().title() + " (" + (clock.calls() + 1) + ")"));
    Stream<Next> reminders =
        clocks.stream()
            .filter(clock -> clock.answer() != null && isRemindedOf())
            .map(
                clock ->
                    new Next(
                        clock.answer().at().plus(policy.remindAfter()),
                        "Ask " + clock.level().title() + " again"));
    Stream<Next> rounds =
        Stream.of(new Next(roundOverAt(), commands() ? "Call the commander" : "From the top again"))
            .filter(next -> next.at() != null);
    return Stream.of(calls, reminders, rounds)
        .flatMap(each -> each)
        .min(Comparator.comparing(Next::at));
  }

  /** A deadline that somebody is about to miss; empty for none. */
  Optional<Next> deadline() {
    return unmissed()
        .map(
            clock ->
                new Next(clock.missedAt(), "Deadline of " + clock.level().title() + "'s answer"))
        .min(Comparator.comparing(Next::at));
  }

  /** Whether somebody has answered, and it still counts. */
  boolean isAnswered() {
    return clocks.stream().anyMatch(clock -> clock.answer() != null);
  }

  List<LevelClock> clocks() {
    return List.copyOf(clocks);
  }

  Optional<LevelClock> find(String id) {
    return clocks.stream().filter(clock -> clock.is(id)).findFirst();
  }

  int round() {
    return round;
  }

  boolean isCommanding() {
    return commanding;
  }

  EscalationPolicy policy() {
    return policy;
  }

  private Stream<Level> levels() {
    return Stream.concat(policy.levels().stream(), Stream.ofNullable(policy.commander()));
  }

  private Stream<LevelClock> calledClocks() {
    return clocks.stream()
        .filter(clock -> clock.nextCallAt() != null && clock.level().canBeCalled())
        .filter(clock -> clock.answer() == null && !isSilenced(clock));
  }

  private boolean isSilenced(LevelClock clock) {
    return isCommanding(clock)
        ? isAnswered() && (anyAnswerEndsRounds || open().isEmpty())
        : clocks.stream()
            .anyMatch(
                other ->
                    other.answer() != null
                        && clock.level().silencedBy().contains(other.level().id()));
  }

  private boolean isCommanding(LevelClock clock) {
    return commanding && isCommander(clock);
  }

  private boolean isCommander(LevelClock clock) {
    return policy.commander() != null && clock.is(policy.commander().id());
  }

  private boolean isRemindedOf() {
    return !policy.remindAfter().isZero();
  }

  private void callAgainWhoseAnswerIsOld(Instant now) {
    clocks.stream()
        .filter(clock -> clock.answer() != null && isRemindedOf())
        .filter(clock -> !clock.answer().at().plus(policy.remindAfter()).isAfter(now))
        .toList()
        .forEach(
            clock -> {
              notes.accept(
                  clock.answer().by()
                      + " answered for "
                      + clock.level().title()
                      + " at "
                      + clock.answer().at()
                      + ", and the incident is still open: asked again");
              again(clock, now);
            });
  }

  private void again(LevelClock clock, Instant now) {
    relieveCommander();
    clock.again(now);
  }

  private void relieveCommander() {
    if (commanding) {
      commanding = false;
      find(policy.commander().id()).ifPresent(LevelClock::rest);
    }
  }

  private Stream<LevelClock> unmissed() {
    return clocks.stream().filter(clock -> clock.missedAt() != null && !isSilenced(clock));
  }

  private void noteMissed(Instant now) {
    unmissed()
        .filter(clock -> !clock.missedAt().isAfter(now))
        .toList()
        .forEach(
            clock -> {
              clock.missed();
              notes.accept(
                  clock.level().title()
                      + ": nobody answered within "
                      + Elapsed.describe(clock.level().ackWithin()));
            });
  }

  private void noteUntold(Instant now) {
    clocks.stream()
        .filter(clock -> clock.isUntold(now))
        .forEach(
            clock -> {
              clock.untold();
              notes.accept(
                  clock.level().title()
                      + ": nobody could be told within "
                      + Elapsed.describe(clock.level().notifyBy())
                      + ", all channels are broken");
            });
  }

  /** When all calls of the round have had their time; null while some have not, or need not. */
  private Instant roundOverAt() {
    List<LevelClock> open = open();
    if (commanding
        || isAnswered() && (anyAnswerEndsRounds || open.isEmpty())
        || open.isEmpty() && !commands()
        || open.stream().anyMatch(clock -> clock.nextCallAt() != null)) {
      return null;
    }
    return clocks.stream()
        .flatMap(
            clock ->
                Stream.of(
                    Optional.ofNullable(clock.silentAt()),
                    Optional.ofNullable(clock.answer()).map(Answer::at)))
        .flatMap(Optional::stream)
        .max(Comparator.naturalOrder())
        .orElse(Instant.EPOCH);
  }

  /** Those who still have to answer for themselves. */
  private List<LevelClock> open() {
    return inRounds()
        .filter(clock -> clock.answer() == null && !isSilenced(clock) && !isStoodInFor(clock))
        .toList();
  }

  /** By a level that is called only as long as this one does not answer. */
  private boolean isStoodInFor(LevelClock clock) {
    return clocks.stream()
        .anyMatch(
            other ->
                other.answer() != null && other.level().silencedBy().contains(clock.level().id()));
  }

  private Stream<LevelClock> inRounds() {
    return clocks.stream()
        .filter(clock -> clock.level().canBeCalled())
        .filter(clock -> anyAnswerEndsRounds || !isCommander(clock));
  }

  /** Whether the commander is the next to be called. */
  private boolean commands() {
    return policy.commander() != null
        && policy.commander().canBeCalled()
        && (round >= policy.rounds() || inRounds().findAny().isEmpty());
  }

  /** Without a commander it begins from the top without end: somebody must hear it. */
  private void nextRound(Instant at) {
    List<LevelClock> open = open();
    String silent = isAnswered() ? "nobody answered for " + titles(open) : "nobody answered";
    if (commands()) {
      commanding = true;
      Level commander = policy.commander();
      notes.accept(silent + ": " + commander.title() + " is called until somebody does");
      find(commander.id()).orElseGet(() -> add(commander, at)).begin(at);
      return;
    }
    round++;
    notes.accept(silent + ": from the top again (" + round + ")");
    open.forEach(clock -> clock.begin(at));
  }

  private static String titles(List<LevelClock> clocks) {
    return clocks.stream().map(clock -> clock.level().title()).collect(Collectors.joining(", "));
  }

  /** How long after the last thing to do an escalation stays, to be answered late and closed. */
  static Duration stays() {
    return Duration.ofDays(1);
  }
}

package dev.rollbook.escalation;

import dev.rollbook.Journal;
import dev.rollbook.Requests;
import dev.rollbook.escalation.Escalation.Answer;
import dev.rollbook.escalation.Escalation.Closed;
import io.temporal.failure.ApplicationFailure;
import java.util.Comparator;
import java.util.stream.Collectors;

/** What becomes of somebody's word; a refused one is on record too. */
record Answering(LiveEscalation live) {

  /**
   * @throws ApplicationFailure Refused
   */
  LevelClock levelOf(Acknowledgement word) {
    if (word == null || Requests.isBlank(word.by())) {
      throw refused("an answer says who: {\"by\":\"…\"}");
    }
    refuseClosed(word.by());
    return Requests.isBlank(word.level())
        ? lastCalled(word.by())
        : live.ladder().find(word.level()).orElseThrow(() -> unknown(word));
  }

  /** Tells who had it first. */
  String answer(LevelClock clock, Acknowledgement word) {
    Answer first = clock.answer();
    String title = clock.level().title();
    if (first != null) {
      live.note(word.by() + " answered for " + title + " too, after " + first.by());
      return "already answered by " + first.by() + " at " + first.at();
    }
    clock.answered(new Answer(word.by(), word.via(), word.note(), Journal.now()));
    Long late = clock.record().answeredLate();
    if (late != null && late > 0) {
      live.note(title + " answered " + late + " s late");
    }
    return word.by() + " answers for " + title;
  }

  void refuseClosed(String by) {
    Closed closed = live.closed();
    if (closed != null) {
      throw refused(
          "the incident was closed by "
              + closed.by()
              + " at "
              + closed.at()
              + (by == null ? "" : "; " + by + " came after that"));
    }
  }

  ApplicationFailure refused(String why) {
    live.note("refused: " + why);
    live.show();
    return Requests.refused(why);
  }

  /** One that still waits for an answer, if there is any. */
  private LevelClock lastCalled(String by) {
    return live.ladder().clocks().stream()
        .filter(clock -> clock.level().canBeCalled())
        .max(
            Comparator.<LevelClock, Boolean>comparing(clock -> clock.answer() == null)
                .thenComparing(clock -> clock.calls() > 0)
                .thenComparing(LevelClock::lastCallAt))
        .orElseThrow(() -> refused("nobody is called, so " + by + " has nothing to answer"));
  }

  private ApplicationFailure unknown(Acknowledgement word) {
    return refused(
        word.by()
            + " answered for "
            + word.level()
            + ", which is not called; called are: "
            + live.ladder().clocks().stream()
                .map(clock -> clock.level().id())
                .collect(Collectors.joining(", ")));
  }
}

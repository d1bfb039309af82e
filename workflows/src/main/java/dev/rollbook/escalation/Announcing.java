package dev.rollbook.escalation;

import dev.rollbook.Journal;
import dev.rollbook.StepOptions;
import dev.rollbook.escalation.Announcements.Announced;
import dev.rollbook.escalation.Announcements.State;
import io.temporal.activity.ActivityOptions;
import io.temporal.failure.ActivityFailure;
import io.temporal.workflow.Async;
import io.temporal.workflow.CancellationScope;
import io.temporal.workflow.Promise;
import io.temporal.workflow.TimerOptions;
import io.temporal.workflow.Workflow;
import java.time.Duration;

/**
 * Keeps the boards at how it stands, one state after the other. People hear of one that cannot be
 * reached, while it is tried again and again; calls never wait for it.
 */
final class Announcing {

  private static final Duration SOON = Duration.ofSeconds(5);
  private static final int SOON_TRIES = 3;
  private static final Duration AGAIN_AFTER = Duration.ofMinutes(5);

  /** RESOLVED is tried for an hour like any other state, then for a month, so that it ends. */
  private static final int OFTEN_AT_THE_END = 12;

  private static final Duration RARELY = Duration.ofHours(1);
  private static final int MOST_AT_THE_END = OFTEN_AT_THE_END + 30 * 24;

  private final LiveEscalation live;
  private final Calls calls;
  private int failures;
  private boolean busy;
  private boolean givenUp;

  Announcing(LiveEscalation live, Calls calls) {
    this.live = live;
    this.calls = calls;
  }

  void begin() {
    Async.procedure(
        () -> {
          while (true) {
            Workflow.await(() -> live.toAnnounce() != live.announced() && !givenUp);
            announce(live.toAnnounce());
          }
        });
  }

  boolean isDone() {
    return !busy && (givenUp || live.toAnnounce() == live.announced());
  }

  /** Nothing that a new history would have to know of is under way. */
  boolean isIdle() {
    return !busy;
  }

  private void announce(State state) {
    busy = true;
    try {
      Announced said = announcedSoon(state);
      if (said.troubles().isEmpty()) {
        live.announced(state);
        failures = 0;
        if (!said.boards().isEmpty()) {
          live.note("announced " + state + ": " + String.join(", ", said.boards()));
        }
      } else {
        failed(state, String.join("; ", said.troubles()));
      }
    } catch (ActivityFailure failure) {
      failed(state, Journal.reason(failure));
    } finally {
      busy = false;
      live.show();
    }
    if (live.announced() != state && !givenUp) {
      waitFor(state);
    }
  }

  /** Boards that have been told are not told again for the sake of one that has not. */
  private Announced announcedSoon(State state) {
    for (int attempt = 1; ; attempt++) {
      Announced said = by(state).announce(live.incident(), state, live.told(state));
      live.told(state, said.boards());
      if (said.troubles().isEmpty() || attempt == SOON_TRIES) {
        return said;
      }
      Workflow.sleep(SOON);
    }
  }

  private void failed(State state, String why) {
    failures++;
    live.hasBoards();
    String told = "announcing " + state + " failed: " + why;
    live.note(told);
    if (failures == 1) {
      calls.tell("announcing-" + state, "\n" + told);
    }
    givenUp = state == State.RESOLVED && failures >= mostAtTheEnd();
  }

  private int mostAtTheEnd() {
    return failures < OFTEN_AT_THE_END
            || Workflow.getVersion("RESOLVED is tried on", Workflow.DEFAULT_VERSION, 1) == 1
        ? MOST_AT_THE_END
        : OFTEN_AT_THE_END;
  }

  private void waitFor(State state) {
    CancellationScope waiting =
        Workflow.newCancellationScope(
            () -> {
              Promise<Void> timeUp =
                  Workflow.newTimer(
                      failures < OFTEN_AT_THE_END || state != State.RESOLVED ? AGAIN_AFTER : RARELY,
                      TimerOptions.newBuilder().setSummary("Announce " + state + " again").build());
              Workflow.await(() -> timeUp.isCompleted() || live.toAnnounce() != state);
            });
    waiting.run();
    waiting.cancel();
    if (live.toAnnounce() != state) {
      failures = 0;
    }
  }

  private static Announcements by(State state) {
    return Workflow.newActivityStub(
        Announcements.class,
        ActivityOptions.newBuilder(StepOptions.announcement())
            .setSummary("E2 Announce " + state)
            .build());
  }
}

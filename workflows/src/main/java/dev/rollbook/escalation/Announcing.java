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

  private static final Duration AGAIN_AFTER = Duration.ofMinutes(5);

  /** RESOLVED is given up after an hour, so that an escalation ends. */
  private static final int MOST_AT_THE_END = 12;

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
      Announced said = by(state).announce(live.incident(), state);
      live.announced(state);
      failures = 0;
      live.note("announced " + state + ": " + String.join(", ", said.boards()));
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

  private void failed(State state, String why) {
    failures++;
    String told = "announcing " + state + " failed: " + why;
    live.note(told);
    if (failures == 1) {
      calls.tell("announcing-" + state, "\n" + told);
    }
    givenUp = state == State.RESOLVED && failures >= MOST_AT_THE_END;
  }

  private void waitFor(State state) {
    CancellationScope waiting =
        Workflow.newCancellationScope(
            () -> {
              Promise<Void> timeUp =
                  Workflow.newTimer(
                      AGAIN_AFTER,
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

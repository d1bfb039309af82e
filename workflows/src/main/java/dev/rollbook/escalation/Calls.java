package dev.rollbook.escalation;

import dev.rollbook.Journal;
import dev.rollbook.StepOptions;
import dev.rollbook.escalation.Escalation.Call;
import dev.rollbook.escalation.EscalationPolicy.Level;
import dev.rollbook.escalation.Notices.Became;
import dev.rollbook.escalation.Notices.Followed;
import io.temporal.activity.ActivityOptions;
import io.temporal.failure.ActivityFailure;
import io.temporal.workflow.Async;
import io.temporal.workflow.CancellationScope;
import io.temporal.workflow.Workflow;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Calls a level: every recipient at once, over the first channel that works; into the spool
 * besides. No call waits for another one.
 */
final class Calls {

  /** Sooner than this a call is on the wire, and cannot be taken back. */
  private static final Duration TAKEN_BACK_AFTER = Duration.ofSeconds(5);

  /** What a notice is about besides the incident: empty for a call. */
  private record Word(String id, String activity, String why) {

    boolean isCall() {
      return why.isEmpty();
    }
  }

  private record OnItsWay(CancellationScope scope, Instant since) {}

  private final LiveEscalation live;
  private final Map<String, List<OnItsWay>> underWay = new HashMap<>();
  private int running;
  private boolean isSpoolTold;

  Calls(LiveEscalation live) {
    this.live = live;
  }

  void call(LevelClock clock) {
    Word call =
        new Word(
            String.valueOf(clock.calls()),
            "E1 Call " + clock.level().title() + " by %s (" + clock.calls() + ")",
            "");
    send(clock, call);
  }

  /** Tells everybody who was called so far. */
  void tell(String id, String what) {
    live.ladder().clocks().stream()
        .filter(clock -> clock.calls() > 0)
        .forEach(
            clock ->
                send(clock, new Word(id, "E1 Tell " + clock.level().title() + " by %s", what)));
  }

  /** Whoever has answered is not called any more, not even by a call that is tried again. */
  void cutOff(String level) {
    Instant takenBack = Journal.now().minus(TAKEN_BACK_AFTER);
    underWay.getOrDefault(level, List.of()).stream()
        .filter(call -> call.since().isBefore(takenBack))
        .forEach(call -> call.scope().cancel());
  }

  /** Channels on which a call stays open, as on a pager, hear what became of it. */
  void follow(LevelClock clock, Became became) {
    clock.record().calls().stream()
        .filter(Call::staysOpen)
        .map(call -> new Followed(call.noticeId(), call.channel(), became))
        .forEach(call -> inBackground(() -> follow(call)));
  }

  /** One that was on the wire while somebody answered. */
  private void followLate(LevelClock clock, Notice notice, Notices.Sent sent) {
    if (sent.staysOpen() && (live.closed() != null || clock.answer() != null)) {
      Became became = live.closed() != null ? Became.OVER : Became.ANSWERED;
      inBackground(() -> follow(new Followed(notice.id(), notice.channel(), became)));
    }
  }

  /** Of which nothing will be known when somebody answers: the newer ones go on for it. */
  private void end(Call old) {
    if (Workflow.getVersion("ends old calls", Workflow.DEFAULT_VERSION, 1) == 1) {
      inBackground(() -> follow(new Followed(old.noticeId(), old.channel(), Became.OVER)));
    }
  }

  private void follow(Followed call) {
    try {
      by(StepOptions.notice(), "E3 Tell %s: " + call.became(), call.channel()).follow(call);
    } catch (ActivityFailure failure) {
      live.note(
          "channel %s was not told %s: %s"
              .formatted(call.channel(), call.became(), Journal.reason(failure)));
    }
  }

  boolean areOut() {
    return running == 0;
  }

  private void send(LevelClock clock, Word word) {
    Level level = clock.level();
    for (int i = 0; i < level.recipients().size(); i++) {
      int who = i + 1;
      int call = clock.calls();
      String recipient = level.recipients().get(i);
      CancellationScope scope =
          Workflow.newCancellationScope(() -> overAnyChannel(clock, word, call, who));
      OnItsWay onItsWay = new OnItsWay(scope, Journal.now());
      underWay.computeIfAbsent(level.id(), id -> new ArrayList<>()).add(onItsWay);
      inBackground(
          () -> {
            scope.run();
            underWay.get(level.id()).remove(onItsWay);
          });
      inBackground(() -> spool(notice(clock, word, call, "spool", recipient, who, "")));
    }
  }

  private void inBackground(Runnable work) {
    running++;
    Async.procedure(
        () -> {
          try {
            work.run();
          } finally {
            running--;
          }
        });
  }

  private void overAnyChannel(LevelClock clock, Word word, int call, int who) {
    String recipient = clock.level().recipients().get(who - 1);
    StringBuilder broken = new StringBuilder();
    for (String channel : clock.level().channels()) {
      if (word.isCall() && clock.answer() != null) {
        return;
      }
      Notice notice = notice(clock, word, call, channel, recipient, who, broken.toString());
      try {
        Notices.Sent sent = by(StepOptions.notice(), word.activity(), channel).send(notice);
        record(clock, notice, sent.receipt(), null, sent.staysOpen());
        followLate(clock, notice, sent);
        return;
      } catch (ActivityFailure failure) {
        if (Journal.isCancelled(failure)) {
          record(clock, notice, null, Call.CUT_OFF, false);
          return;
        }
        String trouble = Journal.reason(failure);
        record(clock, notice, null, trouble, false);
        String told = "channel " + channel + " is broken: " + trouble;
        live.note(told);
        broken.append("\n").append(told);
      }
    }
    live.note(
        clock.level().title() + ": every channel to " + recipient + " is broken; the spool has it");
    live.show();
  }

  private void record(
      LevelClock clock, Notice notice, String receipt, String trouble, boolean staysOpen) {
    Long before = clock.toldLate();
    clock
        .made(
            new Call(
                notice.id(),
                Journal.now(),
                notice.channel(),
                notice.recipient(),
                receipt,
                trouble,
                staysOpen))
        .filter(Call::staysOpen)
        .ifPresent(this::end);
    if (before == null && clock.toldLate() != null && clock.toldLate() > 0) {
      live.note(clock.level().title() + " was told " + clock.toldLate() + " s late");
    }
    live.show();
  }

  private void spool(Notice notice) {
    try {
      by(StepOptions.spool(), "E1 Spool the call of " + notice.title(), "").spool(notice);
    } catch (ActivityFailure failure) {
      String told = "the spool is broken: " + Journal.reason(failure);
      live.note(told);
      live.show();
      tellOfTheSpool(told);
    }
  }

  /** Once, as of a channel; the notice of it goes into the spool too, if that works again. */
  private void tellOfTheSpool(String told) {
    if (!isSpoolTold && Workflow.getVersion("a broken spool", Workflow.DEFAULT_VERSION, 1) == 1) {
      isSpoolTold = true;
      tell("spool", "\n" + told);
    }
  }

  private Notice notice(
      LevelClock clock,
      Word word,
      int call,
      String channel,
      String recipient,
      int who,
      String broken) {
    Incident incident = live.incident();
    String why = (incident.why() == null ? "" : incident.why()) + word.why() + broken;
    return new Notice(
        String.join(
            "-", incident.id(), clock.level().id(), word.id(), channel, String.valueOf(who)),
        incident.because(why.isEmpty() ? null : why.strip()),
        clock.level().id(),
        clock.level().title(),
        call,
        channel,
        recipient,
        Workflow.getInfo().getWorkflowId(),
        null,
        null);
  }

  private static Notices by(ActivityOptions options, String activity, String channel) {
    return Workflow.newActivityStub(
        Notices.class,
        ActivityOptions.newBuilder(options).setSummary(activity.replace("%s", channel)).build());
  }
}

package dev.rollbook.escalation;

import dev.rollbook.Journal;
import dev.rollbook.StepOptions;
import dev.rollbook.escalation.EscalationPolicy.Level;
import dev.rollbook.escalation.Notices.Became;
import dev.rollbook.escalation.Notices.Followed;
import io.temporal.activity.ActivityOptions;
import io.temporal.failure.ActivityFailure;
import io.temporal.workflow.Async;
import io.temporal.workflow.Promise;
import io.temporal.workflow.Workflow;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Tells whom an escalation should have called that it does not call any more. */
final class OverdueNotice {

  private final OpenEscalations.Open of;
  private final String why;
  private final List<Followed> open = new ArrayList<>();

  OverdueNotice(OpenEscalations.Open of, String why) {
    this.of = of;
    this.why = why;
  }

  /** Whether anybody was reached. Nobody is waited for longer than for a call. */
  boolean isSent(Instant now) {
    if (of.incident() == null) {
      return false;
    }
    List<Promise<Boolean>> sent = new ArrayList<>();
    for (Level level : levels()) {
      for (int who = 1; who <= level.recipients().size(); who++) {
        int recipient = who;
        sent.add(Async.function(() -> isSent(level, recipient, now)));
      }
    }
    return sent.stream().map(Promise::get).reduce(false, Boolean::logicalOr);
  }

  /** Until each {@link #isEnded}. */
  List<Followed> staysOpen() {
    return open;
  }

  /** Whether the channel has taken that it is over. */
  static boolean isEnded(Followed alert) {
    try {
      by(StepOptions.notice(), "Tell " + alert.channel() + ": " + alert.became()).follow(alert);
      return true;
    } catch (ActivityFailure failure) {
      Workflow.getLogger(OverdueNotice.class)
          .warn("channel {} was not told: {}", alert.channel(), Journal.reason(failure));
      return false;
    }
  }

  /** By today's catalog: the escalation's own copy cannot be asked for, as a rule. */
  private List<Level> levels() {
    EscalationPolicies policies =
        Workflow.newLocalActivityStub(EscalationPolicies.class, StepOptions.lookUp());
    try {
      EscalationPolicy policy = policies.find(of.incident().service(), of.incident().environment());
      return Stream.concat(
              policy.levels().stream().filter(level -> level.appliesTo(of.incident())),
              Stream.ofNullable(policy.commander()))
          .filter(Level::canBeCalled)
          .toList();
    } catch (ActivityFailure failure) {
      Workflow.getLogger(OverdueNotice.class).warn("{}", Journal.reason(failure));
      return List.of();
    }
  }

  private boolean isSent(Level level, int who, Instant now) {
    spool(notice(level, "spool", who, now));
    for (String channel : level.channels()) {
      try {
        Notice notice = notice(level, channel, who, now);
        Notices.Sent sent =
            by(StepOptions.notice(), "Tell " + level.title() + " by " + channel).send(notice);
        if (sent.staysOpen()) {
          open.add(new Followed(notice.id(), channel, Became.OVER));
        }
        return true;
      } catch (ActivityFailure failure) {
        Workflow.getLogger(OverdueNotice.class)
            .warn("channel {} is broken: {}", channel, Journal.reason(failure));
      }
    }
    return false;
  }

  private void spool(Notice notice) {
    try {
      by(StepOptions.overdue(), "Spool the notice").spool(notice);
    } catch (ActivityFailure failure) {
      Workflow.getLogger(OverdueNotice.class).warn("the spool: {}", Journal.reason(failure));
    }
  }

  private Notice notice(Level level, String channel, int who, Instant now) {
    Incident incident = of.incident();
    return new Notice(
        String.join(
            "-",
            incident.id() == null ? of.workflowId() : incident.id(),
            "overdue",
            String.valueOf(now.getEpochSecond()),
            level.id(),
            channel,
            String.valueOf(who)),
        incident
            .titled(
                "calls for %s in %s have stopped"
                    .formatted(incident.service(), incident.environment()))
            .because(
                "%s %s: call people yourself, and look at it in Temporal UI."
                    .formatted(of.workflowId(), why)),
        level.id(),
        level.title(),
        1,
        channel,
        level.recipients().get(who - 1),
        // a link names the incident that it answers for: where that is not known, it answers
        // nothing
        incident.id() == null ? null : of.workflowId(),
        null,
        null);
  }

  private static Notices by(ActivityOptions options, String summary) {
    return Workflow.newActivityStub(
        Notices.class, ActivityOptions.newBuilder(options).setSummary(summary).build());
  }
}

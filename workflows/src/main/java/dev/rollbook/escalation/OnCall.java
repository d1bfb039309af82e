package dev.rollbook.escalation;

import dev.rollbook.Journal;
import dev.rollbook.Severity;
import dev.rollbook.StepOptions;
import dev.rollbook.escalation.EscalationPolicy.Level;
import dev.rollbook.escalation.Notices.Became;
import dev.rollbook.escalation.Notices.Followed;
import io.temporal.activity.ActivityOptions;
import io.temporal.failure.ActivityFailure;
import io.temporal.failure.TemporalFailure;
import io.temporal.workflow.Async;
import io.temporal.workflow.Promise;
import io.temporal.workflow.Workflow;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Tells whoever is called first, once: over the first channel that works; into the spool besides.
 * Nobody has to answer, and nothing here fails what it is told for.
 */
public final class OnCall {

  private final Incident incident;
  private final String what;
  private final Severity severity;
  private final Consumer<String> notes;
  private final List<Followed> open = new ArrayList<>();
  private final List<Promise<Void>> spooled = new ArrayList<>();
  private Instant until;

  /**
   * @param incident its id is each notice's, with channel and recipient
   * @param what for Temporal UI: {@code D1 Ask}
   * @param severity of the alert; null when nobody knows it
   * @param notes is told whom it has reached, and what has failed
   */
  public OnCall(Incident incident, String what, Severity severity, Consumer<String> notes) {
    this.incident = incident;
    this.what = what;
    this.severity = severity;
    this.notes = notes;
  }

  /**
   * As {@link #tell}, for an answer that is too late from then on; {@link #awaitSpool} is left to
   * the caller.
   */
  public void ask(Instant deadline) {
    until = deadline;
    tellFirstLevel();
  }

  /** Returns once everybody has been told, or cannot be, and the spool has it. */
  public void tell() {
    tellFirstLevel();
    awaitSpool();
  }

  /** A full disk is waited for, for minutes. */
  public void awaitSpool() {
    Promise.allOf(spooled).get();
  }

  private void tellFirstLevel() {
    try {
      policy().levels().stream()
          .filter(level -> level.appliesTo(incident) && level.canBeCalled())
          .findFirst()
          .ifPresentOrElse(this::tell, () -> notes.accept("nobody is on call in the catalog"));
    } catch (TemporalFailure failure) {
      notes.accept("nobody could be told: " + Journal.reason(failure));
    }
  }

  /** Whether it stays open where it has arrived, as on a pager, until {@link #over}. */
  public boolean staysOpen() {
    return !open.isEmpty();
  }

  /** It needs nobody any more. Returns once that is told, or cannot be. */
  public void over() {
    Promise.allOf(open.stream().map(each -> Async.procedure(() -> follow(each))).toList()).get();
    open.clear();
  }

  private void follow(Followed told) {
    try {
      by(StepOptions.notice(), " is over, by " + told.channel()).follow(told);
    } catch (ActivityFailure failure) {
      notes.accept(
          "channel %s was not told that it is over: %s"
              .formatted(told.channel(), Journal.reason(failure)));
    }
  }

  private EscalationPolicy policy() {
    EscalationPolicies policies =
        Workflow.newLocalActivityStub(EscalationPolicies.class, StepOptions.lookUp());
    try {
      return policies.find(incident.service(), incident.environment());
    } catch (ActivityFailure failure) {
      if (!Journal.type(failure).equals("UnknownService")) {
        throw failure;
      }
      return policies.find(null, null);
    }
  }

  private void tell(Level level) {
    List<Promise<Void>> told = new ArrayList<>();
    for (int i = 1; i <= level.recipients().size(); i++) {
      int who = i;
      told.add(Async.procedure(() -> overAnyChannel(level, who)));
      spooled.add(Async.procedure(() -> spool(notice(level, "spool", who))));
    }
    Promise.allOf(told).get();
  }

  private void overAnyChannel(Level level, int who) {
    String recipient = level.recipients().get(who - 1);
    for (String channel : level.channels()) {
      try {
        Notice notice = notice(level, channel, who);
        if (by(StepOptions.notice(), " by " + channel).send(notice).staysOpen()) {
          open.add(new Followed(notice.id(), channel, Became.OVER));
        }
        notes.accept("told " + recipient + " over " + channel);
        return;
      } catch (ActivityFailure failure) {
        notes.accept("channel " + channel + " is broken: " + Journal.reason(failure));
      }
    }
    notes.accept("every channel to " + recipient + " is broken; the spool has it");
  }

  private void spool(Notice notice) {
    try {
      by(StepOptions.spool(), " by spool").spool(notice);
    } catch (ActivityFailure failure) {
      notes.accept("the spool is broken: " + Journal.reason(failure));
    }
  }

  private Notice notice(Level level, String channel, int who) {
    return new Notice(
        String.join("-", incident.id(), level.id(), channel, String.valueOf(who)),
        incident,
        level.id(),
        level.title(),
        1,
        channel,
        level.recipients().get(who - 1),
        Workflow.getInfo().getWorkflowId(),
        until,
        severity);
  }

  private Notices by(ActivityOptions options, String how) {
    return Workflow.newActivityStub(
        Notices.class, ActivityOptions.newBuilder(options).setSummary(what + how).build());
  }
}

package dev.rollbook.escalation;

import dev.rollbook.Abort;
import dev.rollbook.Journal;
import dev.rollbook.Requests;
import dev.rollbook.StepOptions;
import dev.rollbook.WorkflowIds;
import dev.rollbook.escalation.Announcements.State;
import dev.rollbook.escalation.Escalation.Closed;
import dev.rollbook.escalation.Incident.Trouble;
import dev.rollbook.escalation.Notices.Became;
import io.temporal.activity.ActivityOptions;
import io.temporal.api.enums.v1.ParentClosePolicy;
import io.temporal.failure.ActivityFailure;
import io.temporal.failure.CanceledFailure;
import io.temporal.failure.ChildWorkflowFailure;
import io.temporal.workflow.Async;
import io.temporal.workflow.CancellationScope;
import io.temporal.workflow.ChildWorkflowOptions;
import io.temporal.workflow.Promise;
import io.temporal.workflow.TimerOptions;
import io.temporal.workflow.UpdateInfo;
import io.temporal.workflow.Workflow;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** The runbook's "장애 공지" and "에스컬레이션": announces, and calls until somebody answers. */
public final class EscalateWorkflow implements Escalate {

  /** Well under what a history may hold; a call takes about a dozen events. */
  private static final long LONG_HISTORY = 2_000;

  private static final long TOO_LONG = 10_000;

  private static final String EXAMPLE =
      "{\"service\":\"shopping-service\",\"environment\":\"production\",\"title\":\"…\"}";

  private LiveEscalation live;
  private Calls calls;
  private Announcing announcing;

  /** Something has happened that may change who is called next. */
  private boolean stirred;

  /** Nobody is called for this incident any more; what is left is to say so. */
  private boolean isOver;

  /** One that came once this one was over: it is the next one. */
  private Incident next;

  @Override
  public Escalation escalate(Incident incident, SoFar soFar) {
    if (soFar == null) {
      Incident checked = checked(incident);
      live = new LiveEscalation(checked, policyFor(checked));
    } else {
      live = new LiveEscalation(incident, soFar);
    }
    calls = new Calls(live);
    announcing = new Announcing(live, calls);
    closeWhenCancelled();
    // a cancel ends the calls, not the announcement of it
    Workflow.newDetachedCancellationScope(this::callUntilOver).run();
    if (next == null) {
      live.end();
      Workflow.newDetachedCancellationScope(this::writeDownUnlessMoreFails).run();
    }
    if (next != null) {
      Workflow.newDetachedCancellationScope(this::goOnWithNext).run();
    }
    Workflow.await(Workflow::isEveryHandlerFinished);
    return live.snapshot();
  }

  private void callUntilOver() {
    announcing.begin();
    if (live.closed() != null) {
      followOver();
    }
    while (live.closed() == null && !endsByItself()) {
      stirred = false;
      live.ladder().due(Journal.now()).forEach(calls::call);
      live.show();
      awaitNext();
      goOnInANewHistory();
    }
    isOver = true;
    Workflow.await(() -> next != null || calls.areOut() && isAnnounced());
    if (live.closed() == null) {
      live.note("ended by itself");
    }
  }

  private void writeDownUnlessMoreFails() {
    Promise<Void> written = Async.procedure(this::writeDown);
    Workflow.await(() -> next != null || written.isCompleted());
  }

  /** The people for the next incident are called now; another workflow says that this is over. */
  private void goOnWithNext() {
    Workflow.await(Workflow::isEveryHandlerFinished);
    Escalate rest =
        Workflow.newChildWorkflowStub(
            Escalate.class,
            ChildWorkflowOptions.newBuilder()
                .setWorkflowId(Workflow.getInfo().getWorkflowId() + "/" + live.incident().id())
                .setStaticSummary("Announce the end of: " + live.incident().title())
                .setTypedSearchAttributes(Workflow.getTypedSearchAttributes())
                .setParentClosePolicy(ParentClosePolicy.PARENT_CLOSE_POLICY_ABANDON)
                .build());
    Async.function(rest::escalate, live.incident(), live.soFar());
    try {
      Workflow.getWorkflowExecution(rest).get();
    } catch (ChildWorkflowFailure isThereAlready) {
      Workflow.getLogger(Escalate.class).warn("{}", isThereAlready.getMessage());
    }
    Workflow.continueAsNew(
        live.incidents().contains(next.id()) ? next.anew(Journal.now()) : next, null);
  }

  /** Into the run's report, which may be on another machine. */
  private void writeDown() {
    String queue = live.ladder().policy().taskQueue();
    if (queue == null) {
      return;
    }
    try {
      Workflow.newActivityStub(
              EscalationReport.class,
              ActivityOptions.newBuilder(StepOptions.aftermath(queue))
                  .setSummary("R1 Write the calls into the incident report")
                  .build())
          .report(live.incidents(), live.snapshot());
    } catch (ActivityFailure failure) {
      live.note("the calls are not in the incident report: " + Journal.reason(failure));
    }
  }

  /** That it is over must be said; whatever else no board takes for a day is not waited for. */
  private boolean isAnnounced() {
    return live.closed() == null ? announcing.isIdle() : announcing.isDone();
  }

  /** A cancel from Temporal UI is a word too, though one without a name. */
  private void closeWhenCancelled() {
    Async.procedure(
        () -> {
          try {
            Workflow.await(() -> live.closed() != null);
          } catch (CanceledFailure cancelled) {
            closed("Temporal", "cancelled, without a reason given");
            stirred = true;
          }
        });
  }

  private void closed(String by, String why) {
    live.close(new Closed(by, why, Journal.now()));
    live.ladder().clocks().forEach(clock -> calls.cutOff(clock.level().id()));
    followOver();
  }

  private void followOver() {
    // also after a cancel
    Workflow.newDetachedCancellationScope(
            () -> live.ladder().clocks().forEach(clock -> calls.follow(clock, Became.OVER)))
        .run();
  }

  private void awaitNext() {
    Instant now = Journal.now();
    Ladder.Next next =
        Stream.of(live.ladder().next(), live.ladder().deadline())
            .flatMap(each -> each.stream())
            .min(Comparator.comparing(Ladder.Next::at))
            .orElseGet(() -> new Ladder.Next(end(now), "Wait to be closed"));
    if (!next.at().isAfter(now)) {
      if (hasBeenQuiet()) {
        // nothing is left but a close
        Workflow.await(() -> stirred);
      }
      return;
    }
    CancellationScope waiting =
        Workflow.newCancellationScope(
            () -> {
              Promise<Void> timeUp =
                  Workflow.newTimer(
                      Duration.between(now, next.at()),
                      TimerOptions.newBuilder().setSummary(next.what()).build());
              Workflow.await(() -> timeUp.isCompleted() || stirred);
            });
    waiting.run();
    waiting.cancel();
  }

  /** What stands on a board stays until somebody says that it is over. */
  private boolean endsByItself() {
    return hasBeenQuiet() && !(live.isOnBoards() && staysWhileAnnounced());
  }

  private static boolean staysWhileAnnounced() {
    return Workflow.getVersion("stays while announced", Workflow.DEFAULT_VERSION, 1) == 1;
  }

  private boolean hasBeenQuiet() {
    Instant now = Journal.now();
    return live.quietSince(now) != null && !end(now).isAfter(now);
  }

  private Instant end(Instant now) {
    Instant quietSince = live.quietSince(now);
    return (quietSince == null ? now : quietSince).plus(Ladder.stays());
  }

  private void goOnInANewHistory() {
    long length = Workflow.getInfo().getHistoryLength();
    if (length > TOO_LONG) {
      Workflow.await(this::isIdle);
    }
    if ((length > LONG_HISTORY || Workflow.getInfo().isContinueAsNewSuggested()) && isIdle()) {
      Workflow.continueAsNew(live.incident(), live.soFar());
    }
  }

  private boolean isIdle() {
    return calls.areOut() && announcing.isIdle() && Workflow.isEveryHandlerFinished();
  }

  @Override
  public Escalation status() {
    return live == null ? null : live.snapshot();
  }

  @Override
  public String acknowledge(Acknowledgement word) {
    return toldOnce(
        () -> {
          LevelClock clock = answering().levelOf(word);
          boolean isFirst = clock.answer() == null;
          String told = answering().answer(clock, word);
          calls.cutOff(clock.level().id());
          if (isFirst) {
            calls.follow(clock, Became.ANSWERED);
          }
          return told;
        });
  }

  @Override
  public String close(Abort over) {
    return toldOnce(
        () -> {
          if (over == null || Requests.isBlank(over.by()) || Requests.isBlank(over.why())) {
            throw answering().refused("closing says who and why: {\"by\":\"…\",\"why\":\"…\"}");
          }
          answering().refuseClosed(over.by());
          closed(over.by(), over.why());
          return "closed";
        });
  }

  @Override
  public void worsened(Incident incident) {
    Workflow.await(() -> calls != null);
    if (incident == null) {
      return;
    }
    if (live.closed() == null && !isOver) {
      live.worsened(incident);
      stirred = true;
    } else if (incident.id() != null && isTakenUp()) {
      next = next == null ? incident : next.and(incident);
    }
  }

  private static boolean isTakenUp() {
    return Workflow.getVersion("takes up what comes late", Workflow.DEFAULT_VERSION, 1) == 1;
  }

  @Override
  public void stopped() {
    Workflow.await(() -> calls != null);
    live.toAnnounce(State.STOPPED);
  }

  @Override
  public void released() {
    Workflow.await(() -> calls != null);
    live.toAnnounce(State.RELEASED);
  }

  private Answering answering() {
    return new Answering(live);
  }

  /** The same update, come again, is told the same; also after the history has begun anew. */
  private String toldOnce(Supplier<String> does) {
    Workflow.await(() -> calls != null);
    String id = Workflow.getCurrentUpdateInfo().map(UpdateInfo::getUpdateId).orElse("");
    String told = live.answered().get(id);
    if (told == null) {
      told = does.get();
      live.answered(id, told);
      stirred = true;
      live.show();
    }
    return told;
  }

  private static Incident checked(Incident incident) {
    if (incident == null) {
      throw Requests.invalid("The input is empty. Pass " + EXAMPLE + ".");
    }
    if (Requests.isBlank(incident.service())) {
      throw Requests.invalid("'service' is missing. Pass " + EXAMPLE + ".");
    }
    if (Requests.isBlank(incident.environment())) {
      throw Requests.invalid("'environment' is missing. Pass " + EXAMPLE + ".");
    }
    return new Incident(
        Requests.isBlank(incident.id()) ? ownId(incident) : incident.id(),
        incident.service(),
        incident.environment(),
        Requests.isBlank(incident.title())
            ? incident.service() + " in " + incident.environment() + " needs people"
            : incident.title(),
        incident.why(),
        incident.troubles().isEmpty() ? Set.of(Trouble.ROLLBACK) : incident.troubles(),
        incident.companyWide(),
        Requests.isBlank(incident.startedBy()) ? "Temporal UI" : incident.startedBy());
  }

  /** The service's own workflow id comes again with its next incident, whose notices are others. */
  private static String ownId(Incident incident) {
    String id = Workflow.getInfo().getWorkflowId();
    return id.equals(WorkflowIds.escalation(incident.service(), incident.environment()))
        ? id + "@" + Journal.now()
        : id;
  }

  private static EscalationPolicy policyFor(Incident incident) {
    EscalationPolicies policies =
        Workflow.newLocalActivityStub(EscalationPolicies.class, StepOptions.lookUp());
    return Requests.lookedUp(() -> policies.find(incident.service(), incident.environment()));
  }
}

package dev.rollbook.escalation;

import dev.rollbook.Journal;
import dev.rollbook.StepOptions;
import dev.rollbook.escalation.Notices.Followed;
import io.temporal.activity.ActivityOptions;
import io.temporal.failure.ActivityFailure;
import io.temporal.workflow.Async;
import io.temporal.workflow.Promise;
import io.temporal.workflow.Workflow;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Looks, tells, and gives a sign of life only when there was nothing to tell. */
public final class OverdueEscalationsWorkflow implements OverdueEscalations {

  private Checked checked;

  @Override
  public Checked check() {
    Checked before = Workflow.getLastCompletionResult(Checked.class);
    List<OpenEscalations.Open> open =
        by(OpenEscalations.class, StepOptions.questions(), "Ask the escalations").list();
    Instant now = Journal.now();
    List<Promise<Overdue>> telling = new ArrayList<>();
    for (OpenEscalations.Open each : open) {
      why(each, now).ifPresent(why -> telling.add(telling(each, why, before, now)));
    }
    List<Overdue> overdue = telling.stream().map(Promise::get).toList();
    checked = new Checked(now, open.size(), overdue, List.of());
    if (overdue.isEmpty()) {
      giveSignOfLife();
    }
    if (before != null) {
      checked = new Checked(now, open.size(), overdue, leftOf(before.over(overdue, now)));
    }
    return checked;
  }

  private static Optional<String> why(OpenEscalations.Open each, Instant now) {
    if (each.trouble() != null) {
      return Optional.of("does not say how it stands: " + each.trouble());
    }
    return each.nextCallAt() == null || each.nextCallAt().plus(GRACE).isAfter(now)
        ? Optional.empty()
        : Optional.of("should have called at " + each.nextCallAt() + " and has not");
  }

  private static Promise<Overdue> telling(
      OpenEscalations.Open each, String why, Checked before, Instant now) {
    boolean inTurn =
        Workflow.getVersion("tells all at once", Workflow.DEFAULT_VERSION, 1)
            == Workflow.DEFAULT_VERSION;
    Promise<Overdue> told = Async.function(() -> told(each, why, before, now));
    if (inTurn) {
      told.get();
    }
    return told;
  }

  private static Overdue told(OpenEscalations.Open each, String why, Checked before, Instant now) {
    Workflow.getLogger(OverdueEscalations.class).error("{} {}", each.workflowId(), why);
    Optional<Overdue> told =
        before == null ? Optional.empty() : before.toldOf(each.workflowId(), now);
    if (told.isPresent()) {
      return new Overdue(each.workflowId(), why, told.get().toldAt(), told.get().alerts());
    }
    OverdueNotice notice = new OverdueNotice(each, why);
    if (notice.isSent(now)) {
      return new Overdue(each.workflowId(), why, now, notice.staysOpen());
    }
    List<Followed> still = before == null ? List.of() : before.alertsOf(each.workflowId());
    return new Overdue(each.workflowId(), why, null, still);
  }

  /** Ends them, all at once: a silent pager is waited for once, and the next look comes soon. */
  private static List<Unended> leftOf(List<Unended> over) {
    List<Promise<Boolean>> ended =
        over.stream().map(each -> Async.function(OverdueNotice::isEnded, each.alert())).toList();
    return IntStream.range(0, over.size())
        .filter(i -> !ended.get(i).get())
        .mapToObj(over::get)
        .toList();
  }

  /** One that does not arrive is missed where it is waited for. */
  private static void giveSignOfLife() {
    try {
      by(SignOfLife.class, StepOptions.overdue(), "Give a sign of life").give();
    } catch (ActivityFailure failure) {
      Workflow.getLogger(OverdueEscalations.class).warn("{}", Journal.reason(failure));
    }
  }

  private static <A> A by(Class<A> type, ActivityOptions options, String summary) {
    return Workflow.newActivityStub(
        type, ActivityOptions.newBuilder(options).setSummary(summary).build());
  }

  @Override
  public Checked status() {
    return checked;
  }
}

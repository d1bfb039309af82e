package dev.rollbook.decision;

import dev.rollbook.LiveRun;
import dev.rollbook.Question;
import dev.rollbook.RollbackRequest;
import dev.rollbook.Severity;
import dev.rollbook.escalation.Incident;
import dev.rollbook.escalation.Incident.Trouble;
import dev.rollbook.escalation.OnCall;
import io.temporal.workflow.Async;
import io.temporal.workflow.Workflow;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** The people, as one run asks them. Their answer comes as an update. */
final class AskedPeople {

  static final String STEP = "D1";

  private static final String CHANGE = "ends its calls";

  private final LiveRun live;
  private final RollbackRequest request;
  private final Alerts alerts;
  private final boolean areCalled;
  private final Consumer<String> notes;

  /** Until when, by severity: what was asked again was asked for another reason. */
  private final Map<Severity, List<Instant>> told = new EnumMap<>(Severity.class);

  /**
   * @param areCalled whether the catalog has somebody to call
   * @param notes takes what is to be remembered
   */
  AskedPeople(
      LiveRun live,
      RollbackRequest request,
      Alerts alerts,
      boolean areCalled,
      Consumer<String> notes) {
    this.live = live;
    this.request = request;
    this.alerts = alerts;
    this.areCalled = areCalled;
    this.notes = notes;
  }

  /**
   * Shows the question, and calls who is on call, once for each severity, and once more when there
   * is more time since it is asked for another reason; the run goes on meanwhile.
   *
   * @param rule the table's row, in words
   * @param grounds what else speaks for it or against it
   */
  void ask(Severity asked, String rule, String grounds, Instant until, String otherwise) {
    String question = question(asked) + grounds;
    live.asks(new Question(STEP, question, until, otherwise));
    List<Instant> before = told.computeIfAbsent(asked, severity -> new ArrayList<>());
    if (areCalled && (before.isEmpty() || isAnew(before, until))) {
      before.add(until);
      QuestionId id = new QuestionId(Workflow.getInfo().getRunId(), asked, before.size());
      call(id, question, rule, until);
    }
  }

  private static boolean isAnew(List<Instant> before, Instant until) {
    return until.isAfter(before.get(before.size() - 1))
        && Workflow.getVersion("asks anew", Workflow.DEFAULT_VERSION, 1) == 1;
  }

  private void call(QuestionId id, String question, String rule, Instant until) {
    Incident incident =
        new Incident(
            id.toString(),
            request.service(),
            request.environment(),
            question,
            rule + ", that is at " + until,
            Set.of(Trouble.ROLLBACK),
            false,
            "alert");
    OnCall onCall = new OnCall(incident, STEP + " Ask", id.severity(), notes);
    if (Workflow.getVersion(CHANGE, Workflow.DEFAULT_VERSION, 1) == Workflow.DEFAULT_VERSION) {
      Workflow.newDetachedCancellationScope(() -> Async.procedure(() -> onCall.ask(until))).run();
      return;
    }
    Workflow.newDetachedCancellationScope(
            () -> live.endsAfter(Async.procedure(() -> untilDecided(onCall, until))))
        .run();
  }

  /** A pager would go on for a question that nobody has to answer any more. */
  private void untilDecided(OnCall onCall, Instant until) {
    onCall.ask(until);
    Workflow.await(() -> live.question() == null);
    onCall.over();
    onCall.awaitSpool();
  }

  private String question(Severity asked) {
    return (asked == Severity.MEDIUM ? "Mend it, or roll back " : "Roll back ")
        + request.service()
        + " in "
        + request.environment()
        + "? "
        + alerts.worst().map(Alert::words).orElse(asked.name());
  }
}

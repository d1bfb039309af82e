package dev.rollbook;

import dev.rollbook.decision.Decision;
import io.temporal.workflow.Promise;
import io.temporal.workflow.TimerOptions;
import io.temporal.workflow.Workflow;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** A run while it is under way: what its status query answers, and what Temporal UI shows of it. */
public final class LiveRun {

  /** What is still told then is of less use than the next run of the service. */
  private static final Duration OTHERS = Duration.ofSeconds(10);

  private final RollbackRequest request;
  private final Instant startedAt = Journal.now();
  private final Journal journal = new Journal(this::show);
  private final List<Promise<Void>> others = new ArrayList<>();
  private String section;
  private Plan plan;
  private Abort aborted;
  private Question question;
  private Decision decision;
  private Outcome outcome;
  private String reason;
  private Instant endedAt;
  private String report;

  public LiveRun(RollbackRequest request) {
    this.request = request;
    this.plan = request.plan();
    Workflow.upsertTypedSearchAttributes(
        SearchAttributes.SERVICE.valueSet(request.service()),
        SearchAttributes.ENVIRONMENT.valueSet(request.environment()),
        SearchAttributes.STATE.valueSet("RUNNING"),
        SearchAttributes.TRIGGER.valueSet(request.trigger().name()));
    if (request.incident() != null) {
      Workflow.upsertTypedSearchAttributes(SearchAttributes.INCIDENT.valueSet(request.incident()));
    }
    show();
  }

  /** The catalog knows the service. */
  public void found(CatalogEntry entry) {
    section = entry.kind().section();
    Workflow.upsertTypedSearchAttributes(SearchAttributes.SECTION.valueSet(section));
    show();
  }

  public Journal journal() {
    return journal;
  }

  public void planned(Plan made) {
    plan = made;
    show();
  }

  /** The target is known as what it was built to. */
  public void retargeted(PinnedService built) {
    planned(new Plan(built, plan.alreadyThere(), plan.findings(), plan.steps()));
  }

  /**
   * @param asked null when nothing is asked any more
   */
  public void asks(Question asked) {
    question = asked;
    show();
  }

  /** The run does not end before this has, if that takes no longer than a moment. */
  public void endsAfter(Promise<Void> other) {
    others.add(other);
  }

  void awaitOthers() {
    Promise<Void> all = Promise.allOf(others);
    if (all.isCompleted()) {
      return;
    }
    Promise<Void> timeUp =
        Workflow.newTimer(
            OTHERS, TimerOptions.newBuilder().setSummary("Wait for what is still told").build());
    Workflow.await(() -> all.isCompleted() || timeUp.isCompleted());
    if (!all.isCompleted()) {
      Workflow.getLogger(Rollback.class).warn("not all who were asked were told that it is over");
    }
  }

  /** How it stands with the decision. */
  public void decides(Decision sofar) {
    decision = sofar;
    show();
  }

  /** What is asked now; null for nothing. */
  public Question question() {
    return question;
  }

  public void aborted(Abort abort) {
    aborted = abort;
    show();
  }

  public Abort aborted() {
    return aborted;
  }

  /** Takes over what a section says of itself, also whether an abort still found it at work. */
  public void include(Run ended) {
    plan = ended.plan() == null ? plan : ended.plan();
    aborted = ended.aborted();
    journal.addAll(ended.steps());
  }

  /**
   * @param reached null for a plan
   */
  public void end(Outcome reached, String why) {
    end(reached, reached == null ? "PLANNED" : reached.name(), why);
  }

  /** It ended in no defined state: people must look. */
  public void fail(String why) {
    end(null, "FAILED", why);
  }

  private void end(Outcome reached, String state, String why) {
    outcome = reached;
    reason = why;
    endedAt = Journal.now();
    Workflow.upsertTypedSearchAttributes(SearchAttributes.STATE.valueSet(state));
    show();
  }

  public boolean hasEnded() {
    return endedAt != null;
  }

  public void reported(String file) {
    report = file;
    show();
  }

  private void show() {
    Workflow.setCurrentDetails(RunDetails.of(snapshot()));
  }

  public Run snapshot() {
    PinnedService pinned = plan == null ? null : plan.pinned();
    return new Run(
        Workflow.getInfo().getWorkflowId(),
        request.service(),
        request.environment(),
        section,
        outcome,
        reason,
        pinned == null ? null : pinned.from(),
        pinned == null ? null : pinned.target(),
        plan,
        startedAt,
        endedAt,
        aborted,
        question,
        report,
        decision,
        plan == null ? List.of() : plan.findings(),
        journal.steps());
  }
}

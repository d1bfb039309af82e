package dev.rollbook;

import dev.rollbook.Plan.PlannedStep;
import io.temporal.activity.ActivityOptions;
import io.temporal.failure.ActivityFailure;
import io.temporal.workflow.Workflow;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;

/** The steps that every section has, as the section's own activities do them. */
public abstract class SectionSteps {

  private static final String ALONE = "section-alone-keeps-no-plan";

  protected final Journal journal;
  protected final CatalogEntry entry;

  protected SectionSteps(Journal journal, CatalogEntry entry) {
    this.journal = journal;
    this.entry = entry;
  }

  /** The section's page for what was pinned, in order. */
  protected abstract List<PlannedStep> runbook(PinnedService service);

  /** P1. */
  protected final <A> Plan preflight(
      RollbackRequest request, Class<A> type, Function<A, Inspection> inspects) {
    Plan inspected =
        journal
            .step(
                new PlannedStep("P1", "Preflight: " + request.service()),
                look(),
                type,
                inspects,
                Inspection::report)
            .plan();
    return inspected.pinned() == null
        ? inspected
        : new Plan(
            inspected.pinned(),
            inspected.alreadyThere(),
            inspected.findings(),
            runbook(inspected.pinned()));
  }

  /**
   * P2. Of a run: a section alone has nobody to say that it has ended, and what is unfinished there
   * would be gone on with.
   */
  public final void keepPlan(RollbackRequest request, Plan plan) {
    boolean alone = Workflow.getInfo().getParentWorkflowId().isEmpty();
    if (alone && Workflow.getVersion(ALONE, Workflow.DEFAULT_VERSION, 1) == 1) {
      return;
    }
    journal.step(
        new PlannedStep("P2", "Keep the plan"),
        look(),
        RunJournal.class,
        runs -> runs.keepPlan(request, plan));
  }

  /** E1. A rollback does not wait for evidence that cannot be had. */
  protected final <A> void captureEvidence(Class<A> type, Function<A, StepReport> captures) {
    try {
      journal.step(
          new PlannedStep("E1", "Capture evidence"),
          StepOptions.aftermath(entry.taskQueue()),
          type,
          captures);
    } catch (ActivityFailure failure) {
      if (Journal.isCancelled(failure)) {
        throw failure;
      }
    }
  }

  /** S1. */
  protected final <A> void stopAfterFailure(Class<A> type, Function<A, StepReport> stops) {
    journal.step(
        new PlannedStep("S1", "Stop the service, since the rollback failed"),
        within(entry.stopWithin()),
        type,
        stops);
  }

  protected final ActivityOptions look() {
    return StepOptions.look(entry.taskQueue());
  }

  protected final ActivityOptions within(Duration limit) {
    return StepOptions.within(entry.taskQueue(), limit);
  }
}

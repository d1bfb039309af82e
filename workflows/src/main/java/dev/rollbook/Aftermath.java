package dev.rollbook;

import dev.rollbook.Plan.PlannedStep;
import dev.rollbook.aftermath.HealthyVersions;
import dev.rollbook.aftermath.IncidentReport;
import io.temporal.activity.ActivityOptions;
import io.temporal.failure.ActivityFailure;
import io.temporal.workflow.Workflow;

/** What is written down after a run. A failure here is in the journal, and changes nothing else. */
final class Aftermath {

  private final LiveRun live;
  private final ActivityOptions options;

  Aftermath(LiveRun live, CatalogEntry entry) {
    this.live = live;
    this.options = StepOptions.aftermath(entry.taskQueue());
  }

  void writeDown(RollbackRequest request) {
    Run run = live.snapshot();
    if (run.outcome() == Outcome.ROLLED_BACK && isUndisputed(run)) {
      attempt(() -> recordHealthy(run.plan().pinned()));
    }
    if (run.outcome() == null
        || run.outcome() == Outcome.ROLLED_BACK
        || run.outcome() == Outcome.STOPPED) {
      attempt(() -> writeReport(request));
    }
    attempt(this::close);
  }

  /** Whoever aborts a run whose checks have all passed may know better than they. */
  private static boolean isUndisputed(Run run) {
    return run.aborted() == null
        || Workflow.getVersion("no record of what was aborted", Workflow.DEFAULT_VERSION, 1)
            == Workflow.DEFAULT_VERSION;
  }

  private void recordHealthy(PinnedService service) {
    live.journal()
        .step(
            new PlannedStep("H1", "Record " + service.target().describe() + " as healthy"),
            options,
            HealthyVersions.class,
            versions -> versions.record(service));
  }

  private void writeReport(RollbackRequest request) {
    Run run = live.snapshot();
    // a run that is started again with its plan, by an engine that keeps nothing, is still one run
    String execution =
        run.plan() == null || run.plan().pinned() == null
            ? Workflow.getInfo().getRunId()
            : run.plan().pinned().planId();
    IncidentReport.Written written =
        live.journal()
            .step(
                new PlannedStep("R1", "Write the incident report"),
                options,
                IncidentReport.class,
                report -> report.write(request, run, execution),
                done -> StepReport.done(done.file(), null, done.attempt()));
    live.reported(written.file());
  }

  /** The run is not started again. */
  private void close() {
    Workflow.newActivityStub(RunJournal.class, options).close(live.snapshot());
  }

  private static void attempt(Runnable step) {
    try {
      step.run();
    } catch (ActivityFailure failure) {
      // the journal has it; what is written down must not change what happened
      Workflow.getLogger(Aftermath.class).warn("aftermath: {}", Journal.reason(failure));
    }
  }
}

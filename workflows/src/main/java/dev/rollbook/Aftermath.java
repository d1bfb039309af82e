package dev.rollbook;

import dev.rollbook.Plan.PlannedStep;
import dev.rollbook.aftermath.HealthyVersions;
import dev.rollbook.aftermath.IncidentReport;
import io.temporal.activity.ActivityOptions;
import io.temporal.failure.ActivityFailure;
import io.temporal.workflow.Workflow;
import java.util.function.Supplier;

/** What is written down after a run. A failure here is in the journal, and changes nothing else. */
final class Aftermath {

  private final Journal journal;
  private final ActivityOptions options;

  Aftermath(Journal journal, CatalogEntry entry) {
    this.journal = journal;
    this.options = StepOptions.aftermath(entry.taskQueue());
  }

  void recordHealthy(PinnedService service) {
    attempt(
        () ->
            journal.step(
                new PlannedStep("H1", "Record " + service.target().describe() + " as healthy"),
                options,
                HealthyVersions.class,
                versions -> versions.record(service)));
  }

  /**
   * @return the file; null when it could not be written
   */
  String writeReport(RollbackRequest request, Run run) {
    String execution = Workflow.getInfo().getRunId();
    IncidentReport.Written written =
        attempt(
            () ->
                journal.step(
                    new PlannedStep("R1", "Write the incident report"),
                    options,
                    IncidentReport.class,
                    report -> report.write(request, run, execution),
                    done -> StepReport.done(done.file(), null, done.attempt())));
    return written == null ? null : written.file();
  }

  /** The run is not started again. */
  void close(Run run) {
    attempt(
        () -> {
          Workflow.newActivityStub(RunJournal.class, options).close(run);
          return null;
        });
  }

  private static <R> R attempt(Supplier<R> step) {
    try {
      return step.get();
    } catch (ActivityFailure failure) {
      return null;
    }
  }
}

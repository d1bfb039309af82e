package dev.rollbook.decision;

import dev.rollbook.CatalogEntry;
import dev.rollbook.PinnedService;
import dev.rollbook.Plan;
import dev.rollbook.RollbackRequest;
import dev.rollbook.Run;
import dev.rollbook.RunJournal;
import dev.rollbook.ServiceCatalog;
import dev.rollbook.StepReport;
import dev.rollbook.TaskQueues;
import dev.rollbook.aftermath.HealthyVersions;
import dev.rollbook.aftermath.IncidentReport;
import java.time.Duration;

/** A catalog of one service, and what is written down nowhere. */
public final class PlainAftermath
    implements ServiceCatalog, RunJournal, HealthyVersions, IncidentReport {

  private static final StepReport DONE = StepReport.done("done", null, 1);

  /** Null: as the runbook says. */
  DecisionPolicy decision;

  @Override
  public CatalogEntry find(String service, String environment) {
    Duration limit = Duration.ofMinutes(1);
    return new CatalogEntry(
        CatalogEntry.Kind.LOCAL,
        TaskQueues.ROLLBOOK,
        limit,
        limit,
        limit,
        limit,
        Duration.ZERO,
        null,
        null,
        true,
        decision);
  }

  @Override
  public StepReport keepPlan(RollbackRequest request, Plan plan) {
    return DONE;
  }

  @Override
  public void close(Run run) {}

  @Override
  public StepReport record(PinnedService service) {
    return DONE;
  }

  @Override
  public Written write(RollbackRequest request, Run run, String executionId) {
    return new Written("TS.md", 1);
  }
}

package dev.rollbook.cli;

import dev.rollbook.Run;
import dev.rollbook.RunJournalFiles;
import dev.rollbook.TaskQueues;
import dev.rollbook.WorkflowIds;
import dev.rollbook.catalog.Catalog;
import dev.rollbook.engine.Engines;
import io.temporal.api.enums.v1.WorkflowExecutionStatus;
import io.temporal.client.WorkflowFailedException;
import io.temporal.client.WorkflowNotFoundException;
import io.temporal.client.WorkflowStub;
import io.temporal.failure.ApplicationFailure;
import java.io.IOException;
import java.util.Optional;

/** The newest run of each service: from the engine where it keeps history, else from disk. */
final class NewestRuns implements AutoCloseable {

  private final Optional<Session> session;
  private final RunJournalFiles journal;

  private NewestRuns(Optional<Session> session, RunJournalFiles journal) {
    this.session = session;
    this.journal = journal;
  }

  static NewestRuns open(Catalog catalog, Terminal terminal) throws IOException {
    RunJournalFiles journal = new RunJournalFiles(CatalogOption.state(catalog), "");
    return Engines.keepsHistory(System.getenv())
        ? new NewestRuns(Optional.of(Session.open(catalog, terminal)), journal)
        : new NewestRuns(Optional.empty(), journal);
  }

  Optional<Run> of(String service, String environment) throws IOException {
    Optional<Run> known = session.flatMap(at -> fromEngine(at, service, environment));
    return known.isPresent() ? known : fromDisk(service, environment);
  }

  private static Optional<Run> fromEngine(Session session, String service, String environment) {
    String runId = WorkflowIds.run(service, environment);
    WorkflowStub stub = session.client().newUntypedWorkflowStub(runId);
    try {
      WorkflowExecutionStatus status = stub.describe().getStatus();
      if (status != WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_RUNNING) {
        return Optional.of(stub.getResult(Run.class));
      }
      return session.hasWorker(TaskQueues.ROLLBOOK)
          ? Optional.ofNullable(live(session, stub, runId))
          : Optional.empty();
    } catch (WorkflowFailedException e) {
      return e.getCause() instanceof ApplicationFailure failure
              && failure.getDetails().getSize() > 0
          ? Optional.of(failure.getDetails().get(Run.class))
          : Optional.empty();
    } catch (WorkflowNotFoundException e) {
      return Optional.empty();
    }
  }

  /** The section's own view has the steps that are under way. */
  private static Run live(Session session, WorkflowStub run, String runId) {
    return RunWatch.sectionOf(session.client(), run)
        .map(section -> section.query("status", Run.class).underId(runId))
        .orElseGet(() -> run.query("status", Run.class));
  }

  private Optional<Run> fromDisk(String service, String environment) throws IOException {
    return journal
        .find(service, environment)
        .map(
            entry ->
                entry.isUnfinished()
                    ? RunJson.started(WorkflowIds.run(service, environment), entry.request())
                    : entry.result());
  }

  @Override
  public void close() {
    session.ifPresent(Session::close);
  }
}

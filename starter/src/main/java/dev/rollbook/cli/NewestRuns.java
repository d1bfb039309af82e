package dev.rollbook.cli;

import dev.rollbook.Run;
import dev.rollbook.RunJournalFiles;
import dev.rollbook.TaskQueues;
import dev.rollbook.WorkflowIds;
import dev.rollbook.catalog.Catalog;
import dev.rollbook.decision.GuardLimits;
import dev.rollbook.engine.Engines;
import dev.rollbook.escalation.Escalation;
import io.temporal.api.enums.v1.WorkflowExecutionStatus;
import io.temporal.client.WorkflowFailedException;
import io.temporal.client.WorkflowNotFoundException;
import io.temporal.client.WorkflowStub;
import io.temporal.failure.ApplicationFailure;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;

/** The newest run of each service: from the engine where it keeps history, else from disk. */
final class NewestRuns implements AutoCloseable {

  private final Optional<Session> session;
  private final RunJournalFiles journal;

  private final GuardLimits limits;

  /** Asked once; null before. */
  private GuardMemory guard;

  private NewestRuns(Optional<Session> session, RunJournalFiles journal, GuardLimits limits) {
    this.session = session;
    this.journal = journal;
    this.limits = limits;
  }

  static NewestRuns open(Catalog catalog, Terminal terminal) throws IOException {
    RunJournalFiles journal = new RunJournalFiles(CatalogOption.state(catalog), "");
    return Engines.keepsHistory(System.getenv())
        ? new NewestRuns(
            Optional.of(Session.open(catalog, terminal)), journal, catalog.guardLimits())
        : new NewestRuns(Optional.empty(), journal, catalog.guardLimits());
  }

  Optional<Run> of(String service, String environment) throws IOException {
    Optional<Run> known = session.flatMap(at -> fromEngine(at, newestId(at, service, environment)));
    return known.isPresent() ? known : fromDisk(service, environment);
  }

  Optional<Escalation> escalation(String service, String environment) {
    return session.flatMap(at -> Escalations.newest(at, service, environment));
  }

  GuardMemory guard() {
    if (guard == null) {
      guard = session.map(GuardMemory::of).orElseGet(() -> GuardMemory.none(limits));
    }
    return guard;
  }

  /** A stop by a person's word is a run too. */
  private static String newestId(Session session, String service, String environment) {
    String run = WorkflowIds.run(service, environment);
    String stop = WorkflowIds.stop(service, environment);
    return startOf(session, stop).isAfter(startOf(session, run)) ? stop : run;
  }

  private static Instant startOf(Session session, String id) {
    try {
      return session.client().newUntypedWorkflowStub(id).describe().getStartTime();
    } catch (WorkflowNotFoundException e) {
      return Instant.MIN;
    }
  }

  private static Optional<Run> fromEngine(Session session, String runId) {
    WorkflowStub stub = session.client().newUntypedWorkflowStub(runId);
    try {
      WorkflowExecutionStatus status = stub.describe().getStatus();
      if (status != WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_RUNNING) {
        return Optional.of(stub.getResult(Run.class));
      }
      return session.hasWorker(TaskQueues.ROLLBOOK)
          ? Optional.ofNullable(live(session, stub))
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
  private static Run live(Session session, WorkflowStub run) {
    Run whole = run.query("status", Run.class);
    return RunWatch.sectionOf(session.client(), run)
        .filter(section -> whole != null)
        .map(section -> section.query("status", Run.class).within(whole))
        .orElse(whole);
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

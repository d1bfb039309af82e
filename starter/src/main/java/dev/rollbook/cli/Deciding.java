package dev.rollbook.cli;

import dev.rollbook.Abort;
import dev.rollbook.CatalogEntry;
import dev.rollbook.Run;
import dev.rollbook.RunJournalFiles;
import dev.rollbook.Verdict;
import dev.rollbook.WorkflowIds;
import dev.rollbook.catalog.Catalog;
import io.temporal.client.WorkflowNotFoundException;
import io.temporal.client.WorkflowStub;
import io.temporal.client.WorkflowUpdateException;
import java.io.IOException;

/**
 * {@code rollbook approve}, {@code reject} and {@code abort}: a person's word to a run. Each
 * follows the run to its end: what it touched must be made good, and that takes a worker.
 */
final class Deciding {

  private final RollbookCommand rollbook;
  private final String service;
  private final String environment;
  private final String runId;
  private final Terminal terminal;

  Deciding(RollbookCommand rollbook, ServiceParameters service) {
    this.rollbook = rollbook;
    this.service = service.service;
    this.environment = service.environment;
    this.runId = WorkflowIds.run(service.service, service.environment);
    this.terminal = new Terminal(rollbook.json());
  }

  int abort(String reason) throws IOException, InterruptedException {
    try (ClosedAtExit<Session> at = new ClosedAtExit<>(open())) {
      Session session = at.value();
      if (!session.isOpen(runId)) {
        goOn(session, "abort");
      }
      session.startWorkerIfNeeded(terminal);
      WorkflowStub run = session.client().newUntypedWorkflowStub(runId);
      tell(run, "abort", new Abort(Terminal.person(), reason));
      return followed(session, new RunWatch(session.client(), terminal));
    }
  }

  int approve(String reason) throws IOException, InterruptedException {
    return decide("approve", new Verdict(Terminal.person(), reason));
  }

  int reject(String reason) throws IOException, InterruptedException {
    return decide("reject", new Verdict(Terminal.person(), reason));
  }

  private int decide(String word, Verdict verdict) throws IOException, InterruptedException {
    try (ClosedAtExit<Session> at = new ClosedAtExit<>(open())) {
      Session session = at.value();
      RunWatch watch = new RunWatch(session.client(), terminal);
      boolean open = session.isOpen(runId);
      if (!open) {
        goOn(session, word);
        // it has its question still before it
        watch.onQuestion(asker -> tellOrSay(asker, word, verdict));
      }
      session.startWorkerIfNeeded(terminal);
      if (open) {
        tell(asker(session), word, verdict);
      }
      return followed(session, watch);
    }
  }

  /** The run itself asks before its section begins, after an alert. */
  private WorkflowStub asker(Session session) {
    WorkflowStub run = session.client().newUntypedWorkflowStub(runId);
    Run standing = run.query("status", Run.class);
    if (standing != null && standing.asks() != null) {
      return run;
    }
    CatalogEntry.Kind kind = session.catalog().serviceCatalog().find(service, environment).kind();
    if (kind == CatalogEntry.Kind.LOCAL) {
      throw nothingAsked();
    }
    return session.client().newUntypedWorkflowStub(WorkflowIds.section(runId, kind));
  }

  private Session open() throws IOException {
    Catalog catalog = CatalogOption.read(rollbook.catalog);
    CatalogOption.requireService(catalog, service, environment);
    return Session.open(catalog, terminal);
  }

  /** Starts the run again that was cut off. */
  private void goOn(Session session, String word) throws IOException {
    session.start(
        session
            .unfinished(service, environment)
            .map(RunJournalFiles.Entry::request)
            .orElseThrow(
                () ->
                    new Refusal(
                        ExitCodes.BLOCKED,
                        runId + " is not under way: there is nothing to " + word)));
  }

  private void tell(WorkflowStub workflow, String word, Object message) {
    try {
      workflow.update(word, String.class, message);
    } catch (WorkflowUpdateException e) {
      throw Refusal.of(e);
    } catch (WorkflowNotFoundException e) {
      throw nothingAsked();
    }
  }

  private void tellOrSay(WorkflowStub section, String word, Verdict verdict) {
    try {
      tell(section, word, verdict);
    } catch (Refusal refusal) {
      terminal.say(refusal.getMessage());
    }
  }

  private Refusal nothingAsked() {
    return new Refusal(
        ExitCodes.BLOCKED,
        "Refused: " + runId + " asks nothing at the moment; see `rollbook status`");
  }

  private int followed(Session session, RunWatch watch) throws InterruptedException {
    Run run;
    try {
      run = watch.follow(runId);
    } finally {
      new Calling(session, terminal, service, environment).untilOut();
    }
    terminal.result(rollbook.json() ? RunJson.of(run) : new RunText(terminal).result(run));
    return ExitCodes.of(run);
  }
}

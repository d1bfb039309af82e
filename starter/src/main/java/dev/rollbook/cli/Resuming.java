package dev.rollbook.cli;

import dev.rollbook.RollbackRequest;
import dev.rollbook.Run;
import dev.rollbook.RunJournalFiles;
import dev.rollbook.WorkflowIds;
import dev.rollbook.catalog.Catalog;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** {@code rollbook resume}. */
final class Resuming {

  private final RollbookCommand rollbook;
  private final Terminal terminal;
  private final RunText text;

  Resuming(RollbookCommand rollbook) {
    this.rollbook = rollbook;
    this.terminal = new Terminal(rollbook.json());
    this.text = new RunText(terminal);
  }

  /**
   * @return the worst exit code of the runs that were continued; 0 when there was none
   */
  int resume() throws IOException, InterruptedException {
    Catalog catalog = CatalogOption.read(rollbook.catalog);
    try (ClosedAtExit<Session> at = new ClosedAtExit<>(Session.open(catalog, terminal))) {
      Session session = at.value();
      List<RollbackRequest> unfinished = unfinished(session);
      List<Run> ended = new ArrayList<>();
      if (!unfinished.isEmpty()) {
        session.startWorkerIfNeeded(terminal);
      }
      int exitCode = ExitCodes.OK;
      for (RollbackRequest request : unfinished) {
        Run run = continued(session, request);
        ended.add(run);
        exitCode = Math.max(exitCode, ExitCodes.of(run));
      }
      if (rollbook.json()) {
        terminal.result(RunJson.of(ended));
      } else if (ended.isEmpty()) {
        terminal.result("No run is unfinished.");
      }
      return exitCode;
    }
  }

  private Run continued(Session session, RollbackRequest request)
      throws IOException, InterruptedException {
    String runId = WorkflowIds.run(request.service(), request.environment());
    terminal.say("continuing " + runId + RunJson.targetOf(request));
    session.start(request);
    Run run = new RunWatch(session.client(), terminal).follow(runId);
    new Calling(session, terminal, request.service(), request.environment()).untilOut();
    if (!rollbook.json()) {
      terminal.result(text.result(run));
    }
    return run;
  }

  private static List<RollbackRequest> unfinished(Session session) throws IOException {
    List<RollbackRequest> requests = new ArrayList<>();
    for (String service : session.catalog().services()) {
      for (String environment : session.catalog().environments(service)) {
        session
            .unfinished(service, environment)
            .map(RunJournalFiles.Entry::request)
            .or(
                () ->
                    Optional.of(RollbackRequest.of(service, environment))
                        .filter(open -> session.isOpen(WorkflowIds.run(service, environment))))
            .ifPresent(requests::add);
      }
    }
    return requests;
  }
}

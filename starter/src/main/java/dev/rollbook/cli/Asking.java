package dev.rollbook.cli;

import dev.rollbook.Abort;
import dev.rollbook.Run;
import dev.rollbook.RunJournalFiles;
import dev.rollbook.WorkflowIds;
import dev.rollbook.catalog.Catalog;
import io.temporal.client.WorkflowStub;
import io.temporal.client.WorkflowUpdateException;
import io.temporal.failure.ApplicationFailure;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** {@code rollbook status}, {@code list} and {@code abort}. */
final class Asking {

  private final RollbookCommand rollbook;
  private final Terminal terminal;
  private final RunText text;

  Asking(RollbookCommand rollbook) {
    this.rollbook = rollbook;
    this.terminal = new Terminal(rollbook.json());
    this.text = new RunText(terminal);
  }

  /** A service of the catalog with its newest run, as {@code list -o json} prints it. */
  private record Listed(String service, String environment, Run run) {}

  int status(String service, String environment) throws IOException {
    Catalog catalog = CatalogOption.read(rollbook.catalog);
    if (service != null) {
      CatalogOption.requireService(catalog, service, environment);
    }
    List<Run> runs =
        listed(catalog).stream()
            .filter(one -> service == null || one.service().equals(service))
            .filter(one -> environment == null || one.environment().equals(environment))
            .map(Listed::run)
            .filter(run -> run != null)
            .toList();
    if (rollbook.json()) {
      boolean single = service != null && environment != null && runs.size() == 1;
      terminal.result(RunJson.of(single ? runs.get(0) : runs));
    } else if (runs.isEmpty()) {
      terminal.result("No run yet.");
    } else {
      runs.forEach(this::show);
    }
    return ExitCodes.OK;
  }

  int list() throws IOException {
    List<Listed> all = listed(CatalogOption.read(rollbook.catalog));
    if (rollbook.json()) {
      terminal.result(RunJson.of(all));
      return ExitCodes.OK;
    }
    all.forEach(
        one ->
            terminal.result(
                one.run() == null
                    ? one.service() + " in " + one.environment() + ": no run yet"
                    : text.result(one.run()).lines().findFirst().orElse("")));
    return ExitCodes.OK;
  }

  /** Follows the run to its end: what it touched must be made good, and that takes a worker. */
  int abort(String service, String environment, String reason)
      throws IOException, InterruptedException {
    Catalog catalog = CatalogOption.read(rollbook.catalog);
    CatalogOption.requireService(catalog, service, environment);
    String runId = WorkflowIds.run(service, environment);
    try (ClosedAtExit<Session> at = new ClosedAtExit<>(Session.open(catalog, terminal))) {
      Session session = at.value();
      if (!session.isOpen(runId)) {
        session.start(
            session
                .unfinished(service, environment)
                .map(RunJournalFiles.Entry::request)
                .orElseThrow(
                    () ->
                        new Refusal(
                            ExitCodes.BLOCKED,
                            runId + " is not under way: there is nothing to abort")));
      }
      session.startWorkerIfNeeded(terminal);
      WorkflowStub stub = session.client().newUntypedWorkflowStub(runId);
      try {
        stub.update("abort", String.class, new Abort(System.getProperty("user.name"), reason));
      } catch (WorkflowUpdateException e) {
        throw new Refusal(ExitCodes.BLOCKED, words(e));
      }
      Run run = new RunWatch(session.client(), terminal).follow(runId);
      terminal.result(rollbook.json() ? RunJson.of(run) : text.result(run));
      return ExitCodes.of(run);
    }
  }

  private List<Listed> listed(Catalog catalog) throws IOException {
    List<Listed> all = new ArrayList<>();
    NewestRuns newest = NewestRuns.open(catalog, terminal);
    try (newest) {
      for (String service : catalog.services()) {
        for (String environment : catalog.environments(service)) {
          Optional<Run> run = newest.of(service, environment);
          all.add(new Listed(service, environment, run.orElse(null)));
        }
      }
    }
    return all;
  }

  private void show(Run run) {
    terminal.result(text.result(run));
    String findings = text.findings(run.findings());
    if (!findings.isEmpty()) {
      terminal.result(findings);
    }
    run.steps().forEach(step -> terminal.result("  " + text.step(step)));
  }

  private static String words(WorkflowUpdateException e) {
    return e.getCause() instanceof ApplicationFailure failure
        ? failure.getOriginalMessage()
        : e.getMessage();
  }
}

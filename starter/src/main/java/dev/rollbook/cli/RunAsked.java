package dev.rollbook.cli;

import dev.rollbook.Outcome;
import dev.rollbook.PlainText;
import dev.rollbook.RollbackRequest;
import dev.rollbook.Run;
import dev.rollbook.RunJournalFiles;
import dev.rollbook.TaskQueues;
import dev.rollbook.Trigger;
import dev.rollbook.WorkflowIds;
import dev.rollbook.catalog.Catalog;
import java.io.IOException;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;

/** {@code rollbook run} and {@code rollbook plan}. */
final class RunAsked {

  private final RollbookCommand rollbook;
  private final RollbackRequest request;
  private final Terminal terminal;
  private final RunText text;

  RunAsked(RollbookCommand rollbook, ServiceParameters service, RunOptions options) {
    this.rollbook = rollbook;
    this.terminal = new Terminal(rollbook.json());
    this.text = new RunText(terminal);
    this.request =
        new RollbackRequest(
            service.service,
            service.environment,
            options.to,
            options.reason,
            options.incident,
            null,
            Trigger.CLI,
            Terminal.person(),
            false,
            options.stash,
            options.rebuild,
            null,
            false);
  }

  int plan() throws IOException, InterruptedException {
    try (ClosedAtExit<Session> at = new ClosedAtExit<>(open())) {
      Session session = at.value();
      session.startWorkerIfNeeded(terminal);
      Run plan = plan(session);
      terminal.result(rollbook.json() ? RunJson.of(plan) : text.plan(plan));
      return ExitCodes.of(plan);
    }
  }

  int run(boolean yes, boolean noWait) throws IOException, InterruptedException {
    try (ClosedAtExit<Session> at = new ClosedAtExit<>(open())) {
      Session session = at.value();
      Optional<RollbackRequest> unfinished = unfinished(session);
      RollbackRequest wanted = unfinished.orElse(request);
      if (noWait) {
        return startOnly(session, wanted);
      }
      session.startWorkerIfNeeded(terminal);
      if (unfinished.isEmpty() && !yes && terminal.isInteractive() && !rollbook.json()) {
        Run plan = plan(session);
        terminal.say(text.plan(plan));
        if (plan.outcome() == Outcome.ALREADY_THERE || plan.outcome() == Outcome.BLOCKED) {
          terminal.result(text.result(plan));
          return ExitCodes.of(plan);
        }
        if (!confirmed()) {
          terminal.result("Declined; nothing was changed.");
          return ExitCodes.ABORTED;
        }
        wanted = request.withPlan(plan.plan());
      }
      return follow(session, wanted);
    }
  }

  private int follow(Session session, RollbackRequest wanted)
      throws IOException, InterruptedException {
    String runId = WorkflowIds.run(wanted.service(), wanted.environment());
    start(session, wanted);
    terminal.say("run " + runId + session.engine().webUi().map(ui -> "  " + ui).orElse(""));
    Run run = followed(session, wanted, runId);
    terminal.result(rollbook.json() ? RunJson.of(run) : text.result(run));
    return ExitCodes.of(run);
  }

  private Run followed(Session session, RollbackRequest wanted, String runId)
      throws IOException, InterruptedException {
    try {
      return new RunWatch(session.client(), terminal).follow(runId);
    } catch (Refusal refusal) {
      if (refusal.exitCode() == ExitCodes.USAGE) {
        session.runs().forget(wanted); // it never began: there is nothing to continue
      }
      throw refusal;
    } finally {
      new Calling(session, terminal, wanted.service(), wanted.environment()).untilOut();
    }
  }

  private int startOnly(Session session, RollbackRequest wanted) throws IOException {
    if (!session.hasWorker(TaskQueues.ROLLBOOK)) {
      throw new Refusal(
          ExitCodes.USAGE,
          "--no-wait needs a worker that goes on after this command: start `rollbook worker` first,"
              + " or run without --no-wait");
    }
    start(session, wanted);
    String runId = WorkflowIds.run(wanted.service(), wanted.environment());
    terminal.result(
        rollbook.json()
            ? RunJson.of(RunJson.started(runId, wanted))
            : runId + " has started; `rollbook status` shows it");
    return ExitCodes.OK;
  }

  /** Somebody else's may have begun since we looked. */
  private void start(Session session, RollbackRequest wanted) throws IOException {
    RollbackRequest started = session.start(wanted);
    refuseOtherTarget(started);
    if (wanted.plan() != null && !wanted.begun() && !wanted.plan().equals(started.plan())) {
      throw unfinished(started, "then ask again");
    }
    warnOfFreeze(session);
  }

  private void refuseOtherTarget(RollbackRequest begun) {
    if (request.to() != null && !request.to().equals(begun.to())) {
      throw unfinished(begun, "then ask again with --to " + request.to());
    }
  }

  private static Refusal unfinished(RollbackRequest begun, String then) {
    return new Refusal(
        ExitCodes.BLOCKED,
        "%s is unfinished%s; a service has one run at a time. `rollbook resume` ends it, or `rollbook abort`; %s"
            .formatted(
                WorkflowIds.run(begun.service(), begun.environment()),
                RunJson.targetOf(begun),
                then));
  }

  private void warnOfFreeze(Session session) {
    GuardMemory.of(session)
        .freeze(request.service())
        .ifPresent(
            freeze ->
                terminal.say(
                    terminal.yellow("FROZEN")
                        + " for alerts, not for you: "
                        + PlainText.of(freeze.describe())));
  }

  private Run plan(Session session) throws InterruptedException {
    String id = session.startPlan(request.asDryRun());
    return new RunWatch(session.client(), terminal).follow(id);
  }

  /** The run to go on with, when one was cut off. */
  private Optional<RollbackRequest> unfinished(Session session) throws IOException {
    String runId = WorkflowIds.run(request.service(), request.environment());
    Optional<RunJournalFiles.Entry> entry =
        session.unfinished(request.service(), request.environment());
    Optional<RollbackRequest> open = session.asked(runId);
    if (open.isEmpty() && entry.isEmpty()) {
      return Optional.empty();
    }
    // what is open may be another machine's, of which our journal knows nothing, or an older one
    entry = entry.filter(e -> open.isEmpty() || Objects.equals(e.request().to(), open.get().to()));
    RollbackRequest begun = entry.map(RunJournalFiles.Entry::request).orElseGet(open::get);
    refuseOtherTarget(begun);
    terminal.say(
        "continuing the unfinished run "
            + runId
            + RunJson.targetOf(begun)
            + entry.map(e -> ", begun " + e.since()).orElse(""));
    return Optional.of(begun);
  }

  private Session open() throws IOException {
    Catalog catalog = CatalogOption.read(rollbook.catalog);
    CatalogOption.requireService(catalog, request.service(), request.environment());
    return Session.open(catalog, terminal);
  }

  private static boolean confirmed() {
    String answer = System.console().readLine("Roll back? [y/N] ");
    return answer != null && answer.strip().toLowerCase(Locale.ROOT).startsWith("y");
  }
}

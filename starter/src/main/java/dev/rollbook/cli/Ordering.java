package dev.rollbook.cli;

import dev.rollbook.EmergencyStop;
import dev.rollbook.Order;
import dev.rollbook.PlainText;
import dev.rollbook.Release;
import dev.rollbook.Run;
import dev.rollbook.TaskQueues;
import dev.rollbook.WorkflowIds;
import dev.rollbook.catalog.Catalog;
import io.temporal.api.enums.v1.WorkflowIdConflictPolicy;
import io.temporal.client.WorkflowFailedException;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import io.temporal.failure.ApplicationFailure;
import java.io.IOException;

/**
 * {@code rollbook stop} and {@code release}: what a person orders for a service, seen to its end.
 */
final class Ordering {

  private final RollbookCommand rollbook;
  private final String service;
  private final String environment;
  private final Terminal terminal;

  Ordering(RollbookCommand rollbook, ServiceParameters service) {
    this.rollbook = rollbook;
    this.service = service.service;
    this.environment = service.environment;
    this.terminal = new Terminal(rollbook.json());
  }

  /** A service that stands still is what was ordered: no failure. */
  int stop(String reason) throws IOException, InterruptedException {
    try (ClosedAtExit<Session> at = new ClosedAtExit<>(open())) {
      Session session = at.value();
      String id = WorkflowIds.stop(service, environment);
      start(session, EmergencyStop.class, id, "Stop", reason);
      Calling calling = new Calling(session, terminal, service, environment);
      try {
        Run run = new RunWatch(session.client(), terminal).follow(id);
        terminal.result(rollbook.json() ? RunJson.of(run) : new RunText(terminal).result(run));
        return ExitCodes.OK;
      } finally {
        calling.untilOut();
      }
    }
  }

  int release(String reason) throws IOException, InterruptedException {
    try (ClosedAtExit<Session> at = new ClosedAtExit<>(open())) {
      Session session = at.value();
      String id = WorkflowIds.release(service, environment);
      WorkflowStub release = start(session, Release.class, id, "Release", reason);
      terminal.tick("… S2  Lift the stop");
      Release.Released released = result(release);
      new Calling(session, terminal, service, environment).untilOut();
      terminal.result(rollbook.json() ? RunJson.of(released) : words(released));
      return ExitCodes.OK;
    }
  }

  private Session open() throws IOException {
    Catalog catalog = CatalogOption.read(rollbook.catalog);
    CatalogOption.requireService(catalog, service, environment);
    return Session.open(catalog, terminal);
  }

  /** Joins the one that is under way. */
  private WorkflowStub start(Session session, Class<?> type, String id, String verb, String reason)
      throws IOException {
    boolean joins = session.isOpen(id);
    session.startWorkerIfNeeded(terminal);
    WorkflowStub order =
        session
            .client()
            .newUntypedWorkflowStub(
                type.getSimpleName(),
                WorkflowOptions.newBuilder()
                    .setTaskQueue(TaskQueues.ROLLBOOK)
                    .setWorkflowId(id)
                    .setWorkflowIdConflictPolicy(
                        WorkflowIdConflictPolicy.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING)
                    .setStaticSummary(verb + " " + service + " in " + environment)
                    .build());
    order.start(new Order(service, environment, reason, Terminal.person()));
    terminal.say(
        (joins ? "joining " : "")
            + id
            + (joins ? ", which is under way already" : "")
            + session.engine().webUi().map(ui -> "  " + ui).orElse(""));
    return order;
  }

  private static Release.Released result(WorkflowStub release) {
    try {
      return release.getResult(Release.Released.class);
    } catch (WorkflowFailedException e) {
      if (e.getCause() instanceof ApplicationFailure why) {
        throw new Refusal(exitCode(why.getType()), why.getOriginalMessage());
      }
      throw new Refusal(ExitCodes.FAILED, "the stop was not lifted: " + e.getCause().getMessage());
    }
  }

  private static int exitCode(String type) {
    return switch (type) {
      case "UnknownService", "InvalidRequest" -> ExitCodes.USAGE;
      case "NotStopped", "NewerDeploy" -> ExitCodes.BLOCKED;
      default -> ExitCodes.FAILED;
    };
  }

  private String words(Release.Released released) {
    return terminal.green("RELEASED")
        + " "
        + service
        + " in "
        + environment
        + "\n"
        + PlainText.of(released.report().summary());
  }
}

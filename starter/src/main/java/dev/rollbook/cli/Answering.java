package dev.rollbook.cli;

import dev.rollbook.Abort;
import dev.rollbook.PlainText;
import dev.rollbook.WorkflowIds;
import dev.rollbook.catalog.Catalog;
import dev.rollbook.escalation.Acknowledgement;
import dev.rollbook.escalation.Escalation;
import io.temporal.client.WorkflowNotFoundException;
import io.temporal.client.WorkflowStub;
import io.temporal.client.WorkflowUpdateException;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** {@code rollbook ack} and {@code close}: a person's word to an escalation. */
final class Answering {

  /** Boards answer sooner, or their trouble is told to whoever was called. */
  private static final long ANNOUNCED_WITHIN_SECONDS = 60;

  private final RollbookCommand rollbook;
  private final String service;
  private final String environment;
  private final String id;
  private final Terminal terminal;

  Answering(RollbookCommand rollbook, ServiceParameters service) {
    this.rollbook = rollbook;
    this.service = service.service;
    this.environment = service.environment;
    this.id = WorkflowIds.escalation(service.service, service.environment);
    this.terminal = new Terminal(rollbook.json());
  }

  /** What was answered to the word, and how the escalation stands now. */
  private record Answered(String workflowId, String answer, Escalation escalation) {}

  /**
   * @param level null: the one that was called last
   */
  int acknowledge(String level, String note) throws IOException, InterruptedException {
    try (ClosedAtExit<Session> at = new ClosedAtExit<>(open())) {
      Session session = at.value();
      String answer =
          tell(session, "acknowledge", new Acknowledgement(Terminal.person(), level, "cli", note));
      Escalation escalation =
          session.client().newUntypedWorkflowStub(id).query("status", Escalation.class);
      show(answer, escalation);
      new Calling(session, terminal, service, environment).untilOut();
      return ExitCodes.OK;
    }
  }

  /** Returns once it is announced, or when that takes too long for a person to wait. */
  int close(String reason) throws IOException {
    try (ClosedAtExit<Session> at = new ClosedAtExit<>(open())) {
      Session session = at.value();
      String answer = tell(session, "close", new Abort(Terminal.person(), reason));
      WorkflowStub stub = session.client().newUntypedWorkflowStub(id);
      Escalation escalation;
      try {
        escalation = stub.getResult(ANNOUNCED_WITHIN_SECONDS, TimeUnit.SECONDS, Escalation.class);
      } catch (TimeoutException e) {
        terminal.say(
            "it is not announced yet, which a worker goes on trying; see `rollbook status`");
        escalation = stub.query("status", Escalation.class);
      }
      show(answer, escalation);
      return ExitCodes.OK;
    }
  }

  private void show(String answer, Escalation escalation) {
    terminal.result(
        rollbook.json()
            ? RunJson.of(new Answered(id, answer, escalation))
            : PlainText.of(answer) + "\n" + new EscalationText(terminal).of(escalation));
  }

  private Session open() throws IOException {
    Catalog catalog = CatalogOption.read(rollbook.catalog);
    CatalogOption.requireService(catalog, service, environment);
    return Session.open(catalog, terminal);
  }

  private String tell(Session session, String word, Object message) throws IOException {
    WorkflowStub stub = session.client().newUntypedWorkflowStub(id);
    if (!session.isOpen(id)) {
      throw over(session);
    }
    session.startWorkerIfNeeded(terminal);
    try {
      return stub.update(word, String.class, message);
    } catch (WorkflowUpdateException e) {
      throw Refusal.of(e);
    } catch (WorkflowNotFoundException e) {
      throw over(session);
    }
  }

  private Refusal over(Session session) {
    Optional<Escalation> last = Escalations.last(session, id);
    String what =
        last.map(Escalation::closed)
            .map(by -> "was closed by " + by.by() + " at " + by.at() + ": " + by.why())
            .or(() -> last.map(ended -> "ended at " + ended.endedAt()))
            .orElse("is not under way: nobody is called");
    return new Refusal(ExitCodes.BLOCKED, id + " " + what);
  }
}

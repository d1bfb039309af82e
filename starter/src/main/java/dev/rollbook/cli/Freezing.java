package dev.rollbook.cli;

import dev.rollbook.catalog.Catalog;
import dev.rollbook.decision.Freeze;
import dev.rollbook.decision.GuardUpdates;
import io.temporal.client.WorkflowUpdateException;
import java.io.IOException;
import java.util.function.BiFunction;

/** {@code rollbook freeze} and {@code unfreeze}: what alerts may do, told to the guard. */
final class Freezing {

  private final RollbookCommand rollbook;
  private final String service;
  private final Terminal terminal;

  Freezing(RollbookCommand rollbook, String service) {
    this.rollbook = rollbook;
    this.service = service;
    this.terminal = new Terminal(rollbook.json());
  }

  private record Answered(String service, String answer) {}

  int freeze(String reason) throws IOException {
    return tell(reason, GuardUpdates::freeze);
  }

  int unfreeze(String reason) throws IOException {
    return tell(reason, GuardUpdates::unfreeze);
  }

  private int tell(String reason, BiFunction<GuardUpdates, Freeze, String> word)
      throws IOException {
    Catalog catalog = CatalogOption.read(rollbook.catalog);
    if (service != null) {
      CatalogOption.requireService(catalog, service, null);
    }
    try (ClosedAtExit<Session> at = new ClosedAtExit<>(Session.open(catalog, terminal))) {
      Session session = at.value();
      if (!session.engine().keepsHistory()) {
        throw new Refusal(
            ExitCodes.BLOCKED, "this engine forgets it at once: name a Temporal service");
      }
      session.startWorkerIfNeeded(terminal);
      GuardUpdates guard = new GuardUpdates(session.client(), catalog.guardLimits());
      String answer = word.apply(guard, new Freeze(service, Terminal.person(), reason, null));
      terminal.result(
          rollbook.json()
              ? RunJson.of(new Answered(service, answer))
              : (service == null ? "every service" : service) + ": " + answer);
      return ExitCodes.OK;
    } catch (WorkflowUpdateException e) {
      throw Refusal.of(e);
    }
  }
}

package dev.rollbook.cli;

import dev.rollbook.catalog.Catalog;
import dev.rollbook.decision.RunLinks;
import dev.rollbook.decision.TemporalIntake;
import dev.rollbook.serve.RollbookServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.CountDownLatch;

/** {@code rollbook serve}. */
final class Serving {

  private final RollbookCommand rollbook;
  private final Terminal terminal;

  Serving(RollbookCommand rollbook) {
    this.rollbook = rollbook;
    this.terminal = new Terminal(rollbook.json());
  }

  /** Returns never; a TERM or Ctrl-C ends the process. */
  int untilEnded() throws IOException, InterruptedException {
    Catalog catalog = CatalogOption.read(rollbook.catalog);
    try {
      RollbookServer.check(catalog);
    } catch (IllegalStateException | UncheckedIOException e) {
      throw new Refusal(ExitCodes.USAGE, e.getMessage());
    }
    try (ClosedAtExit<Session> at = new ClosedAtExit<>(Session.openOrAwait(catalog, terminal));
        ClosedAtExit<RollbookServer> server = new ClosedAtExit<>(server(at.value()))) {
      if (at.value().engine().isEmbedded()) {
        at.value().startWorker();
      }
      Logs.toStandardError();
      terminal.say(
          "serving at " + server.value().start() + "; catalog " + at.value().catalog().file());
      if (catalog.alerts().allow().isEmpty()) {
        terminal.say("no service may be rolled back by an alert; see alerts.allow in the catalog");
      }
      new CountDownLatch(1).await();
      return ExitCodes.OK;
    }
  }

  private static RollbookServer server(Session session) {
    RunLinks links =
        new RunLinks(
            session.catalog().serve().ui().or(session.engine()::webUi),
            session.engine().namespace());
    return new RollbookServer(
        session.catalog(), new TemporalIntake(session.client()), session.client(), links);
  }
}

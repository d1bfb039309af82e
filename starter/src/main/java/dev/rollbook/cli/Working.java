package dev.rollbook.cli;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;

/** {@code rollbook worker}. */
final class Working {

  private final RollbookCommand rollbook;
  private final Terminal terminal;

  Working(RollbookCommand rollbook) {
    this.rollbook = rollbook;
    this.terminal = new Terminal(rollbook.json());
  }

  /** Returns never; a TERM or Ctrl-C drains the worker and ends the process. */
  int untilEnded() throws IOException, InterruptedException {
    try (ClosedAtExit<Session> at =
        new ClosedAtExit<>(Session.open(CatalogOption.read(rollbook.catalog), terminal))) {
      at.value().startWorker();
      Logs.toStandardError();
      terminal.say("worker ready; catalog " + at.value().catalog().file());
      new CountDownLatch(1).await();
      return ExitCodes.OK;
    }
  }
}

package dev.rollbook.crash;

import dev.rollbook.shop.Rollbook;
import java.io.IOException;
import java.io.UncheckedIOException;

/** What gets the SIGKILL; returns once the worker is gone. */
enum Killed {
  WORKER {
    @Override
    void kill(Rollbook.Running worker) throws InterruptedException {
      worker.process().destroyForcibly().waitFor();
    }
  },
  ITS_PROCESS_GROUP {
    @Override
    void kill(Rollbook.Running worker) throws InterruptedException {
      try {
        worker.killGroup();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  };

  abstract void kill(Rollbook.Running worker) throws InterruptedException;

  Killed other() {
    return this == WORKER ? ITS_PROCESS_GROUP : WORKER;
  }
}

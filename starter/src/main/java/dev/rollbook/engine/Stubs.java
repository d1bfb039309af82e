package dev.rollbook.engine;

import io.temporal.serviceclient.WorkflowServiceStubs;
import java.util.concurrent.TimeUnit;

/** The end of a connection. */
final class Stubs {

  private Stubs() {}

  static void close(WorkflowServiceStubs service) {
    service.shutdownNow();
    service.awaitTermination(1, TimeUnit.SECONDS);
  }
}

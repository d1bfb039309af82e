package dev.rollbook.decision;

import dev.rollbook.WorkflowIds;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowNotFoundException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the guard remembers, as it was some seconds ago; asked in the background, so that nobody
 * waits for it. It decides nothing: the guard does.
 */
public final class GuardWatch implements Supplier<Memory>, AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(GuardWatch.class);
  private static final long EVERY_SECONDS = 5;

  private final WorkflowClient client;
  private final GuardUpdates guard;
  private final TimelyCalls calls = new TimelyCalls(TemporalIntake.WITHIN);
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          work -> {
            Thread thread = new Thread(work, "rollbook-guard-watch");
            thread.setDaemon(true);
            return thread;
          });
  private volatile Memory memory = Memory.EMPTY;

  public GuardWatch(WorkflowClient client, GuardLimits limits) {
    this.client = client;
    this.guard = new GuardUpdates(client, limits);
  }

  /** Begins to ask; there is a guard from then on, as soon as Temporal answers. */
  public void start() {
    clock.scheduleWithFixedDelay(this::look, 0, EVERY_SECONDS, TimeUnit.SECONDS);
  }

  /** Nothing as long as the guard has not answered. */
  @Override
  public Memory get() {
    return memory;
  }

  private void look() {
    try {
      memory = calls.inTime(this::ask);
    } catch (RuntimeException e) { // the next look comes all the same
      LOG.debug("the guard does not answer", e);
    }
  }

  private Memory ask() {
    try {
      Memory told = client.newUntypedWorkflowStub(WorkflowIds.GUARD).query("status", Memory.class);
      return told == null ? Memory.EMPTY : told;
    } catch (WorkflowNotFoundException none) {
      guard.begin();
      return Memory.EMPTY;
    }
  }

  @Override
  public void close() {
    clock.shutdownNow();
  }
}

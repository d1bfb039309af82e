package dev.rollbook.decision;

import io.grpc.Context;
import io.grpc.StatusRuntimeException;
import io.temporal.api.errordetails.v1.NamespaceNotFoundFailure;
import io.temporal.client.WorkflowException;
import io.temporal.client.WorkflowNotFoundException;
import io.temporal.client.WorkflowUpdateException;
import io.temporal.serviceclient.StatusUtils;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Calls of Temporal that end in time, whatever it does. */
public final class TimelyCalls {

  private static final ScheduledExecutorService CLOCK =
      Executors.newSingleThreadScheduledExecutor(TimelyCalls::daemon);

  private final Duration within;

  /**
   * @param within each of them
   */
  public TimelyCalls(Duration within) {
    this.within = within;
  }

  /**
   * @throws WorkflowNotFoundException as the call says
   * @throws WorkflowUpdateException as the call says
   * @throws TemporalAway for whatever Temporal's trouble is, a missing namespace too
   */
  public <R> R inTime(Callable<R> asks) {
    Context.CancellableContext limited =
        Context.current().withDeadlineAfter(within.toMillis(), TimeUnit.MILLISECONDS, CLOCK);
    try {
      return limited.call(asks);
    } catch (WorkflowNotFoundException e) {
      throw isOfTheNamespace(e)
          ? new TemporalAway("Temporal has no such namespace: " + e.getMessage(), e)
          : e;
    } catch (WorkflowUpdateException | TemporalAway e) {
      throw e;
    } catch (WorkflowException | StatusRuntimeException e) {
      throw new TemporalAway("Temporal, or its worker, has not answered: " + e.getMessage(), e);
    } catch (RuntimeException e) {
      throw e;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TemporalAway("interrupted", e);
    } catch (Exception e) {
      throw new TemporalAway("Temporal has not answered in time", e);
    } finally {
      limited.cancel(null);
    }
  }

  /** The SDK tells a namespace that is missing like a workflow that is. */
  static boolean isOfTheNamespace(WorkflowNotFoundException e) {
    return e.getCause() instanceof StatusRuntimeException status
        && StatusUtils.hasFailure(status, NamespaceNotFoundFailure.class);
  }

  private static Thread daemon(Runnable work) {
    Thread thread = new Thread(work, "rollbook-deadlines");
    thread.setDaemon(true);
    return thread;
  }
}

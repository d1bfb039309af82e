package dev.rollbook.decision;

import dev.rollbook.TaskQueues;
import dev.rollbook.WorkflowIds;
import io.temporal.api.enums.v1.WorkflowIdConflictPolicy;
import io.temporal.client.UpdateOptions;
import io.temporal.client.WithStartWorkflowOperation;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowOptions;
import io.temporal.workflow.Functions.Func1;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;

/** Asks the one guard, and starts it where there is none yet. */
public final class GuardUpdates implements Guards {

  /** Of 10 that Temporal takes at a time; one that is refused would be sent again 1 s later. */
  private static final int AT_A_TIME = 8;

  private final Semaphore turns = new Semaphore(AT_A_TIME, true);
  private final WorkflowClient client;
  private final GuardLimits limits;

  /**
   * @param limits the catalog's
   */
  public GuardUpdates(WorkflowClient client, GuardLimits limits) {
    this.client = client;
    this.limits = limits;
  }

  @Override
  public Permission mayRollBack(Asked asked) {
    Guard guard = guard();
    return tell(guard, guard::mayRollBack, asked.under(limits), Permission.class);
  }

  @Override
  public void decided(Asked asked) {
    Guard guard = guard();
    inTurn(
        () -> {
          WorkflowClient.executeUpdateWithStart(
              guard::decided,
              asked.under(limits),
              UpdateOptions.newBuilder(Void.class).build(),
              new WithStartWorkflowOperation<>(guard::guard, (Memory) null));
          return null;
        });
  }

  @Override
  public Asked untold(Asked notice) {
    Guard guard = guard();
    return tell(guard, guard::untold, notice, Asked.class);
  }

  /** From now on there is a guard, which hears of what people roll back. */
  public void begin() {
    WorkflowClient.start(guard()::guard, (Memory) null);
  }

  public String freeze(Freeze word) {
    Guard guard = guard();
    return tell(guard, guard::freeze, word, String.class);
  }

  public String unfreeze(Freeze word) {
    Guard guard = guard();
    return tell(guard, guard::unfreeze, word, String.class);
  }

  private <A, R> R tell(Guard guard, Func1<A, R> update, A word, Class<R> answer) {
    return inTurn(
        () ->
            WorkflowClient.executeUpdateWithStart(
                update,
                word,
                UpdateOptions.newBuilder(answer).build(),
                new WithStartWorkflowOperation<>(guard::guard, (Memory) null)));
  }

  private <R> R inTurn(Supplier<R> asks) {
    try {
      turns.acquire();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("the guard is not asked: this process ends");
    }
    try {
      return asks.get();
    } finally {
      turns.release();
    }
  }

  private Guard guard() {
    return client.newWorkflowStub(
        Guard.class,
        WorkflowOptions.newBuilder()
            .setTaskQueue(TaskQueues.ROLLBOOK)
            .setWorkflowId(WorkflowIds.GUARD)
            .setWorkflowIdConflictPolicy(
                WorkflowIdConflictPolicy.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING)
            .setStaticSummary("Keeps alerts from rolling back too much")
            .build());
  }
}

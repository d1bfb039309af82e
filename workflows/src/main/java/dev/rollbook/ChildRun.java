package dev.rollbook;

import dev.rollbook.compose.RollbackCompose;
import dev.rollbook.kubernetes.RollbackKubernetes;
import dev.rollbook.local.RollbackLocal;
import io.temporal.api.enums.v1.ParentClosePolicy;
import io.temporal.failure.CanceledFailure;
import io.temporal.failure.TemporalException;
import io.temporal.workflow.Async;
import io.temporal.workflow.ChildWorkflowOptions;
import io.temporal.workflow.Functions.Proc1;
import io.temporal.workflow.Promise;
import io.temporal.workflow.Workflow;

/** The workflow that does a run's work: its section, or the whole run under its own id. */
final class ChildRun {

  private Promise<Run> end;
  private Proc1<Abort> cutOff;

  void startSection(CatalogEntry entry, RollbackRequest request) {
    String id = WorkflowIds.section(Workflow.getInfo().getWorkflowId(), entry.kind());
    ChildWorkflowOptions options = options(id, "Section " + entry.kind().section());
    switch (entry.kind()) {
      case LOCAL -> {
        RollbackLocal local = Workflow.newChildWorkflowStub(RollbackLocal.class, options);
        cutOff = local::cutOff;
        detached(() -> end = Async.function(local::rollBack, request));
      }
      case COMPOSE -> {
        RollbackCompose compose = Workflow.newChildWorkflowStub(RollbackCompose.class, options);
        cutOff = compose::cutOff;
        detached(() -> end = Async.function(compose::rollBack, request));
      }
      case KUBERNETES -> {
        RollbackKubernetes kubernetes =
            Workflow.newChildWorkflowStub(RollbackKubernetes.class, options);
        cutOff = kubernetes::cutOff;
        detached(() -> end = Async.function(kubernetes::rollBack, request));
      }
    }
  }

  void startRun(String id, RollbackRequest request) {
    Rollback own = Workflow.newChildWorkflowStub(Rollback.class, options(id, null));
    cutOff = own::cutOff;
    detached(() -> end = Async.function(own::rollBack, request));
  }

  /** Asked to end when its parent is closed, never killed in the middle of a step. */
  private static ChildWorkflowOptions options(String id, String summary) {
    return ChildWorkflowOptions.newBuilder()
        .setWorkflowId(id)
        .setStaticSummary(summary)
        .setParentClosePolicy(ParentClosePolicy.PARENT_CLOSE_POLICY_REQUEST_CANCEL)
        .build();
  }

  boolean hasBegun() {
    return end != null;
  }

  boolean isUnderWay() {
    return end != null && !end.isCompleted();
  }

  /**
   * Waits for it, whatever happens.
   *
   * @param onCancel is told of a cancel from Temporal UI, in a detached scope: the child must end
   *     in a defined state
   */
  Run end(Runnable onCancel) {
    try {
      Workflow.await(end::isCompleted);
    } catch (CanceledFailure cancelled) {
      detached(onCancel);
    }
    detached(() -> Workflow.await(end::isCompleted));
    return end.get();
  }

  /** False when it has ended, also when the word of that is still on its way. */
  boolean cutOff(Abort abort) {
    if (!isUnderWay()) {
      return false;
    }
    try {
      cutOff.apply(abort);
      return true;
    } catch (CanceledFailure cancelled) {
      throw cancelled;
    } catch (TemporalException hasEnded) {
      return false;
    }
  }

  private static void detached(Runnable work) {
    Workflow.newDetachedCancellationScope(work).run();
  }
}

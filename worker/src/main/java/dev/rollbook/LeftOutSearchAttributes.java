package dev.rollbook;

import io.temporal.common.SearchAttributeUpdate;
import io.temporal.common.interceptors.WorkerInterceptorBase;
import io.temporal.common.interceptors.WorkflowInboundCallsInterceptor;
import io.temporal.common.interceptors.WorkflowInboundCallsInterceptorBase;
import io.temporal.common.interceptors.WorkflowOutboundCallsInterceptor;
import io.temporal.common.interceptors.WorkflowOutboundCallsInterceptorBase;
import io.temporal.workflow.Workflow;
import io.temporal.workflow.unsafe.WorkflowUnsafe;
import java.util.function.BooleanSupplier;

/**
 * Where the service does not know Rollbook's search attributes, a run goes on without: one that
 * sets them would never end its first task. What a run has begun with it keeps, whichever worker
 * goes on with it: a marker in its history says so.
 */
final class LeftOutSearchAttributes extends WorkerInterceptorBase {

  private static final String MARKER = "search-attributes-left-out";

  private final BooleanSupplier unknown;

  /**
   * @param unknown to the service, as this worker has found
   */
  LeftOutSearchAttributes(BooleanSupplier unknown) {
    this.unknown = unknown;
  }

  @Override
  public WorkflowInboundCallsInterceptor interceptWorkflow(WorkflowInboundCallsInterceptor next) {
    return new WorkflowInboundCallsInterceptorBase(next) {
      @Override
      public void init(WorkflowOutboundCallsInterceptor outbound) {
        super.init(new Outbound(outbound));
      }
    };
  }

  private final class Outbound extends WorkflowOutboundCallsInterceptorBase {

    private Boolean leftOut;

    Outbound(WorkflowOutboundCallsInterceptor next) {
      super(next);
    }

    @Override
    public void upsertTypedSearchAttributes(SearchAttributeUpdate<?>... updates) {
      if (leftOut == null) {
        leftOut = decide();
      }
      if (!leftOut) {
        super.upsertTypedSearchAttributes(updates);
      }
    }

    /** A run that sets them has no marker: its history is as if there were no question. */
    private boolean decide() {
      boolean asked = WorkflowUnsafe.isReplaying() || unknown.getAsBoolean();
      return asked && getVersion(MARKER, Workflow.DEFAULT_VERSION, 1) != Workflow.DEFAULT_VERSION;
    }
  }
}

package dev.rollbook;

import dev.rollbook.local.RollbackLocal;
import io.temporal.api.enums.v1.ParentClosePolicy;
import io.temporal.failure.ApplicationFailure;
import io.temporal.failure.ChildWorkflowFailure;
import io.temporal.workflow.CancellationScope;
import io.temporal.workflow.ChildWorkflowCancellationType;
import io.temporal.workflow.ChildWorkflowOptions;
import io.temporal.workflow.Workflow;

/** The whole run: the section that fits the environment, then the aftermath. */
public final class RollbackWorkflow implements Rollback {

  private LiveRun live;
  private CancellationScope work;
  private Run section;

  @Override
  public Run rollBack(RollbackRequest request) {
    Requests.checked(request);
    live = new LiveRun(request);
    CatalogEntry entry =
        Workflow.newActivityStub(ServiceCatalog.class, StepOptions.look(TaskQueues.ROLLBOOK))
            .find(request.service(), request.environment());
    live.found(entry);
    String ownId = WorkflowIds.run(request.service(), request.environment());
    if (!request.dryRun() && !ownId.equals(Workflow.getInfo().getWorkflowId())) {
      return underItsOwnId(ownId, request);
    }
    Run run = rollBack(request, entry);
    Workflow.await(Workflow::isEveryHandlerFinished);
    return run;
  }

  private Run rollBack(RollbackRequest request, CatalogEntry entry) {
    try {
      work = Workflow.newCancellationScope(() -> section = section(entry, request));
      work.run();
    } catch (ChildWorkflowFailure failure) {
      throw failed(inWords(failure), request, entry);
    }
    live.include(section);
    live.end(section.outcome(), reason());
    // an abort ends the steps, not the record of them
    if (!request.dryRun()) {
      Workflow.newDetachedCancellationScope(() -> writeDown(request, entry)).run();
    }
    return live.snapshot();
  }

  private static Run section(CatalogEntry entry, RollbackRequest request) {
    String id = WorkflowIds.section(Workflow.getInfo().getWorkflowId(), entry.kind());
    ChildWorkflowOptions options = child(id, "Section " + entry.kind().section());
    return switch (entry.kind()) {
      case LOCAL -> Workflow.newChildWorkflowStub(RollbackLocal.class, options).rollBack(request);
    };
  }

  private void writeDown(RollbackRequest request, CatalogEntry entry) {
    Aftermath aftermath = new Aftermath(live.journal(), entry);
    if (section.outcome() == Outcome.ROLLED_BACK) {
      aftermath.recordHealthy(section.plan().pinned());
    }
    if (section.outcome() == Outcome.ROLLED_BACK || section.outcome() == Outcome.STOPPED) {
      live.reported(aftermath.writeReport(request, live.snapshot()));
    }
    aftermath.close(live.snapshot());
  }

  /** The section ended in no defined state: that is written down too, and the run fails. */
  private ApplicationFailure failed(
      ApplicationFailure why, RollbackRequest request, CatalogEntry entry) {
    if (why.getDetails().getSize() > 0) {
      live.include(why.getDetails().get(Run.class));
    }
    live.fail(why.getOriginalMessage());
    if (!request.dryRun()) {
      Aftermath aftermath = new Aftermath(live.journal(), entry);
      live.reported(aftermath.writeReport(request, live.snapshot()));
      aftermath.close(live.snapshot());
    }
    return why;
  }

  /** One service has at most one run at a time: its workflow id sees to that. */
  private Run underItsOwnId(String ownId, RollbackRequest request) {
    Rollback own = Workflow.newChildWorkflowStub(Rollback.class, child(ownId, null));
    try {
      work = Workflow.newCancellationScope(() -> section = own.rollBack(request));
      work.run();
    } catch (ChildWorkflowFailure failure) {
      throw inWords(failure);
    }
    live.include(section);
    live.end(section.outcome(), section.reason());
    return section;
  }

  /** Cancelled with its parent, and waited for: never killed in the middle of a step. */
  private static ChildWorkflowOptions child(String id, String summary) {
    return ChildWorkflowOptions.newBuilder()
        .setWorkflowId(id)
        .setStaticSummary(summary)
        .setParentClosePolicy(ParentClosePolicy.PARENT_CLOSE_POLICY_REQUEST_CANCEL)
        .setCancellationType(ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED)
        .build();
  }

  @Override
  public Run status() {
    return live == null ? null : live.snapshot();
  }

  @Override
  public String abort(Abort abort) {
    Requests.check(abort);
    if (work == null || section != null) {
      throw ApplicationFailure.newNonRetryableFailure(
          "Refused: nothing is under way that could be aborted", "Refused");
    }
    live.aborted(abort);
    work.cancel();
    return "aborting";
  }

  /** A section that was cut off from here does not know by whom. */
  private String reason() {
    Abort abort = live.aborted();
    String words = section.reason();
    return abort == null || section.aborted() != null || !words.startsWith("aborted")
        ? words
        : "aborted by " + abort.by() + ": " + abort.why() + words.substring("aborted".length());
  }

  private static ApplicationFailure inWords(ChildWorkflowFailure failure) {
    if (failure.getCause() instanceof ApplicationFailure cause) {
      Object[] run =
          cause.getDetails().getSize() == 0
              ? new Object[0]
              : new Object[] {cause.getDetails().get(Run.class)};
      return ApplicationFailure.newBuilder()
          .setMessage(cause.getOriginalMessage())
          .setType(cause.getType())
          .setNonRetryable(true)
          .setDetails(run)
          .setCause(failure)
          .build();
    }
    if (failure.getCause() == null || failure.getOriginalMessage() == null) {
      return ApplicationFailure.newNonRetryableFailureWithCause(
          "Section " + failure.getWorkflowType() + " did not run", "SectionFailed", failure);
    }
    return ApplicationFailure.newNonRetryableFailureWithCause(
        failure.getCause().getMessage(), "SectionFailed", failure);
  }
}

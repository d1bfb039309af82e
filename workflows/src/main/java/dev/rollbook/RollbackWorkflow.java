package dev.rollbook;

import dev.rollbook.compose.RollbackCompose;
import dev.rollbook.local.RollbackLocal;
import io.temporal.api.enums.v1.ParentClosePolicy;
import io.temporal.failure.ApplicationFailure;
import io.temporal.failure.CanceledFailure;
import io.temporal.failure.ChildWorkflowFailure;
import io.temporal.workflow.Async;
import io.temporal.workflow.ChildWorkflowOptions;
import io.temporal.workflow.Functions.Proc1;
import io.temporal.workflow.Promise;
import io.temporal.workflow.Workflow;

/** The whole run: the section that fits the environment, then the aftermath. */
public final class RollbackWorkflow implements Rollback {

  private LiveRun live;
  private Promise<Run> child;
  private Proc1<Abort> cutOffChild;

  @Override
  public Run rollBack(RollbackRequest request) {
    Requests.checked(request);
    live = new LiveRun(request);
    CatalogEntry entry = Requests.entryOf(request);
    live.found(entry);
    String ownId = WorkflowIds.run(request.service(), request.environment());
    boolean isOwn = request.dryRun() || ownId.equals(Workflow.getInfo().getWorkflowId());
    Run run = isOwn ? rollBack(request, entry) : underItsOwnId(ownId, request);
    Workflow.await(Workflow::isEveryHandlerFinished);
    return run;
  }

  private Run rollBack(RollbackRequest request, CatalogEntry entry) {
    Aftermath aftermath = new Aftermath(live, entry);
    try {
      startSection(entry, request);
      Run section = endOfChild();
      live.include(section);
      live.end(section.outcome(), section.reason());
    } catch (ChildWorkflowFailure failure) {
      ApplicationFailure why = inWords(failure);
      writeDown(aftermath, request);
      throw why;
    }
    writeDown(aftermath, request);
    return live.snapshot();
  }

  private void startSection(CatalogEntry entry, RollbackRequest request) {
    String id = WorkflowIds.section(Workflow.getInfo().getWorkflowId(), entry.kind());
    ChildWorkflowOptions options = child(id, "Section " + entry.kind().section());
    switch (entry.kind()) {
      case LOCAL -> {
        RollbackLocal local = Workflow.newChildWorkflowStub(RollbackLocal.class, options);
        cutOffChild = local::cutOff;
        detached(() -> child = Async.function(local::rollBack, request));
      }
      case COMPOSE -> {
        RollbackCompose compose = Workflow.newChildWorkflowStub(RollbackCompose.class, options);
        cutOffChild = compose::cutOff;
        detached(() -> child = Async.function(compose::rollBack, request));
      }
    }
  }

  /** One service has at most one run at a time: its workflow id sees to that. */
  private Run underItsOwnId(String ownId, RollbackRequest request) {
    Rollback own = Workflow.newChildWorkflowStub(Rollback.class, child(ownId, null));
    cutOffChild = own::cutOff;
    detached(() -> child = Async.function(own::rollBack, request));
    try {
      Run run = endOfChild();
      live.include(run);
      live.end(run.outcome(), run.reason());
      return run;
    } catch (ChildWorkflowFailure failure) {
      throw inWords(failure);
    }
  }

  /** A cancel from Temporal UI reaches the child as an abort: it must end in a defined state. */
  private Run endOfChild() {
    try {
      Workflow.await(child::isCompleted);
    } catch (CanceledFailure cancelled) {
      detached(() -> cutOff(new Abort("Temporal", "cancelled, without a reason given")));
    }
    detached(() -> Workflow.await(child::isCompleted));
    return child.get();
  }

  /** An abort ends the steps, not the record of them. */
  private void writeDown(Aftermath aftermath, RollbackRequest request) {
    if (!request.dryRun()) {
      detached(() -> aftermath.writeDown(request));
    }
  }

  private static void detached(Runnable work) {
    Workflow.newDetachedCancellationScope(work).run();
  }

  /** Asked to end when its parent is closed, never killed in the middle of a step. */
  private static ChildWorkflowOptions child(String id, String summary) {
    return ChildWorkflowOptions.newBuilder()
        .setWorkflowId(id)
        .setStaticSummary(summary)
        .setParentClosePolicy(ParentClosePolicy.PARENT_CLOSE_POLICY_REQUEST_CANCEL)
        .build();
  }

  @Override
  public Run status() {
    return live == null ? null : live.snapshot();
  }

  @Override
  public String abort(Abort abort) {
    Requests.check(abort);
    Workflow.await(() -> child != null);
    if (child.isCompleted()) {
      throw Requests.refused("nothing is under way that could be aborted");
    }
    cutOff(abort);
    return "aborting";
  }

  @Override
  public void cutOff(Abort abort) {
    Workflow.await(() -> child != null);
    if (!child.isCompleted()) {
      live.aborted(abort);
      cutOffChild.apply(abort);
    }
  }

  /** The section's own failure, with the run as far as it got. */
  private ApplicationFailure inWords(ChildWorkflowFailure failure) {
    if (!(failure.getCause() instanceof ApplicationFailure cause)) {
      String why =
          failure.getCause() == null ? failure.getMessage() : failure.getCause().getMessage();
      live.fail(why);
      return ApplicationFailure.newNonRetryableFailureWithCause(
          failure.getExecution().getWorkflowId() + " did not run: " + why,
          "SectionFailed",
          failure);
    }
    if (cause.getDetails().getSize() > 0) {
      live.include(cause.getDetails().get(Run.class));
    }
    live.fail(cause.getOriginalMessage());
    return ApplicationFailure.newBuilder()
        .setMessage(cause.getOriginalMessage())
        .setType(cause.getType())
        .setNonRetryable(true)
        .setDetails(live.snapshot())
        .setCause(failure)
        .build();
  }
}

package dev.rollbook;

import dev.rollbook.decision.Alert;
import dev.rollbook.decision.ByHand;
import dev.rollbook.decision.Deciding;
import dev.rollbook.decision.Joined;
import io.temporal.failure.ApplicationFailure;
import io.temporal.failure.ChildWorkflowFailure;
import io.temporal.workflow.Workflow;
import java.util.ArrayList;
import java.util.List;

/** The whole run: the section that fits the environment, then the aftermath. */
public final class RollbackWorkflow implements Rollback {

  private static final Abort CANCELLED = new Abort("Temporal", "cancelled, without a reason given");

  /** With these; each of them may bring a hundred alerts. */
  private static final int MOST_ALERT_UPDATES = 500;

  private final Deciding deciding = new Deciding();
  private final ChildRun child = new ChildRun();
  private LiveRun live;
  private AlertedRun alerted;
  private int alertUpdates;

  @Override
  public Run rollBack(RollbackRequest request) {
    Requests.checked(request);
    LiveRun begun = new LiveRun(request);
    deciding.show(begun, request);
    live = begun;
    CatalogEntry entry = Requests.entryOf(request);
    live.found(entry);
    deciding.goBy(entry);
    String ownId = WorkflowIds.run(request.service(), request.environment());
    boolean isOwn = request.dryRun() || ownId.equals(Workflow.getInfo().getWorkflowId());
    Run run = isOwn ? rollBack(request, entry) : underItsOwnId(ownId, request);
    Workflow.await(Workflow::isEveryHandlerFinished);
    return run;
  }

  private Run rollBack(RollbackRequest request, CatalogEntry entry) {
    Aftermath aftermath = new Aftermath(live, entry);
    try {
      RollbackRequest toDo = request;
      if (!isDecided(request)) {
        alerted = new AlertedRun(live, deciding, child, entry, request, this::cancelled);
        toDo = alerted.planned();
      }
      if (live.hasEnded()) {
        writeDown(aftermath, request);
        return live.snapshot();
      }
      child.startSection(entry, toDo);
      Run section = child.end(this::cancelled);
      live.include(section);
      live.end(section.outcome(), section.reason());
      ByHand.tellGuard(request, live.snapshot(), deciding.isAgainstGuard());
    } catch (ChildWorkflowFailure failure) {
      ApplicationFailure why = inWords(failure);
      writeDown(aftermath, request);
      throw withTheRunNow(why);
    }
    writeDown(aftermath, request);
    return live.snapshot();
  }

  /** By hand it is, and with a plan, which is made after the decision. */
  private static boolean isDecided(RollbackRequest request) {
    return request.trigger() != Trigger.ALERT || request.dryRun() || request.plan() != null;
  }

  private void cancelled() {
    cutOff(CANCELLED);
  }

  /** One service has at most one run at a time: its workflow id sees to that. */
  private Run underItsOwnId(String ownId, RollbackRequest request) {
    child.startRun(ownId, request);
    try {
      Run run = child.end(this::cancelled);
      live.include(run);
      live.end(run.outcome(), run.reason());
      return run;
    } catch (ChildWorkflowFailure failure) {
      throw inWords(failure);
    }
  }

  /** An abort ends the steps, not the record of them. */
  private void writeDown(Aftermath aftermath, RollbackRequest request) {
    if (!request.dryRun()) {
      detached(
          () -> {
            aftermath.writeDown(request);
            live.awaitOthers();
          });
    }
  }

  private static void detached(Runnable work) {
    Workflow.newDetachedCancellationScope(work).run();
  }

  @Override
  public Run status() {
    return live == null ? null : live.snapshot();
  }

  @Override
  public String abort(Abort abort) {
    Requests.check(abort);
    awaitWork();
    if (!reaches(abort)) {
      throw Requests.refused("too late: nothing is under way any more that could be aborted");
    }
    return "aborting";
  }

  @Override
  public void cutOff(Abort abort) {
    awaitWork();
    reaches(abort);
  }

  /** A word may come before the first line of the run. */
  private void awaitWork() {
    Workflow.await(() -> child.hasBegun() || deciding.isOpen() || live != null && live.hasEnded());
  }

  private boolean reaches(Abort abort) {
    if (alerted != null && alerted.decides()) {
      deciding.abort(abort);
    } else if (!child.cutOff(abort)) {
      return false;
    }
    live.aborted(abort);
    return true;
  }

  @Override
  public String approve(Verdict verdict) {
    return decide(true, verdict);
  }

  @Override
  public String reject(Verdict verdict) {
    return decide(false, verdict);
  }

  private String decide(boolean yes, Verdict verdict) {
    Requests.check(verdict);
    if (!deciding.isOpen()) {
      throw Requests.refused(
          !child.isUnderWay()
              ? "nothing is asked any more"
              : "nothing is asked by the run; what its section asks, that workflow is told");
    }
    return deciding.decide(yes, verdict);
  }

  @Override
  public void isOfThisService(Alert alert) {
    Requests.check(alert);
    String id = WorkflowIds.run(alert.service(), alert.environment());
    if (!id.equals(Workflow.getInfo().getWorkflowId())) {
      throw Requests.refused("alerts of " + alert.service() + " go to " + id);
    }
    if (alertUpdates >= MOST_ALERT_UPDATES) {
      throw Requests.refused(FULL);
    }
  }

  @Override
  public Joined alert(Alert alert) {
    alertUpdates++;
    Workflow.await(() -> live != null);
    return deciding.join(alert);
  }

  @Override
  public void areOfThisService(List<Alert> alerts) {
    alerts.forEach(this::isOfThisService);
  }

  @Override
  public List<Joined> alerts(List<Alert> alerts) {
    alertUpdates++;
    Workflow.await(() -> live != null);
    List<Joined> joined = new ArrayList<>();
    try {
      alerts.forEach(each -> joined.add(deciding.join(each)));
    } catch (ApplicationFailure isOver) {
      if (joined.isEmpty()) {
        throw isOver;
      }
    }
    return joined;
  }

  @Override
  public void alerted(Alert alert) {
    Workflow.await(() -> live != null);
    try {
      deciding.join(alert);
    } catch (ApplicationFailure isOver) {
      Workflow.getLogger(Rollback.class).warn("{}: {}", alert.words(), isOver.getMessage());
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

  /** The same, with the run as it was written down: who reads the failure finds the report. */
  private ApplicationFailure withTheRunNow(ApplicationFailure why) {
    return ApplicationFailure.newBuilder()
        .setMessage(why.getOriginalMessage())
        .setType(why.getType())
        .setNonRetryable(true)
        .setDetails(live.snapshot())
        .setCause(why.getCause())
        .build();
  }
}

package dev.rollbook;

import dev.rollbook.Plan.PlannedStep;
import dev.rollbook.escalation.Escalate;
import dev.rollbook.escalation.Incident;
import dev.rollbook.escalation.Incident.Trouble;
import dev.rollbook.escalation.SoFar;
import io.temporal.api.enums.v1.ParentClosePolicy;
import io.temporal.failure.ChildWorkflowFailure;
import io.temporal.failure.TemporalException;
import io.temporal.workflow.Async;
import io.temporal.workflow.ChildWorkflowOptions;
import io.temporal.workflow.Promise;
import io.temporal.workflow.Workflow;
import java.time.Duration;
import java.util.Set;

/**
 * Calls people, where the catalog has somebody to call: starts the service's escalation, or joins
 * the one that is under way. Nothing here fails what it is raised for, or holds it up for long.
 */
final class Alarm {

  private static final PlannedStep CALL = new PlannedStep("N1", "Call people");

  /** Temporal starts a workflow in milliseconds, or is in trouble itself. */
  private static final Duration WITHIN = Duration.ofSeconds(10);

  /** An escalation may end between "it is there already" and the word to it. */
  private static final int TRIES = 3;

  private final LiveRun live;
  private final boolean escalates;
  private final String id;
  private Incident incident;
  private boolean isTold;
  private boolean hasStarted;

  Alarm(LiveRun live, CatalogEntry entry) {
    Run run = live.snapshot();
    this.live = live;
    this.escalates = entry.escalates();
    this.id = WorkflowIds.escalation(run.service(), run.environment());
  }

  /**
   * May be raised again, for the same or for another reason.
   *
   * @param incidentId names it for ever: the plan's
   * @param title one line, with places for the service and its environment
   * @param troubles what made it necessary: they say who is called
   */
  void raise(String incidentId, String title, String why, Set<Trouble> troubles) {
    if (escalates) {
      Run run = live.snapshot();
      incident =
          new Incident(
              incidentId,
              run.service(),
              run.environment(),
              title.formatted(run.service(), run.environment()),
              why,
              troubles,
              false,
              "rollback");
      isTold = false;
      soon(this::call);
      if (!isTold) {
        live.journal()
            .ended(CALL, Step.Status.FAILED, id + " has not started; it is still being tried");
      }
    }
  }

  /** The service stands still, which the boards must say. */
  void stopped() {
    if (escalates) {
      soon(() -> tell(escalation()::stopped));
    }
  }

  /** The service runs again, healthy, which the boards must say if they say anything else. */
  void released() {
    if (escalates) {
      soon(() -> tell(escalation()::released));
    }
  }

  /** It could not even be stopped: more people must come. */
  void worsened(String why) {
    if (escalates) {
      incident = incident.worse(Trouble.INFRASTRUCTURE, why);
      soon(this::call);
    }
  }

  private static void soon(Runnable tells) {
    Workflow.newDetachedCancellationScope(
            () -> {
              Promise<Void> told = Async.procedure(tells::run);
              Workflow.await(WITHIN, told::isCompleted);
            })
        .run();
  }

  private void call() {
    for (int i = 0; i < TRIES; i++) {
      if (isStarted() || isJoined()) {
        return;
      }
    }
    tell(Step.Status.FAILED, id + " could not be started: call people yourself");
  }

  private boolean isStarted() {
    Escalate escalation =
        Workflow.newChildWorkflowStub(
            Escalate.class,
            ChildWorkflowOptions.newBuilder()
                .setWorkflowId(id)
                .setStaticSummary(incident.title())
                .setParentClosePolicy(ParentClosePolicy.PARENT_CLOSE_POLICY_ABANDON)
                .build());
    Async.function(
        escalation::escalate,
        // the one that was started before has ended, and its notices are not to be taken for these
        hasStarted ? incident.anew(Journal.now()) : incident,
        (SoFar) null);
    try {
      Workflow.getWorkflowExecution(escalation).get();
      hasStarted = true;
      tell(Step.Status.DONE, id);
      return true;
    } catch (ChildWorkflowFailure isThereAlready) {
      return false;
    }
  }

  private boolean isJoined() {
    try {
      escalation().worsened(incident);
      tell(Step.Status.DONE, id + ", which was under way already");
      return true;
    } catch (TemporalException hasEnded) {
      return false;
    }
  }

  private void tell(Runnable word) {
    try {
      word.run();
    } catch (TemporalException hasEnded) {
      Workflow.getLogger(Alarm.class).info("{}: nobody to tell", id);
    }
  }

  private Escalate escalation() {
    return Workflow.newExternalWorkflowStub(Escalate.class, id);
  }

  /** The journal has one line of it, however often people are told. */
  private void tell(Step.Status status, String summary) {
    if (!isTold) {
      isTold = true;
      live.journal().ended(CALL, status, summary);
    }
  }
}

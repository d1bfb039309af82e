package dev.rollbook;

import dev.rollbook.escalation.Incident.Trouble;
import io.temporal.failure.ApplicationFailure;
import io.temporal.failure.TemporalException;
import io.temporal.failure.TemporalFailure;
import io.temporal.workflow.Workflow;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;

/** People first, then a run that is under way, then the service. */
public final class EmergencyStopWorkflow implements EmergencyStop {

  /** A run that does not end by then is stopped against. */
  private static final Duration RUN_ENDS_WITHIN = Duration.ofMinutes(2);

  private static final Duration ASKED_EVERY = Duration.ofSeconds(5);

  private LiveRun live;

  @Override
  public Run stop(Order order) {
    RollbackRequest request = Requests.checked(order).asRequest();
    live = new LiveRun(request);
    CatalogEntry entry = Requests.entryOf(request);
    live.found(entry);
    // once begun it is done: a cancel leaves no service half stopped
    Workflow.newDetachedCancellationScope(() -> stop(order, request, entry)).run();
    return live.snapshot();
  }

  private void stop(Order order, RollbackRequest request, CatalogEntry entry) {
    String why = "stopped by " + order.requestedBy() + ": " + order.reason();
    String planId = Workflow.randomUUID().toString();
    Alarm alarm = new Alarm(live, entry);
    alarm.raise(planId, "%s in %s is being stopped", why, Set.of(Trouble.ROLLBACK));
    live.journal().whenNotTaken(step -> alarm.worsened(Journal.notTaken(step, entry.taskQueue())));
    endRun(order);
    EmergencySteps steps = new EmergencySteps(live.journal(), entry);
    try {
      PinnedService service = steps.pin(order, planId);
      live.planned(new Plan(service, false, List.of(), List.of()));
      steps.stop(service);
    } catch (TemporalFailure failure) {
      String still = "the service could not be stopped: " + Journal.reason(failure);
      alarm.worsened(still);
      live.fail(why + "; and " + still);
      new Aftermath(live, entry).writeDown(request);
      throw ApplicationFailure.newNonRetryableFailure(
          live.snapshot().reason(), "StopFailed", live.snapshot());
    }
    alarm.stopped();
    live.end(Outcome.STOPPED, why);
    new Aftermath(live, entry).writeDown(request);
  }

  /** A word that does not arrive says that there is no run, or none any more. */
  private void endRun(Order order) {
    Rollback run =
        Workflow.newExternalWorkflowStub(
            Rollback.class, WorkflowIds.run(order.service(), order.environment()));
    Instant latest = Journal.now().plus(RUN_ENDS_WITHIN);
    try {
      while (Journal.now().isBefore(latest)) {
        run.cutOff(new Abort(order.requestedBy(), "emergency stop: " + order.reason()));
        Workflow.sleep(ASKED_EVERY);
      }
    } catch (TemporalException noRun) {
      return;
    }
    Workflow.getLogger(EmergencyStop.class).warn("the run has not ended; stopping all the same");
  }

  @Override
  public Run status() {
    return live == null ? null : live.snapshot();
  }
}

package dev.rollbook.escalation;

import dev.rollbook.Abort;
import io.temporal.workflow.QueryMethod;
import io.temporal.workflow.SignalMethod;
import io.temporal.workflow.UpdateMethod;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;

/** Calls people until one answers; announces how the service stands. Outlives the run it is for. */
@WorkflowInterface
public interface Escalate {

  /**
   * {@code {"service":"shopping-service","environment":"production","title":"…"}} is enough. Ends
   * when the incident is closed; where no board was told of it, by itself, once nobody has been to
   * be called any more for a day: until then a late answer is told who had it first. What fails
   * once it is closed, and before it has ended, begins it anew.
   *
   * @param soFar null to begin; what it had come to, when it goes on in a new history
   * @throws io.temporal.failure.ApplicationFailure InvalidRequest, UnknownService at once
   */
  @WorkflowMethod
  Escalation escalate(Incident incident, SoFar soFar);

  @QueryMethod(description = "Who was called when, who answered, and when the next call is due.")
  Escalation status();

  @UpdateMethod(
      description =
          "Answers for a level: {\"by\":\"who\",\"level\":\"oncall\",\"note\":\"…\"}. Says who had it first.")
  String acknowledge(Acknowledgement acknowledgement);

  @UpdateMethod(
      description = "The incident is over: {\"by\":\"who\",\"why\":\"reason\"}. Announced as such.")
  String close(Abort over);

  /**
   * More failed than was known at first: the levels that this calls are called from now on.
   * Repeating it changes nothing. Under another id it is a new incident of the same service:
   * whoever it calls is called again, whatever they answered before; without an id it is a note.
   */
  @SignalMethod(description = "Adds troubles: the levels they call are called too.")
  void worsened(Incident incident);

  /** The service stands still now, which is announced. */
  @SignalMethod(description = "The service has been stopped.")
  void stopped();

  /** The service runs again; people are still at it, which is announced. */
  @SignalMethod(description = "The stop has been lifted.")
  void released();
}

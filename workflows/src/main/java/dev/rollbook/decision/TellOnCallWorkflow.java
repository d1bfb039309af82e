package dev.rollbook.decision;

import dev.rollbook.Journal;
import dev.rollbook.StepOptions;
import dev.rollbook.escalation.Incident;
import dev.rollbook.escalation.Incident.Trouble;
import dev.rollbook.escalation.OnCall;
import io.temporal.activity.ActivityOptions;
import io.temporal.failure.ActivityFailure;
import io.temporal.workflow.TimerOptions;
import io.temporal.workflow.Workflow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** A notice, over the channels of the service's escalation. */
public final class TellOnCallWorkflow implements TellOnCall {

  private static final String CHANGE = "asks-who-was-told";

  /** On a pager: long enough to ring, over before its own policy calls the next one. */
  private static final Duration STANDS = Duration.ofMinutes(10);

  @Override
  public List<String> tell(Alert first, String why, Alike alike) {
    List<String> told = new ArrayList<>();
    Alike all =
        alike == null ? new Alike(List.of(first), List.of(TellOnCall.key(first, why))) : alike;
    List<String> untold = untold(first, all.keys(), told);
    if (!untold.isEmpty()) {
      Alert alert = all.standsFor(untold, why, first);
      int more = untold.size() - 1;
      String others =
          more == 0 ? "" : "; and " + more + " more that only a person may decide about";
      Incident incident =
          new Incident(
              Workflow.getInfo().getWorkflowId(),
              alert.service(),
              alert.environment(),
              title(alert),
              why + others + "\n" + alert.describe(),
              Set.of(Trouble.ROLLBACK),
              false,
              "alert");
      OnCall onCall = new OnCall(incident, "Q1 Tell", alert.severity(), told::add);
      onCall.tell();
      if (onCall.staysOpen() && endsItsCalls()) {
        Workflow.newTimer(
                STANDS, TimerOptions.newBuilder().setSummary("Q2 Nobody has to answer").build())
            .get();
        onCall.over();
      }
    }
    return told;
  }

  private static boolean endsItsCalls() {
    return Workflow.getVersion("ends its calls", Workflow.DEFAULT_VERSION, 1) == 1;
  }

  /** What has ended and is about no service is what was to fire always. */
  private static String title(Alert alert) {
    boolean isSilence = alert.state() == Alert.State.RESOLVED && alert.service() == null;
    return (isSilence ? "alerts may not come through: " : "an alert that nothing is done about: ")
        + alert.words();
  }

  /** Whoever else tells of some of these at the same time, the guard knows. */
  private static List<String> untold(Alert alert, List<String> keys, List<String> notes) {
    if (Workflow.getVersion(CHANGE, Workflow.DEFAULT_VERSION, 1) == Workflow.DEFAULT_VERSION) {
      return keys;
    }
    Guards guards =
        Workflow.newActivityStub(
            Guards.class,
            ActivityOptions.newBuilder(StepOptions.guard()).setSummary("Q0 Who was told").build());
    String run = Workflow.getInfo().getRunId();
    try {
      return guards
          .untold(new Asked(run, alert.service(), alert.environment(), null, null, keys, null))
          .alerts();
    } catch (ActivityFailure failure) { // rather twice than not at all
      notes.add("nobody knows who was told before: " + Journal.reason(failure));
      return keys;
    }
  }
}

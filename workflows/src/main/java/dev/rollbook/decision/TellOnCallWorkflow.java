package dev.rollbook.decision;

import dev.rollbook.escalation.Incident;
import dev.rollbook.escalation.Incident.Trouble;
import dev.rollbook.escalation.OnCall;
import io.temporal.workflow.Workflow;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** A notice, over the channels of the service's escalation. */
public final class TellOnCallWorkflow implements TellOnCall {

  @Override
  public List<String> tell(Alert alert, String why) {
    List<String> told = new ArrayList<>();
    Incident incident =
        new Incident(
            Workflow.getInfo().getWorkflowId(),
            alert.service(),
            alert.environment(),
            "an alert that nothing is done about: " + alert.words(),
            why + "\n" + alert.describe(),
            Set.of(Trouble.ROLLBACK),
            false,
            "alert");
    new OnCall(incident, "Q1 Tell", told::add).tell();
    return told;
  }
}

package dev.rollbook.escalation;

import dev.rollbook.Finding;
import dev.rollbook.Run;
import dev.rollbook.WorkflowIds;
import io.temporal.failure.TemporalException;
import io.temporal.workflow.Workflow;
import java.util.Set;

/** The incident of a service that Rollbook has stopped, as long as it is open. */
public final class StandingIncident {

  private final String service;
  private final String environment;

  private StandingIncident(String service, String environment) {
    this.service = service;
    this.environment = environment;
  }

  /** Whether it is the stop that keeps this plan from being carried out. */
  public static boolean hasStopped(Run planned) {
    return planned.findings().stream()
        .anyMatch(
            each -> each.level() == Finding.Level.BLOCKER && each.check().equals(Finding.STOP));
  }

  public static StandingIncident of(Run run) {
    return new StandingIncident(run.service(), run.environment());
  }

  /** Whoever is at it finds the alert in the incident; nobody is called again for it. */
  public void hears(String alert) {
    String id = WorkflowIds.escalation(service, environment);
    Incident note =
        new Incident(
            null,
            service,
            environment,
            null,
            "while it stands still: " + alert,
            Set.of(),
            false,
            null);
    try {
      Workflow.newExternalWorkflowStub(Escalate.class, id).worsened(note);
    } catch (TemporalException none) {
      Workflow.getLogger(Escalate.class).info("{}: nobody to tell of {}", id, alert);
    }
  }
}

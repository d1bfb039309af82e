package dev.rollbook.crash;

import dev.rollbook.Abort;
import dev.rollbook.escalation.Acknowledgement;
import dev.rollbook.escalation.Escalate;
import dev.rollbook.escalation.Escalation;
import dev.rollbook.escalation.Incident;
import dev.rollbook.escalation.SoFar;
import io.temporal.workflow.Workflow;
import java.time.Instant;
import java.util.List;

/** An escalation that answers, and whose calls do not go out any more. */
public final class StoppedCalls implements Escalate {

  static final String QUEUE = "stopped-calls";

  private Escalation stands;

  /** The incident says why: when the next call is due. */
  @Override
  public Escalation escalate(Incident incident, SoFar soFar) {
    stands =
        new Escalation(
            incident,
            "hash",
            Instant.parse(incident.why()),
            null,
            Instant.parse(incident.why()),
            List.of(),
            null,
            List.of());
    Workflow.await(() -> false);
    return stands;
  }

  @Override
  public Escalation status() {
    return stands;
  }

  @Override
  public String acknowledge(Acknowledgement acknowledgement) {
    throw new UnsupportedOperationException();
  }

  @Override
  public String close(Abort over) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void worsened(Incident incident) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void stopped() {
    throw new UnsupportedOperationException();
  }

  @Override
  public void released() {
    throw new UnsupportedOperationException();
  }
}

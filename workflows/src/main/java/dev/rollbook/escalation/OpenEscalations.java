package dev.rollbook.escalation;

import io.temporal.activity.ActivityInterface;
import java.time.Instant;
import java.util.List;

/** The escalations that are under way, as Temporal knows them. */
@ActivityInterface(namePrefix = "OpenEscalations")
public interface OpenEscalations {

  /** Reads only. One that cannot be asked is listed with its trouble. */
  List<Open> list();

  /**
   * @param incident what it is for; of one that cannot be asked no more than its id, which may be
   *     null, service and environment, and null when not even those are known
   * @param nextCallAt null when nobody is to be called any more
   * @param trouble why it could not be asked; null when it could
   */
  record Open(String workflowId, Incident incident, Instant nextCallAt, String trouble) {}
}

package dev.rollbook.escalation;

import io.temporal.activity.ActivityInterface;

/** What the catalog says of escalation. */
@ActivityInterface(namePrefix = "EscalationPolicies")
public interface EscalationPolicies {

  /**
   * @param service null: what holds where no service says otherwise
   * @throws io.temporal.failure.ApplicationFailure UnknownService, not retried
   */
  EscalationPolicy find(String service, String environment);
}

package dev.rollbook.decision;

import dev.rollbook.PinnedService;
import dev.rollbook.Severity;
import io.temporal.activity.ActivityInterface;

/**
 * The service's metrics, as the catalog says where they are. Reads only. Whatever keeps them from
 * answering is an answer: {@link Shown#UNKNOWN}, and why.
 */
@ActivityInterface(namePrefix = "Metrics")
public interface Metrics {

  /** Whether the service has what the runbook's table calls so severe. */
  Symptoms look(String service, String environment, Severity severity);

  /** Whether the version that would be rolled back is hit, and no other one. */
  Symptoms compareVersions(PinnedService service);
}

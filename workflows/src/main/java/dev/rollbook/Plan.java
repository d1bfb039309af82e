package dev.rollbook;

import java.util.List;

/**
 * The target, the steps that lead there, and what preflight found.
 *
 * @param alreadyThere the service runs the target, healthy: there is nothing to do
 */
public record Plan(
    PinnedService pinned, boolean alreadyThere, List<Finding> findings, List<PlannedStep> steps) {

  /**
   * One step to come.
   *
   * @param id the runbook line, {@code A1}
   */
  public record PlannedStep(String id, String title) {}

  public Plan {
    findings = findings == null ? List.of() : List.copyOf(findings);
    steps = steps == null ? List.of() : List.copyOf(steps);
  }
}

package dev.rollbook;

import dev.rollbook.decision.Decision;
import java.time.Instant;
import java.util.List;

/**
 * A run: its state while it is under way, its result once it has ended.
 *
 * @param runId the workflow id
 * @param section the runbook's letter: {@code A}
 * @param outcome null while the run is under way, and for a plan
 * @param reason why it ended so, in words
 * @param asks what people must decide now; null for nothing
 * @param report the incident report's file; null for none
 * @param decision how an alert came to this; null for a run without one
 * @param aborted who ended it before its time; null for nobody
 */
public record Run(
    String runId,
    String service,
    String environment,
    String section,
    Outcome outcome,
    String reason,
    Version from,
    Version target,
    Plan plan,
    Instant startedAt,
    Instant endedAt,
    Abort aborted,
    Question asks,
    String report,
    Decision decision,
    List<Finding> findings,
    List<Step> steps) {

  public Run {
    findings = findings == null ? List.of() : List.copyOf(findings);
    steps = steps == null ? List.of() : List.copyOf(steps);
  }

  /** A dry run has no outcome; nor has a run that came to no defined end, but its steps failed. */
  public boolean endedAsPlan() {
    return endedAt != null
        && outcome == null
        && !steps.isEmpty()
        && steps.stream().noneMatch(step -> step.status() == Step.Status.FAILED);
  }

  /** The same, as part of the run that it is a section of. */
  public Run within(Run whole) {
    return new Run(
        whole.runId(),
        service,
        environment,
        section,
        outcome,
        reason,
        from,
        target,
        plan,
        startedAt,
        endedAt,
        aborted,
        asks,
        report,
        whole.decision(),
        findings,
        steps);
  }
}

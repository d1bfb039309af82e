package dev.rollbook.aftermath;

import dev.rollbook.Outcome;
import dev.rollbook.Run;
import dev.rollbook.Step;
import dev.rollbook.decision.Alert;
import dev.rollbook.decision.Decision;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;

/** When what happened in an incident, as far as the run that ended it knows. */
final class IncidentTimes {

  private static final String STOP = "S1";

  private final Run run;

  IncidentTimes(Run run) {
    this.run = run;
  }

  /** By the monitoring's clock: since when the first of its alerts fired. */
  Optional<Instant> detected() {
    return alerts().map(Alert::startsAt).min(Comparator.naturalOrder());
  }

  /** By whom or what the run was asked for, where nobody was asked further. */
  Optional<Instant> decided() {
    return run.decision() == null
        ? Optional.of(run.startedAt())
        : Optional.ofNullable(run.decision().decided()).map(Decision.Decided::at);
  }

  Optional<Instant> rolledBack() {
    return run.outcome() == Outcome.ROLLED_BACK
        ? Optional.ofNullable(run.endedAt())
        : Optional.empty();
  }

  Optional<Instant> failed() {
    return run.steps().stream()
        .filter(step -> run.outcome() != Outcome.ROLLED_BACK)
        .filter(step -> step.status() == Step.Status.FAILED)
        .map(Step::endedAt)
        .findFirst();
  }

  Optional<Instant> stopped() {
    return run.steps().stream()
        .filter(step -> step.id().equals(STOP))
        .filter(step -> step.status() == Step.Status.DONE || step.status() == Step.Status.SKIPPED)
        .map(Step::endedAt)
        .findFirst();
  }

  /** From the alert to us. */
  String toDetect() {
    return between(detected(), received());
  }

  String toDecide() {
    return between(received(), decided());
  }

  String toRollback() {
    return between(decided(), rolledBack());
  }

  /** As the users see it, where an alert says since when. */
  String toRestore() {
    return between(detected(), rolledBack());
  }

  private Optional<Instant> received() {
    return alerts().map(Alert::receivedAt).min(Comparator.naturalOrder());
  }

  private Stream<Alert> alerts() {
    return run.decision() == null ? Stream.of() : run.decision().alerts().stream();
  }

  /** In ISO 8601; empty where one of the two is not known. */
  private static String between(Optional<Instant> from, Optional<Instant> to) {
    return from.isPresent() && to.isPresent()
        ? Duration.between(from.get(), to.get()).toString()
        : "";
  }
}

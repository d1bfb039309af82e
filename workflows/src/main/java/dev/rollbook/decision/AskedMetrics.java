package dev.rollbook.decision;

import dev.rollbook.CatalogEntry;
import dev.rollbook.Journal;
import dev.rollbook.LiveRun;
import dev.rollbook.PinnedService;
import dev.rollbook.Plan.PlannedStep;
import dev.rollbook.RollbackRequest;
import dev.rollbook.Severity;
import dev.rollbook.StepOptions;
import io.temporal.failure.TemporalFailure;
import io.temporal.workflow.Workflow;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * The metrics, as one run asks for them: before it decides, and again after a while where they
 * might bring it to another decision. A cancel of the run waits for the answer, which takes
 * seconds.
 */
final class AskedMetrics {

  private static final PlannedStep LOOK = new PlannedStep("D4", "Look at the metrics");
  private static final PlannedStep COMPARE =
      new PlannedStep("D5", "Compare the versions in the metrics");

  /** Doubled each time: a run that waits for days does not fill its history. */
  private static final Duration FIRST_PAUSE = Duration.ofMinutes(1);

  private final LiveRun live;
  private final RollbackRequest request;
  private final CatalogEntry entry;
  private final boolean watches;
  private Symptoms last;
  private boolean wasShown;
  private Severity severity;
  private boolean resolved;
  private Duration pause = FIRST_PAUSE;
  private Instant again;

  /**
   * @param watches false in histories from before it did
   */
  AskedMetrics(LiveRun live, RollbackRequest request, CatalogEntry entry, boolean watches) {
    this.watches = watches;
    this.live = live;
    this.request = request;
    this.entry = entry;
  }

  /** The newest answer; asks again when it is about something else by now, or has grown old. */
  Symptoms look(Severity asked, boolean areResolved) {
    boolean isNew = last == null || severity != asked || resolved != areResolved;
    if (isNew || !Journal.now().isBefore(again)) {
      severity = asked;
      resolved = areResolved;
      pause = isNew && watches ? FIRST_PAUSE : pause;
      lookNow();
    }
    return last;
  }

  Symptoms lookNow() {
    last = ask(LOOK, metrics -> metrics.look(request.service(), request.environment(), severity));
    wasShown |= last.shown() == Shown.SHOWN;
    again = Journal.now().plus(pause);
    pause = pause.multipliedBy(2);
    return last;
  }

  /** What was there to be seen is there no longer, though the service is used. */
  boolean hasGone() {
    return wasShown && last.shown() == Shown.NOT_SHOWN && last.allowAnEnd();
  }

  Symptoms compareVersions(PinnedService service) {
    return ask(COMPARE, metrics -> metrics.compareVersions(service));
  }

  /** What was seen last; null for nothing yet. */
  Symptoms last() {
    return last;
  }

  /** When a look may show something else. */
  Instant again() {
    return again;
  }

  private Symptoms ask(PlannedStep step, Function<Metrics, Symptoms> asks) {
    List<Symptoms> answer = new ArrayList<>();
    Workflow.newDetachedCancellationScope(
            () -> {
              try {
                answer.add(
                    live.journal()
                        .step(
                            step,
                            StepOptions.metrics(entry.taskQueue()),
                            Metrics.class,
                            asks,
                            Symptoms::report));
              } catch (TemporalFailure failure) {
                answer.add(Symptoms.unknown("nobody could be asked: " + Journal.reason(failure)));
              }
            })
        .run();
    return answer.get(0);
  }
}

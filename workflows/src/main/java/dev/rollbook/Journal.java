package dev.rollbook;

import io.temporal.activity.ActivityOptions;
import io.temporal.api.enums.v1.TimeoutType;
import io.temporal.failure.ActivityFailure;
import io.temporal.failure.ApplicationFailure;
import io.temporal.failure.CanceledFailure;
import io.temporal.failure.TemporalFailure;
import io.temporal.failure.TimeoutFailure;
import io.temporal.workflow.Workflow;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;

/** A run's memory: every step, with what it saw. Uses workflow time only. */
public final class Journal {

  private final Logger log = Workflow.getLogger(Journal.class);
  private final List<Step> steps = new ArrayList<>();
  private final Map<TemporalFailure, String> failed = new IdentityHashMap<>();
  private final Runnable changed;
  private final Set<String> notTaken = new HashSet<>();
  private Consumer<Plan.PlannedStep> whenNotTaken = step -> {};
  private boolean endsHere;
  private boolean soonOver;

  /**
   * @param changed called after every change
   */
  public Journal(Runnable changed) {
    this.changed = changed;
  }

  public List<Step> steps() {
    return List.copyOf(steps);
  }

  /**
   * @param tells of a step that no worker has begun for a while, once; it is waited for all the
   *     same
   */
  void whenNotTaken(Consumer<Plan.PlannedStep> tells) {
    whenNotTaken = tells;
  }

  /** The words for it. */
  static String notTaken(Plan.PlannedStep step, String taskQueue) {
    return "%s has not begun for %s: no worker takes it from the task queue %s. Start `rollbook worker` there"
        .formatted(step.id(), Elapsed.describe(StepOptions.NOT_TAKEN), taskQueue);
  }

  /** An abort: no further step of what is under way begins. */
  void endHere() {
    endsHere = true;
  }

  /** What follows an abort has steps of its own. */
  void goOn() {
    endsHere = false;
  }

  /** True in the middle of a step that is over in a moment, as a rule. */
  boolean isSoonOver() {
    return soonOver;
  }

  /** Takes over the steps of a section that has ended. */
  public void addAll(List<Step> ended) {
    steps.addAll(ended);
    changed.run();
  }

  /**
   * Does one step: an activity with the step's id and title as its summary.
   *
   * @throws TemporalFailure of the activity, once the failure is in the journal
   */
  public <A> StepReport step(
      Plan.PlannedStep planned,
      ActivityOptions options,
      Class<A> type,
      Function<A, StepReport> does) {
    return step(planned, options, type, does, report -> report);
  }

  /** As above, for an activity that answers more than a step's report. */
  public <A, R> R step(
      Plan.PlannedStep planned,
      ActivityOptions options,
      Class<A> type,
      Function<A, R> does,
      Function<R, StepReport> report) {
    if (endsHere) {
      throw new CanceledFailure("cut off before " + planned.id());
    }
    soonOver = StepOptions.isSoonOver(options);
    String summary = planned.id() + " " + planned.title();
    A activity =
        Workflow.newActivityStub(
            type, ActivityOptions.newBuilder(options).setSummary(summary).build());
    int at = steps.size();
    steps.add(Step.started(planned.id(), planned.title(), now()));
    changed.run();
    try {
      R result = taken(planned, activity, does);
      StepReport said = report.apply(result);
      Step.Status status = said.changed() ? Step.Status.DONE : Step.Status.SKIPPED;
      end(at, status, said.attempt(), said.summary(), said.evidence());
      return result;
    } catch (TemporalFailure failure) {
      boolean stopped = isCancelled(failure);
      end(
          at,
          stopped ? Step.Status.STOPPED : Step.Status.FAILED,
          attempts(failure),
          stopped ? "cut off" : reason(failure),
          null);
      failed.put(failure, planned.id());
      throw failure;
    } finally {
      soonOver = false;
    }
  }

  /** A worker that is away may come back: nothing has happened as long as nobody has begun. */
  private <A, R> R taken(Plan.PlannedStep planned, A activity, Function<A, R> does) {
    while (true) {
      try {
        return does.apply(activity);
      } catch (ActivityFailure failure) {
        if (!isNotTaken(failure)) {
          throw failure;
        }
        log.warn("{}: {} has not begun", Workflow.getInfo().getWorkflowId(), planned.id());
        if (notTaken.add(planned.id())) {
          whenNotTaken.accept(planned);
        }
      }
    }
  }

  private static boolean isNotTaken(ActivityFailure failure) {
    return failure.getCause() instanceof TimeoutFailure timeout
        && timeout.getTimeoutType() == TimeoutType.TIMEOUT_TYPE_SCHEDULE_TO_START;
  }

  /** A step that was considered, and not done. */
  void skipped(Plan.PlannedStep planned, String why) {
    ended(planned, Step.Status.SKIPPED, why);
  }

  /** A step that is no activity, once it is over. */
  void ended(Plan.PlannedStep planned, Step.Status status, String summary) {
    Step step = Step.started(planned.id(), planned.title(), now());
    steps.add(step.ended(status, 1, now(), summary, null));
    changed.run();
  }

  /** The step that ended with this very failure; else what the run was at. */
  String stepOf(TemporalFailure failure) {
    String last = steps.isEmpty() ? "the run" : steps.get(steps.size() - 1).id();
    return failed.getOrDefault(failure, last);
  }

  /** The failure's own words, without Temporal's. */
  public static String reason(TemporalFailure failure) {
    if (failure.getCause() instanceof ApplicationFailure application) {
      return application.getOriginalMessage();
    }
    if (failure.getCause() instanceof TimeoutFailure timeout) {
      String last =
          timeout.getCause() instanceof ApplicationFailure before
              ? "; before that: " + before.getOriginalMessage()
              : "";
      return "no answer in time (" + timeout.getTimeoutType() + ")" + last;
    }
    return failure.getOriginalMessage();
  }

  /** The failure's type, {@code NewerDeploy}; empty for one that has none. */
  public static String type(TemporalFailure failure) {
    return failure.getCause() instanceof ApplicationFailure application
        ? application.getType()
        : "";
  }

  public static boolean isCancelled(TemporalFailure failure) {
    return failure instanceof CanceledFailure || failure.getCause() instanceof CanceledFailure;
  }

  private void end(int at, Step.Status status, int attempts, String summary, String evidence) {
    Step ended = steps.get(at).ended(status, attempts, now(), summary, evidence);
    steps.set(at, ended);
    log.info(
        "{}: {} {} {}: {}",
        Workflow.getInfo().getWorkflowId(),
        ended.id(),
        ended.title(),
        ended.status(),
        ended.summary());
    changed.run();
  }

  /** Workers attach the attempt to a failure as its only detail. */
  private static int attempts(TemporalFailure failure) {
    if (failure instanceof ActivityFailure
        && failure.getCause() instanceof ApplicationFailure application
        && application.getDetails().getSize() == 1) {
      return application.getDetails().get(Integer.class);
    }
    return 1;
  }

  /** Workflow time. */
  public static Instant now() {
    return Instant.ofEpochMilli(Workflow.currentTimeMillis());
  }
}

package dev.rollbook;

import dev.rollbook.compose.ComposeHealth;
import dev.rollbook.compose.ComposeImages;
import dev.rollbook.escalation.Notices;
import dev.rollbook.kubernetes.KubernetesPods;
import io.temporal.activity.ActivityExecutionContext;
import io.temporal.client.ActivityCompletionException;
import io.temporal.common.interceptors.ActivityInboundCallsInterceptor;
import io.temporal.common.interceptors.ActivityInboundCallsInterceptorBase;
import io.temporal.common.interceptors.WorkerInterceptorBase;
import io.temporal.failure.ApplicationFailure;

/**
 * The last door before history: removes secrets from what steps report and from how they fail, and
 * adds to a failure which attempt it was.
 */
final class StepFailures extends WorkerInterceptorBase {

  private final Redaction redaction;

  StepFailures(Redaction redaction) {
    this.redaction = redaction;
  }

  @Override
  public ActivityInboundCallsInterceptor interceptActivity(ActivityInboundCallsInterceptor next) {
    return new ActivityInboundCallsInterceptorBase(next) {
      private ActivityExecutionContext context;

      @Override
      public void init(ActivityExecutionContext executionContext) {
        context = executionContext;
        super.init(executionContext);
      }

      @Override
      public ActivityOutput execute(ActivityInput input) {
        try {
          return new ActivityOutput(clean(super.execute(input).getResult()));
        } catch (ActivityCompletionException e) {
          throw e;
        } catch (RuntimeException e) {
          throw clean(e, context.getInfo().getAttempt());
        }
      }
    };
  }

  private Object clean(Object result) {
    if (result instanceof StepReport report) {
      return clean(report);
    }
    if (result instanceof Inspection inspection) {
      return new Inspection(clean(inspection.plan()), clean(inspection.report()));
    }
    if (result instanceof Emergency.Pinned pinned) {
      return new Emergency.Pinned(pinned.service(), clean(pinned.report()));
    }
    if (result instanceof ComposeImages.Built built) {
      return new ComposeImages.Built(built.image(), clean(built.report()));
    }
    if (result instanceof KubernetesPods.Running running) {
      return new KubernetesPods.Running(running.images(), clean(running.report()));
    }
    if (result instanceof Notices.Sent sent) {
      return new Notices.Sent(redaction.clean(sent.receipt()), sent.attempt(), sent.staysOpen());
    }
    return result instanceof ComposeHealth.Dependencies dependencies
        ? new ComposeHealth.Dependencies(
            dependencies.down(), dependencies.databases(), clean(dependencies.report()))
        : result;
  }

  private Plan clean(Plan plan) {
    return new Plan(
        plan.pinned(),
        plan.alreadyThere(),
        plan.findings().stream()
            .map(f -> new Finding(f.level(), f.check(), redaction.clean(f.message())))
            .toList(),
        plan.steps());
  }

  private StepReport clean(StepReport report) {
    return new StepReport(
        report.changed(),
        redaction.clean(report.summary()),
        report.evidence() == null ? null : redaction.clean(report.evidence()),
        report.attempt());
  }

  /** The cause goes to the worker's log only: its message may hold anything. */
  private ApplicationFailure clean(RuntimeException e, int attempt) {
    boolean typed = e instanceof ApplicationFailure;
    Throwable cause = typed || e.getCause() == null ? e : e.getCause();
    String message =
        typed ? ((ApplicationFailure) e).getOriginalMessage() : String.valueOf(cause.getMessage());
    ApplicationFailure failure =
        ApplicationFailure.newBuilder()
            .setMessage(redaction.clean(message))
            .setType(typed ? ((ApplicationFailure) e).getType() : cause.getClass().getSimpleName())
            .setNonRetryable(typed && ((ApplicationFailure) e).isNonRetryable())
            .setNextRetryDelay(typed ? ((ApplicationFailure) e).getNextRetryDelay() : null)
            .setDetails(attempt)
            .build();
    failure.setStackTrace(e.getStackTrace());
    return failure;
  }
}

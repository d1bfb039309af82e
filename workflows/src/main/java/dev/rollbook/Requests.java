package dev.rollbook;

import dev.rollbook.decision.Alert;
import io.temporal.failure.ActivityFailure;
import io.temporal.failure.ApplicationFailure;
import io.temporal.workflow.Workflow;
import java.util.function.Supplier;

/** What a request must have, said to the operator in one message. */
public final class Requests {

  private static final String EXAMPLE =
      "{\"service\":\"shopping-service\",\"environment\":\"local\"}";

  private static final String ORDER =
      "{\"service\":\"shopping-service\",\"environment\":\"local\",\"reason\":\"…\","
          + "\"requestedBy\":\"…\"}";

  private static final String SAYS = " says who and why: {\"by\":\"…\",\"why\":\"…\"}";

  private Requests() {}

  /**
   * @throws ApplicationFailure InvalidRequest, which ends the workflow at once
   */
  public static RollbackRequest checked(RollbackRequest request) {
    if (request == null) {
      throw invalid("The input is empty. Pass " + EXAMPLE + ".");
    }
    if (isBlank(request.service())) {
      throw invalid("'service' is missing. Pass " + EXAMPLE + ".");
    }
    if (isBlank(request.environment())) {
      throw invalid("'environment' is missing. Pass " + EXAMPLE + ".");
    }
    return request;
  }

  /**
   * @throws ApplicationFailure InvalidRequest: an order says for what, who and why
   */
  static Order checked(Order order) {
    if (order == null
        || isBlank(order.service())
        || isBlank(order.environment())
        || isBlank(order.reason())
        || isBlank(order.requestedBy())) {
      throw invalid("An order says for what, who and why. Pass " + ORDER + ".");
    }
    return order;
  }

  /**
   * The catalog's entry for the service.
   *
   * @throws ApplicationFailure UnknownService, naming those that exist: the run's own failure, so
   *     that Temporal UI shows its words and not "Activity task failed"
   */
  public static CatalogEntry entryOf(RollbackRequest request) {
    ServiceCatalog catalog =
        Workflow.newLocalActivityStub(ServiceCatalog.class, StepOptions.lookUp());
    return lookedUp(() -> catalog.find(request.service(), request.environment()));
  }

  /**
   * What an activity answers.
   *
   * @throws ApplicationFailure the activity's own, as the workflow's own
   */
  public static <R> R lookedUp(Supplier<R> looksUp) {
    try {
      return looksUp.get();
    } catch (ActivityFailure failure) {
      throw failure.getCause() instanceof ApplicationFailure why
          ? ApplicationFailure.newNonRetryableFailureWithCause(
              why.getOriginalMessage(), why.getType(), failure)
          : failure;
    }
  }

  /**
   * @throws ApplicationFailure Refused: an abort says who and why
   */
  public static void check(Abort abort) {
    if (abort == null || isBlank(abort.by()) || isBlank(abort.why())) {
      throw refused("an abort" + SAYS);
    }
  }

  /**
   * @throws ApplicationFailure Refused: a verdict says who and why
   */
  public static void check(Verdict verdict) {
    if (verdict == null || isBlank(verdict.by()) || isBlank(verdict.why())) {
      throw refused("a verdict" + SAYS);
    }
  }

  /**
   * @throws ApplicationFailure Refused: an alert says of what it is, and since when
   */
  static void check(Alert alert) {
    if (alert == null
        || isBlank(alert.fingerprint())
        || isBlank(alert.service())
        || isBlank(alert.environment())
        || alert.state() == null
        || alert.severity() == null
        || alert.startsAt() == null
        || alert.receivedAt() == null) {
      throw refused(
          "an alert has fingerprint, state, service, environment, severity, startsAt and receivedAt");
    }
  }

  /** The answer to an update that does not fit the run as it is now. */
  public static ApplicationFailure refused(String why) {
    return ApplicationFailure.newNonRetryableFailure("Refused: " + why, "Refused");
  }

  /** Ends the workflow at once. */
  public static ApplicationFailure invalid(String message) {
    return ApplicationFailure.newNonRetryableFailure(message, "InvalidRequest");
  }

  public static boolean isBlank(String text) {
    return text == null || text.isBlank();
  }
}

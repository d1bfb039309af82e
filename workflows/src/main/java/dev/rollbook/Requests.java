package dev.rollbook;

import io.temporal.failure.ActivityFailure;
import io.temporal.failure.ApplicationFailure;
import io.temporal.workflow.Workflow;

/** What a request must have, said to the operator in one message. */
public final class Requests {

  private static final String EXAMPLE =
      "{\"service\":\"shopping-service\",\"environment\":\"local\"}";

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
   * The catalog's entry for the service.
   *
   * @throws ApplicationFailure UnknownService, naming those that exist: the run's own failure, so
   *     that Temporal UI shows its words and not "Activity task failed"
   */
  public static CatalogEntry entryOf(RollbackRequest request) {
    ServiceCatalog catalog =
        Workflow.newLocalActivityStub(ServiceCatalog.class, StepOptions.lookUp());
    try {
      return catalog.find(request.service(), request.environment());
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
  static void check(Verdict verdict) {
    if (verdict == null || isBlank(verdict.by()) || isBlank(verdict.why())) {
      throw refused("a verdict" + SAYS);
    }
  }

  /** The answer to an update that does not fit the run as it is now. */
  static ApplicationFailure refused(String why) {
    return ApplicationFailure.newNonRetryableFailure("Refused: " + why, "Refused");
  }

  private static ApplicationFailure invalid(String message) {
    return ApplicationFailure.newNonRetryableFailure(message, "InvalidRequest");
  }

  private static boolean isBlank(String text) {
    return text == null || text.isBlank();
  }
}

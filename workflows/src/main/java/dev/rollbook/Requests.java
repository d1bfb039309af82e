package dev.rollbook;

import io.temporal.failure.ApplicationFailure;

/** What a request must have, said to the operator in one message. */
public final class Requests {

  private static final String EXAMPLE =
      "{\"service\":\"shopping-service\",\"environment\":\"local\"}";

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
   * @throws ApplicationFailure Refused: an abort says who and why
   */
  public static void check(Abort abort) {
    if (abort == null || isBlank(abort.by()) || isBlank(abort.why())) {
      throw ApplicationFailure.newNonRetryableFailure(
          "Refused: an abort says who and why: {\"by\":\"…\",\"why\":\"…\"}", "Refused");
    }
  }

  private static ApplicationFailure invalid(String message) {
    return ApplicationFailure.newNonRetryableFailure(message, "InvalidRequest");
  }

  private static boolean isBlank(String text) {
    return text == null || text.isBlank();
  }
}

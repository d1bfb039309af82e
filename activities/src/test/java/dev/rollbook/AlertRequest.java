package dev.rollbook;

/** A request as an alert makes it. */
public final class AlertRequest {

  private AlertRequest() {}

  public static RollbackRequest of(String service, String environment) {
    return new RollbackRequest(
        service,
        environment,
        null,
        null,
        null,
        Severity.CRITICAL,
        Trigger.ALERT,
        "alert",
        true,
        false,
        false,
        null,
        false);
  }
}

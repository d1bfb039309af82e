package dev.rollbook;

/**
 * What a person orders for one service. All of it is needed: it is on record for ever.
 *
 * @param reason why, for the boards' readers and the report
 * @param requestedBy who
 */
public record Order(String service, String environment, String reason, String requestedBy) {

  /** For what is kept and shown of runs. */
  RollbackRequest asRequest() {
    return new RollbackRequest(
        service,
        environment,
        null,
        reason,
        null,
        null,
        null,
        requestedBy,
        false,
        false,
        false,
        null,
        false);
  }
}

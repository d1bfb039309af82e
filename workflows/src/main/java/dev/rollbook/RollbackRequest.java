package dev.rollbook;

/**
 * Asks for one rollback. {@code {"service":"shopping-service","environment":"local"}} is enough;
 * every other field may be left out.
 *
 * @param to the version to go back to (a git ref in Section A, an image in Section B, a revision,
 *     image, tag or hash in Section C); else the last one recorded healthy
 * @param reason why, for the incident report
 * @param incident the incident's id elsewhere, for the report and for searching
 * @param severity the row of the runbook's decision table; critical when left out
 * @param requestedBy the person or system that asks
 * @param dryRun end after the plan, and change nothing
 * @param stash put uncommitted changes away with {@code git stash} instead of being blocked by them
 * @param rebuild build the target from its commit again instead of looking for its image (Section
 *     B)
 * @param plan a plan made earlier (a confirmed one, or that of a run that was cut off): its pinned
 *     target is used as it is, and preflight is not asked again
 * @param begun a run with this plan was cut off: it may have changed anything already
 */
public record RollbackRequest(
    String service,
    String environment,
    String to,
    String reason,
    String incident,
    Severity severity,
    Trigger trigger,
    String requestedBy,
    boolean dryRun,
    boolean stash,
    boolean rebuild,
    Plan plan,
    boolean begun) {

  public RollbackRequest {
    severity = severity == null ? Severity.CRITICAL : severity;
    trigger = trigger == null ? Trigger.UI : trigger;
  }

  public static RollbackRequest of(String service, String environment) {
    return new RollbackRequest(
        service, environment, null, null, null, null, null, null, false, false, false, null, false);
  }

  public RollbackRequest withPlan(Plan pinned) {
    return new RollbackRequest(
        service,
        environment,
        to,
        reason,
        incident,
        severity,
        trigger,
        requestedBy,
        dryRun,
        stash,
        rebuild,
        pinned,
        false);
  }

  /** For going on with a run that was cut off. */
  public RollbackRequest begunWith(Plan pinned) {
    return new RollbackRequest(
        service,
        environment,
        to,
        reason,
        incident,
        severity,
        trigger,
        requestedBy,
        dryRun,
        stash,
        rebuild,
        pinned,
        true);
  }

  public RollbackRequest asDryRun() {
    return new RollbackRequest(
        service,
        environment,
        to,
        reason,
        incident,
        severity,
        trigger,
        requestedBy,
        true,
        stash,
        rebuild,
        null,
        false);
  }
}

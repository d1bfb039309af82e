package dev.rollbook;

import io.temporal.activity.Activity;

/**
 * Whose word lifts a stop.
 *
 * @param id of the release, the same for each of its attempts: by it one that comes late finds that
 *     all is done
 */
public record ReleaseOrder(String id, String by, String why) {

  /** Of the activity that runs on this thread. */
  public static ReleaseOrder ofActivity(String by, String why) {
    return new ReleaseOrder(Activity.getExecutionContext().getInfo().getWorkflowRunId(), by, why);
  }

  /** Of a rollback: what it starts is let run, whatever was stopped before it. */
  public static ReleaseOrder ofRollback(PinnedService service) {
    return new ReleaseOrder(service.planId(), "a rollback", "it has started the service");
  }

  /** {@code hana: the price list is right again} */
  public String describe() {
    return by + ": " + why;
  }
}

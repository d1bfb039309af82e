package dev.rollbook;

import java.util.Locale;
import java.util.UUID;

/** Workflow ids: they keep a service to one run at a time. */
public final class WorkflowIds {

  /** One for all services. */
  public static final String GUARD = "guard";

  private WorkflowIds() {}

  /** {@code rollback:local:shopping-service}. */
  public static String run(String service, String environment) {
    return "rollback:" + environment + ":" + service;
  }

  /**
   * A plan changes nothing, so that many may be made at once, and while a run is under way: each
   * has an id of its own.
   */
  public static String plan(String service, String environment, UUID asked) {
    return "plan:" + environment + ":" + service + ":" + asked;
  }

  /** {@code rollback:local:shopping-service/local}. */
  public static String section(String runId, CatalogEntry.Kind kind) {
    return runId + "/" + kind.name().toLowerCase(Locale.ROOT);
  }

  /** {@code stop:production:shopping-service}. */
  public static String stop(String service, String environment) {
    return "stop:" + environment + ":" + service;
  }

  /** {@code release:production:shopping-service}. */
  public static String release(String service, String environment) {
    return "release:" + environment + ":" + service;
  }

  /**
   * @param alert a hash of it: what a sender calls it may be of any length
   */
  public static String quarantined(String alert) {
    return "quarantined:" + alert;
  }

  /** {@code escalate:production:shopping-service}. */
  public static String escalation(String service, String environment) {
    return "escalate:" + environment + ":" + service;
  }
}

package dev.rollbook;

import java.util.Locale;

/** Workflow ids: they keep a service to one run at a time. */
public final class WorkflowIds {

  private WorkflowIds() {}

  /** {@code rollback:local:shopping-service}. */
  public static String run(String service, String environment) {
    return "rollback:" + environment + ":" + service;
  }

  /** A plan changes nothing, so it may be made while a run is under way. */
  public static String plan(String service, String environment) {
    return "plan:" + environment + ":" + service;
  }

  /** {@code rollback:local:shopping-service/local}. */
  public static String section(String runId, CatalogEntry.Kind kind) {
    return runId + "/" + kind.name().toLowerCase(Locale.ROOT);
  }
}

package dev.rollbook.decision;

import java.util.List;

/**
 * What a run that an alert has started asks its guard.
 *
 * @param run the execution: another run of the same service is another one
 * @param from the id of the version that would be rolled back; null: whether there is any use in
 *     asking people, and nothing is done yet
 * @param to the id of the version that would run then; null as above
 * @param alerts what has fired, as {@link Alerts} names it
 * @param limits the catalog's; set by the worker
 */
public record Asked(
    String run,
    String service,
    String environment,
    String from,
    String to,
    List<String> alerts,
    GuardLimits limits) {

  public Asked {
    alerts = alerts == null ? List.of() : List.copyOf(alerts);
    limits = limits == null ? GuardLimits.DEFAULT : limits;
  }

  Asked about(List<String> others) {
    return new Asked(run, service, environment, from, to, others, limits);
  }

  public Asked under(GuardLimits catalogs) {
    return new Asked(run, service, environment, from, to, alerts, catalogs);
  }
}

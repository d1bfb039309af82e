package dev.rollbook.serve;

import dev.rollbook.catalog.Catalog;
import dev.rollbook.decision.AlertIntake;
import dev.rollbook.decision.AlertMapping;
import dev.rollbook.decision.AlertReception;
import dev.rollbook.decision.AlertWebhook;
import dev.rollbook.decision.GuardWatch;
import dev.rollbook.decision.GuardedIntake;
import dev.rollbook.decision.RunLinks;
import dev.rollbook.decision.Watchdog;
import io.temporal.client.WorkflowClient;
import java.net.URI;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;

/** What {@code rollbook serve} answers: alerts, links in calls, and how it stands itself. */
public final class RollbookServer implements AutoCloseable {

  private final GuardWatch guard;
  private final Watchdog watchdog;
  private final WebServer web;

  /**
   * @throws IllegalStateException what of the catalog's {@code serve} cannot be used, and what now
   */
  public RollbookServer(
      Catalog catalog, AlertIntake intake, WorkflowClient client, RunLinks links) {
    this.guard = new GuardWatch(client, catalog.guardLimits());
    Traffic traffic = new Traffic();
    new GuardMetrics(guard, catalog.guardLimits(), Clock.systemUTC()).register(traffic.registry());
    AlertIntake guarded =
        new GuardedIntake(intake, guard, catalog.guardLimits(), Clock.systemUTC());
    this.watchdog = new Watchdog(guarded, catalog.alerts().watchdogWithin(), Clock.systemUTC());
    new WatchdogMetrics(watchdog).register(traffic.registry());
    AlertReception reception =
        new AlertReception(new AlertMapping(catalog), guarded, watchdog, links, Clock.systemUTC());
    AlertWebhook alerts = new AlertWebhook(reception, catalog.serve().limits().alerts());
    List<Route> routes = new ArrayList<>();
    Signatures signatures = new Signatures(catalog.serve().signature(), Clock.systemUTC());
    routes.add(
        new Webhook(alerts, signatures, traffic).route(catalog.serve().limits().bodyBytes()));
    routes.addAll(
        Site.routes(
            new Readiness(client.getWorkflowServiceStubs(), client.getOptions().getNamespace()),
            traffic));
    catalog
        .contacts()
        .links()
        .ifPresent(
            each -> {
              routes.addAll(new AckForm(each, new Calls(client)).routes());
              routes.addAll(new DecideForm(each, new Questions(client)).routes());
            });
    this.web = new WebServer(catalog.serve(), routes, traffic);
  }

  /**
   * Before anything is connected to.
   *
   * @throws IllegalStateException what of the catalog's {@code serve} cannot be used, and what now
   */
  public static void check(Catalog catalog) {
    WebServer.check(catalog.serve());
  }

  /**
   * @throws IllegalStateException when it cannot listen there
   */
  public URI start() {
    guard.start();
    watchdog.start();
    web.start();
    return web.url();
  }

  @Override
  public void close() {
    web.close();
    watchdog.close();
    guard.close();
  }
}

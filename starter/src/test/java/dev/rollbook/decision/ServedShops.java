package dev.rollbook.decision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.FreePort;
import dev.rollbook.Payloads;
import dev.rollbook.Run;
import dev.rollbook.TemporalConnection;
import dev.rollbook.escalation.Receiver;
import dev.rollbook.shop.DevServer;
import dev.rollbook.shop.LocalShop;
import dev.rollbook.shop.Rollbook;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowStub;
import io.temporal.serviceclient.WorkflowServiceStubs;
import io.temporal.serviceclient.WorkflowServiceStubsOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Some services with a bad release that runs, in one catalog, and all that a real alert needs to
 * roll them back: a Temporal server, a worker, `rollbook serve`, metrics of one of them, and a
 * phone on which everybody is called.
 */
final class ServedShops implements AutoCloseable {

  private static final String TOKEN = "a-token-of-this-test-alone";

  private final Path folder;
  private final Map<String, LocalShop> shops = new HashMap<>();
  private final Receiver phone = new Receiver();
  private final MeasuredService measured;
  private final DevServer temporal;
  private final Rollbook.Running worker;
  private final Rollbook.Running serving;
  private final WorkflowServiceStubs service;
  private final WorkflowClient client;
  private final AlertSender alerts;

  /**
   * @param bad services of their own; more lines of the catalog for each, in which {@code %1$s} is
   *     Prometheus
   * @param left more lines for each of those that are all one, whose name is {@code left}
   */
  ServedShops(Path folder, Map<String, String> bad, Map<String, String> left) throws Exception {
    this.folder = folder;
    int port = FreePort.any();
    measured = new MeasuredService(folder, "{application: measured, environment: local}");
    StringBuilder catalog =
        new StringBuilder(
            """
            version: 1
            serve: {port: %1$d, bearer: {t1: "file:%2$s"}}
            channels: {hook: {type: webhook, url: "%3$s"}}
            roles: {oncall: [kim]}
            escalation: {levels: [{role: oncall}]}
            links: {url: "http://127.0.0.1:%1$d", keys: {k1: "file:%4$s"}}
            alerts: {allow: [%5$s], watchdogWithin: 8s}
            services:
            """
                .formatted(
                    port,
                    Files.writeString(folder.resolve("token"), TOKEN),
                    phone.url("/hook"),
                    Files.writeString(folder.resolve("key"), "0123456789abcdef".repeat(2)),
                    String.join(", ", bad.keySet()) + ", " + String.join(", ", left.keySet())));
    for (String name : bad.keySet()) {
      catalog.append(entry(name, deployed(name), bad.get(name)));
    }
    LocalShop one = deployed("left");
    left.forEach((name, more) -> catalog.append(entry(name, one, more)));
    Files.writeString(folder.resolve("rollbook.yaml"), catalog);
    temporal = DevServer.start(folder);
    worker = rollbook().worker();
    serving = rollbook().start("serve");
    service =
        WorkflowServiceStubs.newServiceStubs(
            WorkflowServiceStubsOptions.newBuilder().setTarget(temporal.address()).build());
    client = TemporalConnection.client(service, "default");
    await()
        .atMost(Duration.ofSeconds(90))
        .until(() -> serving.out().contains("serving at") || !serving.process().isAlive());
    assertThat(serving.process().isAlive()).as(serving.err()).isTrue();
    alerts = new AlertSender(port, TOKEN);
  }

  private LocalShop deployed(String name) throws Exception {
    LocalShop shop = new LocalShop(Files.createDirectories(folder.resolve(name))).threeReleases();
    shops.put(name, shop);
    shop.deploy();
    return shop;
  }

  /** As {@link LocalShop} writes it, under another name and with more. */
  private String entry(String name, LocalShop shop, String more) {
    String start =
        String.join(", ", shop.startCommand().stream().map(word -> "'" + word + "'").toList());
    return """
      %1$s:
        environments:
          local:
            kind: local
            repository: %2$s
            port: %3$d
            freeDisk: 1MB
            stop: {grace: 2s}
            build: {command: [./build.sh], within: 60s}
            start: {command: [%4$s], within: 60s}
            health: {inARow: 2, every: 200ms, within: 60s}
            %5$s
    """
        .formatted(
            name,
            shop.repository(),
            shop.port(),
            start,
            more.formatted(measured.url()).replace("\n", "\n        "));
  }

  LocalShop shop(String name) {
    return shops.get(name);
  }

  AlertSender alerts() {
    return alerts;
  }

  Process serving() {
    return serving.process();
  }

  MeasuredService measured() {
    return measured;
  }

  /**
   * As it stands in what somebody was called with.
   *
   * @param about words of the call
   */
  URI link(String name, String about) {
    return await("a question with links")
        .atMost(Duration.ofSeconds(60))
        .until(
            () ->
                phone.requests().stream()
                    .map(Receiver.Request::body)
                    .filter(call -> call.contains(about))
                    .map(call -> URI.create(field(call, name)))
                    .findFirst(),
            Optional::isPresent)
        .orElseThrow();
  }

  private static String field(String json, String name) {
    try {
      return Payloads.mapper().readTree(json).path(name).asText();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** As the button of the page does. */
  void press(URI link) {
    HttpRequest button =
        HttpRequest.newBuilder(alerts.url().resolve("/decide"))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .timeout(Duration.ofSeconds(30))
            .POST(HttpRequest.BodyPublishers.ofString(link.getQuery() + "&note="))
            .build();
    await("a word that is heard")
        .atMost(Duration.ofSeconds(60))
        .until(() -> alerts.http().send(button, BodyHandlers.discarding()).statusCode() == 200);
  }

  /** How many calls had these words. */
  long told(String words) {
    return phone.requests().stream().filter(each -> each.body().contains(words)).count();
  }

  Optional<Run> status(String name) {
    return Optional.ofNullable(run(name).query("status", Run.class));
  }

  /** Prints how long it took. */
  Run ended(String name) throws Exception {
    Run run = run(name).getResult(120, TimeUnit.SECONDS, Run.class);
    System.out.printf(
        "%s: decided %.1f s after its receipt, %s %.1f s later%n",
        name,
        Duration.between(received(run), run.decision().decided().at()).toMillis() / 1e3,
        run.outcome(),
        Duration.between(run.decision().decided().at(), run.endedAt()).toMillis() / 1e3);
    return run;
  }

  /** When the first alert came. */
  static Instant received(Run run) {
    return run.decision().alerts().get(0).receivedAt().truncatedTo(ChronoUnit.MILLIS);
  }

  WorkflowStub run(String name) {
    return client.newUntypedWorkflowStub("rollback:local:" + name);
  }

  Rollbook rollbook() {
    return new Rollbook(folder).with("TEMPORAL_ADDRESS", temporal.address());
  }

  @Override
  public void close() {
    service.shutdownNow();
    serving.process().destroyForcibly().onExit().join();
    worker.process().destroyForcibly().onExit().join();
    temporal.close();
    shops.values().forEach(LocalShop::close);
    measured.close();
    phone.close();
  }
}

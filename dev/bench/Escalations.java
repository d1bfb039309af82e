import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.rollbook.TaskQueues;
import dev.rollbook.TemporalConnection;
import dev.rollbook.WorkflowIds;
import dev.rollbook.escalation.Escalation;
import dev.rollbook.escalation.Escalation.Call;
import dev.rollbook.escalation.Incident;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowOptions;
import io.temporal.serviceclient.WorkflowServiceStubs;
import io.temporal.serviceclient.WorkflowServiceStubsOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Escalations at once: each of a service of its own, started once, from 50 connections; their first
 * calls go over a webhook to one receiver here. The worker is a `rollbook worker` in a process of
 * its own, which spools each call and looks for overdue ones besides, as always.
 *
 * <p>Arguments: the project's folder, the Temporal server's address, how many.
 */
public final class Escalations {

  private static final int CONNECTIONS = 50;
  private static final int WARM_UP = 20;
  private static final long LOST_AFTER_SECONDS = 900;
  private static final ObjectMapper JSON = new ObjectMapper();

  /** A call as it arrived. */
  private record Heard(String id, String key, String incident, long nanos) {}

  private final Path project;
  private final String temporal;
  private final Path folder;
  private final Queue<Heard> heard = new ConcurrentLinkedQueue<>();
  private final ExecutorService people = Executors.newFixedThreadPool(CONNECTIONS);
  private final ExecutorService hearing = Executors.newCachedThreadPool();
  private final HttpServer receiver;

  private Escalations(Path project, String temporal, Path folder) throws IOException {
    this.project = project;
    this.temporal = temporal;
    this.folder = folder;
    receiver =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1000);
    receiver.setExecutor(hearing);
    receiver.createContext("/", this::hear);
  }

  public static void main(String[] arguments) throws Exception {
    Path folder = Files.createTempDirectory("rollbook-bench");
    try {
      new Escalations(Path.of(arguments[0]), arguments[1], folder)
          .measure(Integer.parseInt(arguments[2]));
    } finally {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(file);
        }
      }
    }
  }

  private void hear(HttpExchange exchange) throws IOException {
    try (exchange) {
      JsonNode call = JSON.readTree(exchange.getRequestBody().readAllBytes());
      heard.add(
          new Heard(
              call.path("id").asText(),
              exchange.getRequestHeaders().getFirst("Idempotency-Key"),
              call.at("/incident/id").asText(),
              System.nanoTime()));
      exchange.sendResponseHeaders(204, -1);
    }
  }

  private void measure(int escalations) throws Exception {
    receiver.start();
    catalog(escalations);
    Process worker = worker();
    WorkflowServiceStubs service =
        WorkflowServiceStubs.newServiceStubs(
            WorkflowServiceStubsOptions.newBuilder().setTarget(temporal).build());
    try {
      WorkflowClient client = TemporalConnection.client(service, "default");
      start(client, "w", WARM_UP);
      awaitCalls("w", WARM_UP);

      long begun = System.nanoTime();
      List<Long> starts = start(client, "s", escalations);
      long started = System.nanoTime();
      awaitCalls("s", escalations);
      report(escalations, begun, started, starts);
      judge(client, escalations);
    } finally {
      people.shutdownNow();
      service.shutdownNow();
      receiver.stop(0);
      hearing.shutdownNow();
      worker.destroy();
      if (!worker.waitFor(20, TimeUnit.SECONDS)) {
        worker.destroyForcibly().waitFor();
      }
    }
  }

  /** When each of them was asked for; 0 for one that was refused. */
  private List<Long> start(WorkflowClient client, String prefix, int many) throws Exception {
    List<Future<Long>> asked = new ArrayList<>();
    for (int i = 0; i < many; i++) {
      String name = prefix + i;
      asked.add(people.submit(() -> start(client, name)));
    }
    List<Long> starts = new ArrayList<>();
    for (Future<Long> each : asked) {
      starts.add(each.get());
    }
    return starts;
  }

  private static long start(WorkflowClient client, String service) {
    long now = System.nanoTime();
    try {
      client
          .newUntypedWorkflowStub(
              "Escalate",
              WorkflowOptions.newBuilder()
                  .setTaskQueue(TaskQueues.ROLLBOOK)
                  .setWorkflowId(WorkflowIds.escalation(service, "production"))
                  .build())
          .start(
              new Incident(
                  service, service, "production", "bench", null, Set.of(), false, "bench"),
              null);
      return now;
    } catch (RuntimeException e) {
      System.err.println(service + " has not started: " + e);
      return 0;
    }
  }

  private void awaitCalls(String prefix, int many) throws InterruptedException {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(LOST_AFTER_SECONDS);
    while (calls(prefix).size() < many && System.nanoTime() < until) {
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }

  /** The first call of each incident. */
  private Map<String, Heard> calls(String prefix) {
    return heard.stream()
        .filter(call -> call.incident().startsWith(prefix))
        .collect(Collectors.toMap(Heard::incident, call -> call, (first, again) -> first));
  }

  private void report(int escalations, long begun, long started, List<Long> starts) {
    Map<String, Heard> calls = calls("s");
    double[] seconds =
        IntStream.range(0, escalations)
            .filter(i -> starts.get(i) != 0 && calls.containsKey("s" + i))
            .mapToDouble(i -> (calls.get("s" + i).nanos() - starts.get(i)) / 1e9)
            .sorted()
            .toArray();
    long last = calls.values().stream().mapToLong(Heard::nanos).max().orElse(begun);
    System.out.printf(
        "%d escalations, from %d connections: all started after %.1f s, the last first call after"
            + " %.1f s; from a start to its call p50 %.1f s, p99 %.1f s, max %.1f s%n",
        escalations,
        CONNECTIONS,
        (started - begun) / 1e9,
        (last - begun) / 1e9,
        at(seconds, 0.5),
        at(seconds, 0.99),
        at(seconds, 1));
  }

  /** By what arrived, what each escalation knows of it, and what the server knows of each. */
  private void judge(WorkflowClient client, int escalations) throws Exception {
    List<Future<Escalation>> asked = new ArrayList<>();
    for (int i = 0; i < escalations; i++) {
      String id = WorkflowIds.escalation("s" + i, "production");
      asked.add(people.submit(() -> recorded(client, id)));
    }
    AtomicInteger unrecorded = new AtomicInteger();
    AtomicInteger late = new AtomicInteger();
    Map<String, Integer> notes = new HashMap<>();
    for (Future<Escalation> each : asked) {
      Escalation escalation = each.get();
      List<Call> calls = escalation == null ? List.of() : escalation.levels().get(0).calls();
      if (calls.size() != 1 || calls.get(0).trouble() != null) {
        unrecorded.incrementAndGet();
      } else if (escalation.levels().get(0).toldLate() > 0) {
        late.incrementAndGet();
      }
      if (escalation != null) {
        escalation.notes().forEach(note -> notes.merge(note, 1, Integer::sum));
      }
    }
    List<Heard> all = heard.stream().filter(call -> call.incident().startsWith("s")).toList();
    Map<String, List<Heard>> byIncident =
        all.stream().collect(Collectors.groupingBy(Heard::incident));
    long ids = all.stream().map(Heard::id).distinct().count();
    long underOtherIds =
        byIncident.values().stream()
            .filter(calls -> calls.stream().map(Heard::id).distinct().count() > 1)
            .count();
    Map<String, Long> executions =
        client
            .listExecutions("WorkflowType = 'Escalate'")
            .map(each -> each.getExecution().getWorkflowId())
            .filter(id -> id.matches("escalate:production:s\\d+"))
            .collect(Collectors.groupingBy(id -> id, Collectors.counting()));
    System.out.printf(
        "  escalations %d, of them started twice %d%n",
        executions.size(), executions.values().stream().filter(times -> times > 1).count());
    System.out.printf(
        "  calls that arrived %d, under %d ids, each its notice's own %b; arrived twice, under the"
            + " same id %d, under another one %d; lost %d%n",
        all.size(),
        ids,
        all.stream().allMatch(call -> call.id().equals(call.key())),
        all.size() - ids,
        underOtherIds,
        escalations - byIncident.size());
    System.out.printf(
        "  errors: not recorded as sent %d, told too late %d, notes %s%n",
        unrecorded.get(), late.get(), notes);
  }

  /** Null when it does not answer. */
  private static Escalation recorded(WorkflowClient client, String id) throws InterruptedException {
    Escalation escalation = null;
    for (int i = 0; i < 60; i++) {
      try {
        escalation = client.newUntypedWorkflowStub(id).query("status", Escalation.class);
        if (escalation != null && !escalation.levels().get(0).calls().isEmpty()) {
          return escalation;
        }
      } catch (RuntimeException e) {
        System.err.println(id + " does not answer: " + e.getMessage());
      }
      TimeUnit.MILLISECONDS.sleep(500);
    }
    return escalation;
  }

  private void catalog(int escalations) throws IOException {
    StringBuilder text =
        new StringBuilder(
            """
            version: 1
            channels:
              hook: {type: webhook, url: "http://127.0.0.1:%d/hook"}
            roles:
              oncall: [kim]
            escalation:
              levels:
                - {role: oncall, repeat: {every: 2h, most: 1}}
            services:
            """
                .formatted(receiver.getAddress().getPort()));
    Stream.concat(
            IntStream.range(0, WARM_UP).mapToObj(i -> "w" + i),
            IntStream.range(0, escalations).mapToObj(i -> "s" + i))
        .forEach(
            name ->
                text.append(
                    "  %s: {environments: {production: {kind: compose, port: 1}}}%n"
                        .formatted(name)));
    Files.writeString(folder.resolve("rollbook.yaml"), text);
  }

  private Process worker() throws Exception {
    Path said = folder.resolve("worker.log");
    ProcessBuilder builder =
        new ProcessBuilder(project.resolve("rollbook").toString(), "worker")
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile());
    builder.environment().put("TEMPORAL_ADDRESS", temporal);
    builder.environment().put("TEMPORAL_CONFIG_FILE", "/dev/null");
    Process process = builder.start();
    while (!Files.readString(said).contains("worker ready")) {
      if (!process.isAlive()) {
        throw new IOException(Files.readString(said));
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
    return process;
  }

  private static double at(double[] sorted, double quantile) {
    return sorted.length == 0
        ? Double.NaN
        : sorted[(int) Math.min(sorted.length - 1, Math.ceil(sorted.length * quantile))];
  }
}

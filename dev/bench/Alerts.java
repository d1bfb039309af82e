import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rollbook.FreePort;
import dev.rollbook.Run;
import dev.rollbook.TemporalConnection;
import io.temporal.client.WorkflowClient;
import io.temporal.serviceclient.WorkflowServiceStubs;
import io.temporal.serviceclient.WorkflowServiceStubsOptions;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Alerts at once: many of one service, each another one, and one of each of many services, from 50
 * connections; and messages that bring many alerts, one message after the other; to a `rollbook serve` and a `rollbook worker` in processes of their own. People are
 * asked about each run, so none ends meanwhile.
 *
 * <p>Arguments: the project's folder, the Temporal server's address, how many of one service, how
 * many services.
 */
public final class Alerts {

  private static final int CONNECTIONS = 50;
  private static final int WARM_UP = 200;

  /** Messages that bring many alerts, each about services of its own. */
  private static final int MESSAGES = 10;

  private static final int OF_ONE = 20;
  private static final int OF_MANY = 100;
  private static final String ONE = "one";
  private static final ObjectMapper JSON = new ObjectMapper();

  /** A message's first answer, and what became of the alert in the end. */
  private record Answer(int status, String what, long nanos) {}

  private final Path project;
  private final String temporal;
  private final Path folder;
  private final int port = FreePort.any();
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final ExecutorService senders = Executors.newFixedThreadPool(CONNECTIONS);

  private Alerts(Path project, String temporal, Path folder) {
    this.project = project;
    this.temporal = temporal;
    this.folder = folder;
  }

  public static void main(String[] arguments) throws Exception {
    Path folder = Files.createTempDirectory("rollbook-bench");
    try {
      new Alerts(Path.of(arguments[0]), arguments[1], folder)
          .measure(Integer.parseInt(arguments[2]), Integer.parseInt(arguments[3]));
    } finally {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(file);
        }
      }
    }
  }

  private void measure(int alerts, int services) throws Exception {
    catalog(services);
    Process worker = rollbook("worker", "worker ready");
    Process serving = rollbook("serve", "serving at");
    WorkflowServiceStubs service =
        WorkflowServiceStubs.newServiceStubs(
            WorkflowServiceStubsOptions.newBuilder().setTarget(temporal).build());
    try {
      WorkflowClient client = TemporalConnection.client(service, "default");
      send(IntStream.range(0, WARM_UP).mapToObj(i -> message("warm-up", "w" + i)).toList());
      String run = "rollback:production:" + ONE;
      print(
          alerts + " alerts of one service",
          send(IntStream.range(0, alerts).mapToObj(i -> message(ONE, "a" + i)).toList()));
      System.out.printf(
          "  runs %d, alerts that it knows %d, events in its history %d%n",
          client.listExecutions("WorkflowId = '" + run + "'").count(),
          client.newUntypedWorkflowStub(run).query("status", Run.class).decision().alertsInAll(),
          client.fetchHistory(run).getEvents().size());
      print(
          "one alert of each of " + services + " services",
          send(IntStream.range(0, services).mapToObj(i -> message("s" + i, "b" + i)).toList()));
      Map<String, Long> runs =
          client
              .listExecutions("WorkflowType = 'Rollback'")
              .map(each -> each.getExecution().getWorkflowId())
              .filter(id -> id.matches("rollback:production:s\\d+"))
              .collect(Collectors.groupingBy(id -> id, Collectors.counting()));
      System.out.printf(
          "  runs %d, of them started twice %d%n",
          runs.size(), runs.values().stream().filter(times -> times > 1).count());
      printMessages(
          "1 message x " + OF_ONE + " alerts",
          nth -> IntStream.range(0, OF_ONE).mapToObj(i -> alert("m" + nth, "c" + i)));
      printMessages(
          "1 message x " + OF_MANY + " services",
          nth -> IntStream.range(0, OF_MANY).mapToObj(i -> alert("n" + nth + "-" + i, "d" + i)));
    } finally {
      senders.shutdownNow();
      service.shutdownNow();
      for (Process each : List.of(serving, worker)) {
        each.destroy();
        if (!each.waitFor(20, TimeUnit.SECONDS)) {
          each.destroyForcibly().waitFor();
        }
      }
    }
  }

  private void printMessages(String what, IntFunction<Stream<String>> alerts) throws Exception {
    List<Answer> answers = new ArrayList<>();
    for (int nth = 0; nth < MESSAGES; nth++) {
      answers.add(post(message(alerts.apply(nth).collect(Collectors.joining(",")))));
    }
    print(what + ", " + MESSAGES + " times", 1, answers);
  }

  private void catalog(int services) throws IOException {
    List<String> names =
        Stream.of(
                Stream.of(ONE, "warm-up"),
                IntStream.range(0, services).mapToObj(i -> "s" + i),
                IntStream.range(0, MESSAGES).mapToObj(i -> "m" + i),
                IntStream.range(0, MESSAGES * OF_MANY)
                    .mapToObj(i -> "n" + i / OF_MANY + "-" + i % OF_MANY))
            .flatMap(each -> each)
            .toList();
    StringBuilder text =
        new StringBuilder(
            """
            version: 1
            serve: {port: %d}
            alerts: {environment: production, allow: [%s]}
            guards: {perHour: 1000}
            services:
            """
                .formatted(port, String.join(", ", names)));
    names.forEach(
        name ->
            text.append(
                "  %s: {environments: {production: {kind: compose, port: 1}}}%n".formatted(name)));
    Files.writeString(folder.resolve("rollbook.yaml"), text);
  }

  private Process rollbook(String command, String ready) throws Exception {
    Path said = folder.resolve(command + ".log");
    ProcessBuilder builder =
        new ProcessBuilder(project.resolve("rollbook").toString(), command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile());
    builder.environment().put("TEMPORAL_ADDRESS", temporal);
    builder.environment().put("TEMPORAL_CONFIG_FILE", "/dev/null");
    Process process = builder.start();
    while (!Files.readString(said).contains(ready)) {
      if (!process.isAlive()) {
        throw new IOException(Files.readString(said));
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
    return process;
  }

  private static String message(String service, String fingerprint) {
    return message(alert(service, fingerprint));
  }

  private static String message(String alerts) {
    return """
        {"version": "4", "status": "firing", "receiver": "bench", "groupKey": "{}", "truncatedAlerts": 0,
         "groupLabels": {}, "commonLabels": {}, "commonAnnotations": {}, "externalURL": "http://localhost:9093",
         "alerts": [%s]}
        """
        .formatted(alerts);
  }

  private static String alert(String service, String fingerprint) {
    return """
        {"status": "firing", "startsAt": "%s", "endsAt": "0001-01-01T00:00:00Z", "generatorURL": "", "fingerprint": "%s",
         "labels": {"alertname": "HighLatency", "service": "%s", "severity": "high"}, "annotations": {"summary": "p99 over 5 s"}}
        """
        .formatted(Instant.now(), fingerprint, service);
  }

  private List<Answer> send(List<String> messages) throws Exception {
    List<Future<Answer>> sent = new ArrayList<>();
    messages.forEach(message -> sent.add(senders.submit(() -> post(message))));
    List<Answer> answers = new ArrayList<>();
    for (Future<Answer> each : sent) {
      answers.add(each.get());
    }
    return answers;
  }

  private Answer post(String message) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/webhook/alertmanager"))
            .header("Content-Type", "application/json")
            .timeout(Duration.ofSeconds(20))
            .POST(HttpRequest.BodyPublishers.ofString(message))
            .build();
    long start = System.nanoTime();
    HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
    long nanos = System.nanoTime() - start;
    int first = response.statusCode();
    while (response.statusCode() == 503) {
      response = http.send(request, HttpResponse.BodyHandlers.ofString());
    }
    JsonNode became = JSON.readTree(response.body()).at("/alerts/0/what");
    return new Answer(first, became.asText("none"), nanos);
  }

  private static void print(String what, List<Answer> answers) {
    print(what, CONNECTIONS, answers);
  }

  private static void print(String what, int connections, List<Answer> answers) {
    double[] millis = answers.stream().mapToDouble(each -> each.nanos() / 1e6).sorted().toArray();
    Map<String, Long> counts =
        answers.stream()
            .collect(
                Collectors.groupingBy(
                    each -> each.status() + " " + each.what(), TreeMap::new, Collectors.counting()));
    System.out.printf(
        "%s, from %d connections: p50 %.0f ms, p99 %.0f ms, max %.0f ms; %s%n",
        what, connections, at(millis, 0.5), at(millis, 0.99), at(millis, 1), counts);
    System.out.printf(
        "  errors %d%n", answers.stream().filter(each -> each.status() != 200).count());
  }

  private static double at(double[] sorted, double quantile) {
    return sorted[(int) Math.min(sorted.length - 1, Math.ceil(sorted.length * quantile))];
  }
}

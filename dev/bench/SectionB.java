import com.fasterxml.jackson.databind.JsonNode;
import dev.rollbook.Payloads;
import dev.rollbook.compose.ComposeCli;
import dev.rollbook.compose.ComposeShop;
import java.io.File;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Section B of the same Compose project, in turns: by hand (`section-b.sh`, once as patient and
 * once as impatient as such scripts are) and by `rollbook run` against a running worker.
 *
 * <p>Arguments: the project's folder, the Temporal server's address, then for every comparison the
 * Compose that started the service, how long the service takes to start in milliseconds, how many
 * rounds, and whether the bad release ignores the request to stop: `v1-20123x1`, `v2-1000x5-deaf`.
 */
public final class SectionB {

  private static final String SERVICE = "shop";
  private static final int IN_A_ROW = 3;
  private static final String EVERY_SECONDS = "0.2";
  private static final List<String> POLLS = List.of("10", "5", "0.2");

  private static final String SERVE =
      """
      #!/bin/sh
      %s
      mkdir -p /www/actuator /www/api/v1
      if [ "$APP_HEALTH" = UP ]; then
        sleep %s
        echo '{"status":"UP"}' >/www/actuator/health
        echo '[{"id":1,"name":"tea"}]' >/www/api/v1/products
      else
        echo '{"status":"DOWN"}' >/www/actuator/health
      fi
      httpd -p 8083 -h /www
      echo "Started ShopApplication in %2$s seconds"
      while :; do sleep 3600 & wait $!; done
      """;

  private static final String GATEWAY =
      """
      #!/bin/sh
      body=$(wget -qO- "http://shop:8083/api/v1$PATH_INFO") &&
        printf 'Content-Type: application/json\\r\\n\\r\\n%s' "$body" ||
        printf 'Status: 502 Bad Gateway\\r\\n\\r\\n'
      """;

  private final Path project;
  private final String temporal;
  private final ComposeShop shop;
  private final ComposeCli compose;
  private final int gatewayPort;
  private final Path folder;

  private SectionB(
      Path project, String temporal, ComposeShop shop, ComposeCli compose, Path folder)
      throws IOException {
    this.project = project;
    this.temporal = temporal;
    this.shop = shop;
    this.compose = compose;
    this.folder = folder;
    try (ServerSocket free = new ServerSocket(0)) {
      this.gatewayPort = free.getLocalPort();
    }
  }

  public static void main(String[] arguments) throws Exception {
    for (String comparison : Arrays.asList(arguments).subList(2, arguments.length)) {
      String[] parts = comparison.split("[-x]");
      Path folder = Files.createTempDirectory("rollbook-bench");
      ComposeShop shop = new ComposeShop(folder.resolve("shop"));
      Thread closing = new Thread(shop::close);
      Runtime.getRuntime().addShutdownHook(closing); // also when this is interrupted
      try {
        ComposeCli compose = ComposeCli.valueOf(parts[0].toUpperCase(Locale.ROOT));
        new SectionB(Path.of(arguments[0]), arguments[1], shop, compose, folder)
            .compare(Integer.parseInt(parts[1]), Integer.parseInt(parts[2]), parts.length > 3);
      } finally {
        Runtime.getRuntime().removeShutdownHook(closing);
        shop.close();
        delete(folder);
      }
    }
  }

  private void compare(int startMillis, int rounds, boolean deaf) throws Exception {
    images(startMillis / 1e3, deaf);
    catalog();
    Process worker = worker();
    try {
      timed(rollbook("staging")); // warms up
      Map<String, double[]> seconds = new LinkedHashMap<>();
      Map<String, double[]> steps = new LinkedHashMap<>();
      for (int round = 0; round < rounds; round++) {
        for (String poll : POLLS) {
          seconds.computeIfAbsent(script(poll), way -> new double[rounds])[round] =
              timed(script(poll, ComposeShop.ENGINE.toString()));
        }
        double all = timed(rollbook("staging"));
        seconds.computeIfAbsent("rollbook run", way -> new double[rounds])[round] = all;
        for (Map.Entry<String, Double> step : steps().entrySet()) {
          steps.computeIfAbsent(step.getKey(), id -> new double[rounds])[round] = step.getValue();
        }
      }
      System.out.printf(
          "Compose %s; service starts in %.3f s, %s; %d rounds%n",
          compose,
          startMillis / 1e3,
          deaf ? "the bad one has to be killed after 10 s" : "the bad one stops when asked",
          rounds);
      seconds.forEach(SectionB::print);
      double[] rollbook = seconds.get("rollbook run");
      for (String poll : POLLS) {
        double[] script = seconds.get(script(poll));
        System.out.printf(
            "  rollbook / %s: %.3f, %+.2f s%n",
            script(poll), median(rollbook) / median(script), median(rollbook) - median(script));
      }
      System.out.println("  of it, in seconds: " + medians(steps));
      count();
    } finally {
      worker.destroy();
      worker.waitFor(20, TimeUnit.SECONDS);
    }
  }

  private void images(double startSeconds, boolean deaf) {
    Path gateway = shop.write("gateway", GATEWAY);
    gateway.toFile().setExecutable(true);
    serve("trap 'exit 0' TERM", startSeconds);
    shop.build("v2", "UP");
    serve(deaf ? "trap '' TERM" : "trap 'exit 0' TERM", startSeconds);
    shop.build("v3", "DOWN");
    shop.docker("tag", shop.image("v2"), shop.image("previous"));
    shop.docker("tag", shop.image("v3"), shop.image("latest"));
  }

  private void serve(String trap, double startSeconds) {
    shop.write("image/serve.sh", SERVE.formatted(trap, startSeconds));
  }

  /** The bad release, as Compose started it. */
  private void deploy() {
    shop.write(
        "docker-compose.yml",
        """
        version: "3.8"
        services:
          shop:
            image: %s
            # the gateway asks here
            ports:
              - "127.0.0.1:%d:8083"
            restart: unless-stopped
          gateway:
            image: rollbook.local/busybox:1
            command: [httpd, -f, -p, "8080", -h, /www]
            volumes: ["./gateway:/www/cgi-bin/shopping:ro"]
            ports: ["127.0.0.1:%d:8080"]
        """
            .formatted(shop.image("latest"), shop.port(), gatewayPort));
    shop.compose(compose, "up", "-d");
    String label = "label=shop=" + shop.suffix();
    shop.docker("images", "--format", "{{.Repository}}:{{.Tag}}", "--filter", label)
        .lines()
        .filter(name -> name.startsWith("rollback/"))
        .forEach(name -> shop.docker("rmi", name));
  }

  /** Seconds from the bad release running to the good one healthy. */
  private double timed(ProcessBuilder way) throws Exception {
    deploy();
    long start = System.nanoTime();
    Process process =
        way.redirectError(said().toFile())
            .redirectOutput(answer().toFile())
            .redirectInput(Path.of("/dev/null").toFile())
            .start();
    int exitCode = process.waitFor();
    double seconds = (System.nanoTime() - start) / 1e9;
    if (exitCode != 0 || !shop.runningImage().equals(shop.imageId("v2"))) {
      throw new IOException(Files.readString(said()) + Files.readString(answer()));
    }
    return seconds;
  }

  private Path said() {
    return folder.resolve("said.log");
  }

  private Path answer() {
    return folder.resolve("answer");
  }

  private static String script(String poll) {
    return "section-b.sh, sleep " + poll;
  }

  private ProcessBuilder script(String poll, String engine) {
    String direct = "http://localhost:" + shop.port();
    List<String> command = new ArrayList<>();
    command.add(project.resolve("dev/bench/section-b.sh").toString());
    command.addAll(List.of(shop.folder().toString(), SERVICE, shop.repository(), "previous"));
    command.addAll(List.of(direct + "/actuator/health", gateway(), direct + "/api/v1/products"));
    command.addAll(List.of(String.valueOf(IN_A_ROW), EVERY_SECONDS, poll));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("COMPOSE_PROJECT_NAME", shop.project());
    builder.environment().put("DOCKER_HOST", engine);
    builder.environment().put("PATH", path());
    return builder;
  }

  private String gateway() {
    return "http://localhost:" + gatewayPort + "/cgi-bin/shopping/products";
  }

  /** `docker-compose` is the one that started the service; the other is installed too. */
  private String path() {
    List<String> folders = new ArrayList<>();
    folders.add(Path.of(compose.program()).getParent().toString());
    folders.add(System.getenv("PATH"));
    Stream.of(ComposeCli.values())
        .forEach(each -> folders.add(Path.of(each.program()).getParent().toString()));
    return Stream.of(String.join(File.pathSeparator, folders).split(File.pathSeparator))
        .distinct()
        .reduce((one, other) -> one + File.pathSeparator + other)
        .orElseThrow();
  }

  private ProcessBuilder rollbook(String environment) {
    return command("run", SERVICE, "-e", environment, "--to", "previous", "-o", "json");
  }

  private ProcessBuilder command(String... arguments) {
    List<String> command = new ArrayList<>(List.of(project.resolve("rollbook").toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.environment().put("TEMPORAL_ADDRESS", temporal);
    builder.environment().put("TEMPORAL_CONFIG_FILE", "/dev/null");
    builder.environment().put("DOCKER_HOST", ComposeShop.ENGINE.toString());
    builder.environment().put("PATH", path());
    return builder;
  }

  private Process worker() throws IOException, InterruptedException {
    Path words = folder.resolve("worker.log");
    Process worker =
        command("worker").redirectErrorStream(true).redirectOutput(words.toFile()).start();
    while (!Files.readString(words).contains("worker ready")) {
      if (!worker.isAlive()) {
        throw new IOException(Files.readString(words));
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
    return worker;
  }

  /** The same twice: where requests are counted, they go through another socket. */
  private void catalog() throws IOException {
    StringBuilder text = new StringBuilder("version: 1\nservices:\n  shop:\n    environments:\n");
    for (String environment : List.of("staging", "counted")) {
      text.append(
          """
                %s:
                  kind: compose
                  project: %s
                  engine: "%s"
                  port: %d
                  start: {within: 60s, line: 'Started \\S+ in [0-9.]+ seconds'}
                  health: {url: "http://localhost:%4$d/actuator/health", inARow: %d, every: %sms, within: 60s}
                  checks:
                    - {name: through the gateway, url: "%s", pointer: /0/id, expected: "1"}
                    - {name: direct, url: "http://localhost:%4$d/api/v1/products", pointer: /0/id, expected: "1"}
          """
              .formatted(
                  environment,
                  shop.project(),
                  environment.equals("counted") ? counter() : ComposeShop.ENGINE,
                  shop.port(),
                  IN_A_ROW,
                  Math.round(Double.parseDouble(EVERY_SECONDS) * 1000),
                  gateway()));
    }
    Files.writeString(folder.resolve("rollbook.yaml"), text.toString());
  }

  /** How long the steps of the last run took, and how long it took until the first began. */
  private Map<String, Double> steps() throws IOException {
    Map<String, Double> steps = new LinkedHashMap<>();
    Instant end = null;
    for (JsonNode step : Payloads.mapper().readTree(Files.readString(answer())).path("steps")) {
      Instant started = Instant.parse(step.path("startedAt").asText());
      if (end != null) {
        steps.merge("between", Duration.between(end, started).toMillis() / 1e3, Double::sum);
      }
      end = Instant.parse(step.path("endedAt").asText());
      steps.merge(
          step.path("id").asText(), Duration.between(started, end).toMillis() / 1e3, Double::sum);
    }
    steps.put("steps", steps.values().stream().mapToDouble(each -> each).sum());
    return steps;
  }

  private String counter() {
    return "unix://" + folder.resolve("counted.sock");
  }

  /** Requests to the engine, in one more turn each. */
  private void count() throws Exception {
    for (String poll : POLLS) {
      System.out.printf(
          "  requests to the engine, %s: %s%n",
          script(poll), counted(script(poll, counter())));
    }
    System.out.printf(
        "  requests to the engine, rollbook run: %s%n", counted(rollbook("counted")));
  }

  private String counted(ProcessBuilder way) throws Exception {
    Path seen = folder.resolve("requests");
    String engine = ComposeShop.ENGINE.getPath();
    Process proxy;
    try {
      proxy =
          new ProcessBuilder(
                  "socat",
                  "-v",
                  "UNIX-LISTEN:" + counter().substring("unix://".length()) + ",fork,unlink-early",
                  "UNIX-CONNECT:" + engine)
              .redirectError(seen.toFile())
              .start();
    } catch (IOException noSocat) {
      return "not counted, since there is no `socat`";
    }
    try {
      while (!Files.exists(folder.resolve("counted.sock"))) {
        TimeUnit.MILLISECONDS.sleep(20);
      }
      timed(way);
    } finally {
      proxy.destroy();
      proxy.waitFor(10, TimeUnit.SECONDS);
      Files.deleteIfExists(folder.resolve("counted.sock"));
    }
    Pattern request = Pattern.compile("(?m)^(GET|HEAD|POST|PUT|DELETE) \\S+ HTTP/1\\.");
    return String.valueOf(request.matcher(Files.readString(seen)).results().count());
  }

  private static String medians(Map<String, double[]> steps) {
    return steps.entrySet().stream()
        .map(step -> "%s %.2f".formatted(step.getKey(), median(step.getValue())))
        .reduce((one, other) -> one + ", " + other)
        .orElse("");
  }

  private static double median(double[] seconds) {
    double[] sorted = seconds.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  private static void print(String what, double[] seconds) {
    System.out.printf(
        "  %-23s median %6.2f s, min %6.2f, max %6.2f%n",
        what,
        median(seconds),
        Arrays.stream(seconds).min().orElseThrow(),
        Arrays.stream(seconds).max().orElseThrow());
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}

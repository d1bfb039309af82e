import dev.rollbook.shop.LocalShop;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Section A of the same service in the same repository, in turns: by hand (`section-a.sh`) and by
 * `rollbook run` against a running worker. The build command does nothing, so that it does not
 * count.
 *
 * <p>Arguments: the project's folder, the Temporal server's address, then for every comparison how
 * long the service takes to start in milliseconds and how many rounds: `15234x3`.
 */
public final class SectionA {

  private static final int IN_A_ROW = 3;
  private static final String EVERY_SECONDS = "0.2";
  private static final int HELPS = 11;

  /** How the script ends the service: the runbook has both. */
  private static final List<String> SIGNALS = List.of("9", "INT");

  private final Path project;
  private final String temporal;
  private final LocalShop shop;

  private SectionA(Path project, String temporal, LocalShop shop) {
    this.project = project;
    this.temporal = temporal;
    this.shop = shop;
  }

  public static void main(String[] arguments) throws Exception {
    for (String comparison : Arrays.asList(arguments).subList(2, arguments.length)) {
      String[] parts = comparison.split("x");
      Path folder = Files.createTempDirectory("rollbook-bench");
      try (LocalShop shop = new LocalShop(folder)) {
        shop.release("v1", Map.of())
            .release("v2", Map.of("startMillis", parts[0]))
            .release("v3", Map.of("health", "DOWN"));
        new SectionA(Path.of(arguments[0]), arguments[1], shop)
            .compare(Integer.parseInt(parts[0]), Integer.parseInt(parts[1]));
      } finally {
        delete(folder);
      }
    }
  }

  private void compare(int startMillis, int rounds) throws Exception {
    catalog();
    Process worker = worker();
    try {
      String sha = shop.sha("v2");
      Map<String, double[]> scripts = new LinkedHashMap<>();
      SIGNALS.forEach(signal -> scripts.put(signal, new double[rounds]));
      double[] rollbook = new double[rounds];
      timed(script("9", sha)); // both warm up
      timed(rollbook("run", LocalShop.SERVICE, "-e", "local", "--to", sha));
      for (int round = 0; round < rounds; round++) {
        for (String signal : SIGNALS) {
          scripts.get(signal)[round] = timed(script(signal, sha));
        }
        rollbook[round] = timed(rollbook("run", LocalShop.SERVICE, "-e", "local", "--to", sha));
      }
      System.out.printf("Service starts in %.3f s; %d rounds%n", startMillis / 1e3, rounds);
      print("rollbook --help", help());
      scripts.forEach((signal, script) -> print("section-a.sh, kill -" + signal, script));
      print("rollbook run", rollbook);
      scripts.forEach(
          (signal, script) ->
              System.out.printf(
                  "rollbook / script, kill -%s: %.3f, %+.2f s%n",
                  signal,
                  median(rollbook) / median(script),
                  median(rollbook) - median(script)));
    } finally {
      worker.destroy();
      worker.waitFor(20, TimeUnit.SECONDS);
    }
  }

  /** What the command itself takes to begin and to end. */
  private double[] help() throws Exception {
    double[] seconds = new double[HELPS];
    for (int at = 0; at < HELPS; at++) {
      long start = System.nanoTime();
      Process process = rollbook("--help").redirectErrorStream(true).start();
      process.getInputStream().readAllBytes();
      if (process.waitFor() != 0) {
        throw new IOException("rollbook --help exited " + process.exitValue());
      }
      seconds[at] = (System.nanoTime() - start) / 1e9;
    }
    return seconds;
  }

  /** Seconds from the bad release running to the good one healthy. */
  private double timed(ProcessBuilder way) throws Exception {
    shop.close();
    shop.git("checkout", "--quiet", "main");
    shop.deploy();
    Path said = shop.file("said.log");
    long start = System.nanoTime();
    Process process =
        way.redirectErrorStream(true)
            .redirectOutput(said.toFile())
            .redirectInput(Path.of("/dev/null").toFile())
            .start();
    int exitCode = process.waitFor();
    double seconds = (System.nanoTime() - start) / 1e9;
    if (exitCode != 0 || !shop.git("rev-parse", "HEAD").strip().equals(shop.sha("v2"))) {
      throw new IOException(Files.readString(said));
    }
    if (shop.starts().size() != 1) {
      throw new IOException("started " + shop.starts() + "\n" + Files.readString(said));
    }
    return seconds;
  }

  private ProcessBuilder script(String signal, String sha) {
    List<String> command = new ArrayList<>();
    command.add(project.resolve("dev/bench/section-a.sh").toString());
    command.add(signal);
    command.addAll(List.of(shop.repository().toString(), sha, String.valueOf(shop.port())));
    command.addAll(List.of(String.valueOf(IN_A_ROW), EVERY_SECONDS));
    command.addAll(List.of(shop.file("service.log").toString(), "true"));
    command.addAll(shop.startCommand());
    return new ProcessBuilder(command);
  }

  private ProcessBuilder rollbook(String... arguments) {
    List<String> command = new ArrayList<>(List.of(project.resolve("rollbook").toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).directory(shop.folder().toFile());
    builder.environment().put("TEMPORAL_ADDRESS", temporal);
    builder.environment().put("TEMPORAL_CONFIG_FILE", "/dev/null");
    return builder;
  }

  private Process worker() throws IOException, InterruptedException {
    Path said = shop.file("worker.log");
    Process worker =
        rollbook("worker").redirectErrorStream(true).redirectOutput(said.toFile()).start();
    while (!Files.readString(said).contains("worker ready")) {
      if (!worker.isAlive()) {
        throw new IOException(Files.readString(said));
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
    return worker;
  }

  private void catalog() throws IOException {
    Path catalog = shop.writeCatalog();
    Files.writeString(
        catalog,
        Files.readString(catalog)
            .replace("[./build.sh]", "['true']")
            .replaceFirst("inARow: \\d+", "inARow: " + IN_A_ROW)
            .replaceFirst("every: \\w+", "every: 200ms"));
  }

  private static double median(double[] seconds) {
    double[] sorted = seconds.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  private static void print(String what, double[] seconds) {
    System.out.printf(
        "  %-22s median %6.2f s, min %6.2f, max %6.2f%n",
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

import com.fasterxml.jackson.databind.JsonNode;
import dev.rollbook.Payloads;
import dev.rollbook.kubernetes.ApiProxy;
import dev.rollbook.kubernetes.KubernetesPin.Workload;
import dev.rollbook.kubernetes.KubernetesShop;
import dev.rollbook.kubernetes.Release;
import dev.rollbook.kubernetes.Release.Behaviour;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentStatus;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Section C of the same Deployment of three pods, in turns: by hand (`section-c.sh`, that is
 * kubectl) and by `rollbook run` against a running worker.
 *
 * <p>Arguments: the project's folder, the Temporal server's address, then for every comparison how
 * long each good pod takes to start in milliseconds and how many rounds: `k8s-15234x3`.
 */
public final class SectionC {

  private static final int PODS = 3;
  private static final String SCRIPT = "section-c.sh";
  private static final String ROLLBOOK = "rollbook run";
  private static final Release BAD = Release.bad(Behaviour.DOWN);

  private final Path project;
  private final String temporal;
  private final KubernetesShop shop;
  private final Release good;
  private final Path folder;

  /**
   * Seconds from the command's start.
   *
   * @param undone until the template was the good one's
   * @param available until the Deployment was complete
   * @param ended until the command was
   */
  private record Turn(double undone, double available, double ended) {}

  private SectionC(
      Path project, String temporal, KubernetesShop shop, double startSeconds, Path folder) {
    this.project = project;
    this.temporal = temporal;
    this.shop = shop;
    this.good = Release.good().edited(pod -> slow(pod.getContainers().get(0), startSeconds));
    this.folder = folder;
  }

  private static void slow(Container container, double seconds) {
    List<String> command = new ArrayList<>(container.getCommand());
    command.set(2, "sleep " + seconds + "\n" + command.get(2));
    container.setCommand(command);
  }

  public static void main(String[] arguments) throws Exception {
    for (String comparison : Arrays.asList(arguments).subList(2, arguments.length)) {
      String[] parts = comparison.split("[-x]");
      Path folder = Files.createTempDirectory("rollbook-bench");
      KubernetesShop shop = new KubernetesShop(Workload.DEPLOYMENT, PODS);
      Thread closing = new Thread(shop::close);
      Runtime.getRuntime().addShutdownHook(closing); // also when this is interrupted
      try {
        int startMillis = Integer.parseInt(parts[1]);
        new SectionC(Path.of(arguments[0]), arguments[1], shop, startMillis / 1e3, folder)
            .compare(startMillis, Integer.parseInt(parts[2]));
      } finally {
        Runtime.getRuntime().removeShutdownHook(closing);
        shop.close();
        delete(folder);
      }
    }
  }

  private void compare(int startMillis, int rounds) throws Exception {
    shop.rollOut(good).rollOut(BAD);
    try (ApiProxy proxy = new ApiProxy(shop.kubeconfig())) {
      Path counted = proxy.kubeconfig(folder);
      catalog(counted);
      Process worker = worker();
      try {
        double cold = plan();
        double warm = plan();
        Map<String, List<Turn>> turns = new LinkedHashMap<>();
        Map<String, List<Double>> steps = new LinkedHashMap<>();
        for (int round = 0; round < rounds; round++) {
          turn(turns, SCRIPT, script(shop.kubeconfig()));
          turn(turns, ROLLBOOK, rollbook("production"));
          steps().forEach((id, took) -> steps.computeIfAbsent(id, it -> new ArrayList<>()).add(took));
        }
        System.out.printf(
            "Kubernetes; %d pods, each starts in %.3f s; %d rounds%n",
            PODS, startMillis / 1e3, rounds);
        System.out.printf("  rollbook plan: the worker's first %.2f s, then %.2f s%n", cold, warm);
        turns.forEach(SectionC::print);
        ratio(turns);
        System.out.println("  of it, in seconds: " + medians(steps));
        run(kubectl(counted, "kubectl", "-n", shop.namespace(), "get", "deployments"));
        count(SCRIPT, script(counted), proxy);
        count(ROLLBOOK, rollbook("counted"), proxy);
      } finally {
        worker.destroy();
        worker.waitFor(20, TimeUnit.SECONDS);
      }
    }
  }

  /** Seconds that a plan takes, which is all that comes before C1. */
  private double plan() throws Exception {
    long start = System.nanoTime();
    run(command("plan", "shop", "-e", "production", "-o", "json"));
    return (System.nanoTime() - start) / 1e9;
  }

  private void turn(Map<String, List<Turn>> turns, String way, ProcessBuilder command)
      throws Exception {
    turns.computeIfAbsent(way, it -> new ArrayList<>()).add(timed(command));
  }

  /** The bad release runs; then the command is begun, and watched from outside. */
  private Turn timed(ProcessBuilder way) throws Exception {
    shop.rollOut(BAD);
    Map<String, Long> seen = new LinkedHashMap<>();
    CountDownLatch complete = new CountDownLatch(1);
    way.command().replaceAll(word -> word.equals("REVISION") ? revision() : word);
    try (Watch watch = watch(seen, complete)) {
      long start = System.nanoTime();
      run(way);
      long end = System.nanoTime();
      if (!complete.await(5, TimeUnit.SECONDS)) {
        throw new IOException("not complete: " + Files.readString(answer()));
      }
      synchronized (seen) {
        return new Turn(
            (seen.get("undone") - start) / 1e9,
            (seen.get("complete") - start) / 1e9,
            (end - start) / 1e9);
      }
    }
  }

  private void run(ProcessBuilder way) throws Exception {
    int exitCode =
        way.redirectError(said().toFile())
            .redirectOutput(answer().toFile())
            .redirectInput(Path.of("/dev/null").toFile())
            .start()
            .waitFor();
    if (exitCode != 0) {
      throw new IOException(Files.readString(said()) + Files.readString(answer()));
    }
  }

  private Watch watch(Map<String, Long> seen, CountDownLatch complete) {
    return shop.client()
        .apps()
        .deployments()
        .inNamespace(shop.namespace())
        .withName(KubernetesShop.NAME)
        .watch(
            new Watcher<Deployment>() {
              @Override
              public void eventReceived(Action action, Deployment now) {
                long at = System.nanoTime();
                synchronized (seen) {
                  if (isGood(now)) {
                    seen.putIfAbsent("undone", at);
                  }
                  if (isGood(now) && isComplete(now)) {
                    seen.putIfAbsent("complete", at);
                    complete.countDown();
                  }
                }
              }

              @Override
              public void onClose(WatcherException cause) {
                System.err.println("section-c: the watch has ended: " + cause);
              }
            });
  }

  private boolean isGood(Deployment now) {
    return good.name()
        .equals(now.getSpec().getTemplate().getMetadata().getAnnotations().get("release"));
  }

  private static boolean isComplete(Deployment now) {
    DeploymentStatus status = now.getStatus();
    return now.getMetadata().getGeneration().equals(status.getObservedGeneration())
        && Stream.of(
                status.getReplicas(), status.getUpdatedReplicas(), status.getAvailableReplicas())
            .allMatch(count -> count != null && count == PODS);
  }

  /** Another one after every rollback. */
  private String revision() {
    return shop.revision(good)
        .getMetadata()
        .getAnnotations()
        .get("deployment.kubernetes.io/revision");
  }

  private Path said() {
    return folder.resolve("said.log");
  }

  private Path answer() {
    return folder.resolve("answer");
  }

  private ProcessBuilder script(Path kubeconfig) {
    return kubectl(
        kubeconfig,
        project.resolve("dev/bench/section-c.sh").toString(),
        shop.namespace(),
        KubernetesShop.NAME,
        "REVISION");
  }

  private ProcessBuilder kubectl(Path kubeconfig, String... command) {
    ProcessBuilder builder = new ProcessBuilder(new ArrayList<>(List.of(command)));
    builder.environment().put("KUBECONFIG", kubeconfig.toString());
    builder.environment().put("KUBECACHEDIR", folder.resolve("kube-cache").toString());
    return builder;
  }

  private ProcessBuilder rollbook(String environment) {
    return command("run", "shop", "-e", environment, "--to", "REVISION", "-o", "json");
  }

  private ProcessBuilder command(String... arguments) {
    List<String> command = new ArrayList<>(List.of(project.resolve("rollbook").toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.environment().put("TEMPORAL_ADDRESS", temporal);
    builder.environment().put("TEMPORAL_CONFIG_FILE", "/dev/null");
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

  /** The same twice: where requests are counted, they go through a proxy. */
  private void catalog(Path counted) throws IOException {
    StringBuilder text = new StringBuilder("version: 1\nservices:\n  shop:\n    environments:\n");
    Map.of("production", shop.kubeconfig(), "counted", counted)
        .forEach(
            (environment, kubeconfig) ->
                text.append(
                    """
                          %s:
                            kind: kubernetes
                            kubeconfig: '%s'
                            namespace: %s
                            workload: deployment/%s
                            kubernetesService: %4$s
                            port: 8083
                            start: {within: 3m}
                            health: {inARow: 3, every: 200ms, within: 60s}
                            stableFor: 1s
                            keptFor: 1s
                    """
                        .formatted(
                            environment, kubeconfig, shop.namespace(), KubernetesShop.NAME)));
    Files.writeString(folder.resolve("rollbook.yaml"), text.toString());
  }

  /** How long the steps of the last run took, and how long it took between them. */
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
    return steps;
  }

  /** Requests to the API server, in one more turn; kubectl knows what the server offers before. */
  private void count(String way, ProcessBuilder command, ApiProxy proxy) throws Exception {
    shop.rollOut(BAD);
    proxy.reset();
    timed(command);
    Map<String, Long> kinds =
        proxy.requests().stream()
            .collect(Collectors.groupingBy(SectionC::kind, TreeMap::new, Collectors.counting()));
    System.out.printf("  API requests, %s: %d %s%n", way, proxy.requests().size(), kinds);
  }

  /** {@code GET pods}: what is asked for, without names. */
  private static String kind(String line) {
    String[] words = line.split(" ");
    String path = words[1].replaceFirst("\\?.*", "");
    String what = path.replaceFirst("^/apis?/([^/]+/)?v[^/]+/", "");
    what = what.replaceFirst("^namespaces/[^/]+/", "");
    String[] parts = what.split("/");
    return (words[1].contains("watch=") ? "WATCH" : words[0])
        + " "
        + parts[0]
        + (parts.length > 2 ? "/" + parts[2] : "");
  }

  private static void ratio(Map<String, List<Turn>> turns) {
    Turn script = medianOf(turns.get(SCRIPT));
    Turn rollbook = medianOf(turns.get(ROLLBOOK));
    System.out.printf(
        "  rollbook / script until available: %.3f, %+.2f s%n",
        rollbook.available() / script.available(), rollbook.available() - script.available());
  }

  private static Turn medianOf(List<Turn> turns) {
    return new Turn(
        median(turns.stream().map(Turn::undone).toList()),
        median(turns.stream().map(Turn::available).toList()),
        median(turns.stream().map(Turn::ended).toList()));
  }

  private static void print(String way, List<Turn> turns) {
    Turn median = medianOf(turns);
    System.out.printf(
        "  %-12s  undone after %5.2f s, available after %6.2f s (%.2f to %.2f), command ended after %6.2f s%n",
        way,
        median.undone(),
        median.available(),
        turns.stream().mapToDouble(Turn::available).min().orElseThrow(),
        turns.stream().mapToDouble(Turn::available).max().orElseThrow(),
        median.ended());
  }

  private static String medians(Map<String, List<Double>> steps) {
    return steps.entrySet().stream()
        .map(step -> "%s %.2f".formatted(step.getKey(), median(step.getValue())))
        .collect(Collectors.joining(", "));
  }

  private static double median(List<Double> seconds) {
    double[] sorted = seconds.stream().mapToDouble(it -> it).sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}

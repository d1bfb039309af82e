package dev.rollbook.cli;

import dev.rollbook.catalog.Catalog;
import dev.rollbook.local.Command;
import dev.rollbook.local.DetachedJob;
import dev.rollbook.local.LocalEnvironment;
import dev.rollbook.local.MachineProcesses;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/** {@code rollbook demo local}: a broken release of a real service, deployed and rolled back. */
final class LocalDemo {

  private static final String SERVICE = "shopping-service";
  private static final String ENVIRONMENT = "local";
  private static final int PORT = 8083;
  private static final Duration ANSWERS_WITHIN = Duration.ofSeconds(20);
  private static final long ENDED_SECONDS = 5;

  private final Path folder;
  private final boolean json;
  private final Terminal terminal;
  private final MachineProcesses machine = new MachineProcesses();
  private final HttpClient http = HttpClient.newHttpClient();

  LocalDemo(Path folder, boolean json) {
    this.folder = folder.toAbsolutePath().normalize();
    this.json = json;
    this.terminal = new Terminal(json);
  }

  int play() throws IOException, InterruptedException {
    if (Files.exists(folder)) {
      terminal.say("An earlier demo is in " + folder + ": removing it first.");
      clean();
    }
    terminal.say(terminal.bold("1. A git repository with three releases, the third broken"));
    Files.createDirectories(folder);
    Files.writeString(marker(), "made by `rollbook demo`; `rollbook demo --clean` removes it\n");
    new DemoRepository(folder.resolve("repository")).create();
    Path catalog = writeCatalog();
    LocalEnvironment local = environment(catalog);
    terminal.say("   " + folder.resolve("repository"));

    terminal.say(terminal.bold("2. Somebody deploys v3"));
    deploy(local);
    show(local.health().url());
    show(products(local));

    terminal.say(terminal.bold("3. rollbook run " + SERVICE + " -e " + ENVIRONMENT));
    int exitCode = rollBack(catalog);

    terminal.say(terminal.bold("4. The service now"));
    show(local.health().url());
    show(products(local));
    terminal.say("");
    terminal.say("Timeline and evidence: the incident report under " + folder.resolve("docs"));
    terminal.say(
        "In Temporal UI:        (cd "
            + folder
            + " && rollbook worker), with a temporal binary on the PATH");
    terminal.say("The service:           " + local.health().url() + " (left running)");
    terminal.say("Clean up:              rollbook demo --clean");
    return exitCode;
  }

  /** Ends what the demo started, and removes its folder; refuses one that is not the demo's. */
  int clean() throws IOException, InterruptedException {
    if (!Files.exists(folder)) {
      terminal.say("There is no demo in " + folder + ".");
      return ExitCodes.OK;
    }
    if (!Files.exists(marker())) {
      throw new Refusal(
          ExitCodes.USAGE, folder + " was not made by `rollbook demo`: it is left alone");
    }
    endJobs();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
    terminal.say("The demo's service has ended, and " + folder + " is gone.");
    return ExitCodes.OK;
  }

  private int rollBack(Path catalog) throws IOException, InterruptedException {
    RollbookCommand rollbook = new RollbookCommand();
    rollbook.catalog = catalog;
    rollbook.output = json ? RollbookCommand.Output.json : RollbookCommand.Output.text;
    ServiceParameters service = new ServiceParameters();
    service.service = SERVICE;
    service.environment = ENVIRONMENT;
    RunOptions options = new RunOptions();
    options.reason = "v3 answers 5xx: the demo's broken release";
    return new RunAsked(rollbook, service, options).run(true, false);
  }

  /** As a person would: build, start, look. */
  private void deploy(LocalEnvironment local) throws IOException, InterruptedException {
    finish(local.build(), new DetachedJob(folder.resolve("deploy/build"), machine), local);
    new DetachedJob(folder.resolve("deploy/start"), machine)
        .startOnce(local.start(), local.variables());
  }

  private static void finish(Command build, DetachedJob job, LocalEnvironment local)
      throws IOException, InterruptedException {
    job.startOnce(build, local.variables());
    long until = System.nanoTime() + build.within().toNanos();
    while (job.exitCode().isEmpty() && System.nanoTime() < until) {
      TimeUnit.MILLISECONDS.sleep(50);
    }
    if (job.exitCode().orElse(-1) != 0) {
      throw new IOException("the demo's build failed: " + Files.readString(job.output()));
    }
  }

  private void show(URI url) throws InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(url).timeout(ANSWERS_WITHIN).build();
    long until = System.nanoTime() + ANSWERS_WITHIN.toNanos();
    while (true) {
      try {
        HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
        String line = "   GET " + url + " -> " + answer.statusCode() + " " + answer.body();
        terminal.say(answer.statusCode() == 200 ? terminal.green(line) : terminal.red(line));
        return;
      } catch (IOException e) {
        if (System.nanoTime() > until) {
          terminal.say(terminal.red("   GET " + url + " -> " + e));
          return;
        }
        TimeUnit.MILLISECONDS.sleep(100);
      }
    }
  }

  private void endJobs() throws IOException, InterruptedException {
    List<Path> jobs;
    try (Stream<Path> files = Files.walk(folder)) {
      jobs = files.filter(f -> f.endsWith("pid")).map(Path::getParent).toList();
    }
    for (Path job : jobs) {
      for (ProcessHandle process : new DetachedJob(job, machine).processes()) {
        process.destroy();
        try {
          process.onExit().get(ENDED_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException | ExecutionException e) {
          process.destroyForcibly();
        }
      }
    }
  }

  private Path writeCatalog() throws IOException {
    Path catalog = folder.resolve("rollbook.yaml");
    String text =
        DemoRepository.resource("rollbook.yaml")
            .replace("@port@", String.valueOf(freePort()))
            .replace("@jdk@", System.getProperty("java.home"));
    return Files.writeString(catalog, text);
  }

  private static int freePort() {
    for (int port : new int[] {PORT, 0}) {
      try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return socket.getLocalPort();
      } catch (IOException e) {
        if (port == 0) {
          throw new UncheckedIOException(e);
        }
      }
    }
    throw new IllegalStateException("no port");
  }

  private static LocalEnvironment environment(Path catalog) {
    Catalog read = CatalogOption.read(catalog);
    return read.localEnvironments().find(SERVICE, ENVIRONMENT);
  }

  private static URI products(LocalEnvironment local) {
    return local.health().url().resolve("/api/v1/products");
  }

  private Path marker() {
    return folder.resolve(".rollbook-demo");
  }
}

package dev.rollbook.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** A broken release of a real service, deployed and rolled back before your eyes. */
abstract class Demo {

  static final String SERVICE = "shopping-service";

  /** As it can be typed anywhere: a stranger has no {@code rollbook} on the PATH. */
  private static final String COMMAND = System.getProperty("rollbook.command", "rollbook");

  private static final Duration ANSWERS_WITHIN = Duration.ofSeconds(20);

  final DemoFolder folder;
  final Terminal terminal;

  private final String environment;
  private final boolean json;
  private final HttpClient http = HttpClient.newHttpClient();

  Demo(DemoFolder folder, String environment, boolean json) {
    this.folder = folder;
    this.environment = environment;
    this.json = json;
    this.terminal = new Terminal(json);
  }

  /**
   * Asks before something is changed that is not the demo's own folder.
   *
   * @throws Refusal when it must not be
   */
  void agree() {}

  /**
   * Prepares three releases, the third broken; says where they are.
   *
   * @return the catalog
   */
  abstract Path prepare() throws IOException, InterruptedException;

  /** As a person would. */
  abstract void deploy(Path catalog) throws IOException, InterruptedException;

  /** What the broken release is called. */
  String release() {
    return "v3";
  }

  /** What is said with {@code --to}; null where the good release is found without. */
  String target() {
    return null;
  }

  /** What the service answers, before and after. */
  abstract void show(Path catalog) throws IOException;

  /** Where the service can be asked afterwards. */
  abstract String whereabouts(Path catalog);

  /** Ends what the demo started. */
  abstract void end() throws IOException, InterruptedException;

  final int play() throws IOException, InterruptedException {
    Path catalog = prepare();
    terminal.say(terminal.bold("2. Somebody deploys " + release()));
    deploy(catalog);
    show(catalog);
    String to = target() == null ? "" : " --to " + target();
    terminal.say(terminal.bold("3. rollbook run " + SERVICE + " -e " + environment + to));
    int exitCode = rollBack(catalog);
    terminal.say(terminal.bold("4. The service now"));
    show(catalog);
    terminal.say("");
    terminal.say(
        "Timeline and evidence: the incident report under " + folder.path().resolve("docs"));
    terminal.say(
        "In Temporal UI:        (cd "
            + folder.path()
            + " && "
            + COMMAND
            + " worker), with a temporal binary on the PATH");
    terminal.say("The service:           " + whereabouts(catalog) + " (left running)");
    terminal.say("Clean up:              " + COMMAND + " demo --clean");
    return exitCode;
  }

  private int rollBack(Path catalog) throws IOException, InterruptedException {
    RollbookCommand rollbook = new RollbookCommand();
    rollbook.catalog = catalog;
    rollbook.output = json ? RollbookCommand.Output.json : RollbookCommand.Output.text;
    ServiceParameters service = new ServiceParameters();
    service.service = SERVICE;
    service.environment = environment;
    RunOptions options = new RunOptions();
    options.to = target();
    options.reason = release() + " answers 5xx: the demo's broken release";
    return new RunAsked(rollbook, service, options).run(true, false);
  }

  final void show(URI url) {
    HttpRequest request = HttpRequest.newBuilder(url).timeout(ANSWERS_WITHIN).build();
    long until = System.nanoTime() + ANSWERS_WITHIN.toNanos();
    try {
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
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while asking " + url, e);
    }
  }

  /**
   * @param wished the runbook's own, taken when it is free
   */
  static int freePort(int wished) {
    for (int port : new int[] {wished, 0}) {
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
}

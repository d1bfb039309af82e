package dev.rollbook.compose;

import dev.rollbook.Payloads;
import dev.rollbook.PinnedService;
import dev.rollbook.compose.ComposeCommand.Generation;
import dev.rollbook.local.MachineProcesses;
import dev.rollbook.local.Pause;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Compose's own {@code up} of one service with exactly the project's files: nothing is built,
 * pulled, or started beside it.
 */
final class ComposeUp {

  /** By it a Compose is found again that outlived the worker which started it. */
  private static final String COOKIE = "ROLLBOOK_COMPOSE";

  private static final Duration ENDS_WITHIN = Duration.ofSeconds(10);
  private static final Duration LOOK_EVERY = Duration.ofMillis(50);
  private static final Pattern VERSION = Pattern.compile("(?m)^version:.*$");

  private final PinnedService service;
  private final ComposeEnvironment environment;
  private final ComposePlanFolder plan;
  private final MachineProcesses machine;
  private final URI engine;
  private final Runnable whileWaiting;

  ComposeUp(
      PinnedService service,
      ComposeEnvironment environment,
      ComposePlanFolder plan,
      MachineProcesses machine,
      URI engine,
      Runnable whileWaiting) {
    this.service = service;
    this.environment = environment;
    this.plan = plan;
    this.machine = machine;
    this.engine = engine;
    this.whileWaiting = whileWaiting;
  }

  /** That of the generation which made the containers, else any; empty when there is none. */
  Optional<ComposeCommand> installed(List<ServiceContainer> containers) {
    List<String> files = service.compose().files();
    if (files.isEmpty() || !files.stream().map(Path::of).allMatch(Files::isReadable)) {
      return Optional.empty();
    }
    Map<String, String> variables = ComposeCommands.revealed(environment, engine);
    variables.put(COOKIE, cookie());
    return ComposeCommands.of(containers, variables, whileWaiting);
  }

  /** The project as Compose understands it; may hold secrets of the environment. */
  Optional<String> config(List<ServiceContainer> containers) throws IOException {
    Optional<ComposeCommand> command = installed(containers);
    return command.isEmpty()
        ? Optional.empty()
        : Optional.of(run(command.get(), List.of("config")).out());
  }

  /**
   * @param more flags of {@code up}
   * @throws ComposeFailed with its own words
   */
  void up(ComposeCommand compose, List<String> more) throws IOException {
    plan.write("compose.json", Payloads.mapper().valueToTree(Instant.now().toString()));
    ComposePin pin = service.compose();
    List<String> arguments = new ArrayList<>(List.of("up", "-d", "--no-deps", "--no-build"));
    if (compose.generation() == Generation.V2) {
      // v1 pulls what is missing only, and the image is here
      arguments.addAll(List.of("--pull", "never"));
    }
    if (!pin.containers().isEmpty()) {
      arguments.addAll(List.of("--scale", pin.service() + "=" + pin.numbers().size()));
    }
    arguments.addAll(more);
    arguments.add(pin.service());
    run(compose, arguments);
  }

  private ComposeCommand.Output run(ComposeCommand compose, List<String> subcommand)
      throws IOException {
    return compose.run(
        ComposeFiles.of(service.compose()).withFiles(files()),
        subcommand,
        environment.startWithin(),
        this::waitUnfenced);
  }

  private void waitUnfenced() {
    plan.refuseIfFenced();
    whileWaiting.run();
  }

  private List<Path> files() throws IOException {
    ComposePin pin = service.compose();
    List<Path> files = new ArrayList<>(pin.files().stream().map(Path::of).toList());
    if (pin.pin() == ComposePin.Pin.OVERRIDE) {
      Path override = OverrideFile.of(ComposeFiles.of(pin)).file();
      if (Files.exists(override) && !files.contains(override)) {
        files.add(override);
      }
    } else if (pin.pin() == ComposePin.Pin.LEAVE) {
      files.add(ownOverride());
    }
    return files;
  }

  /** For this one {@code up}; v1 wants the same version in all files. */
  private Path ownOverride() throws IOException {
    Matcher version = VERSION.matcher(Files.readString(Path.of(service.compose().files().get(0))));
    return plan.files()
        .write(
            "compose.rollback.yaml",
            "%s%nservices:%n  \"%s\":%n    image: \"%s\"%n"
                .formatted(
                    version.find() ? version.group() : "",
                    service.compose().service(),
                    service.compose().image()));
  }

  /**
   * One that a killed or frozen worker left behind would go on beside the next one.
   *
   * @return true when there was one
   */
  boolean endLeftOver() throws IOException {
    if (plan.read("compose.json").isEmpty()) {
      return false;
    }
    Instant since = Instant.parse(plan.read("compose.json").get().asText());
    List<ProcessHandle> left = machine.carrying(COOKIE, cookie(), since);
    left.forEach(ProcessHandle::destroyForcibly);
    for (ProcessHandle one : left) {
      awaitEnd(one);
    }
    return !left.isEmpty();
  }

  /** Not by onExit: the child of a frozen worker stays there for Java, ended and not waited for. */
  private void awaitEnd(ProcessHandle left) throws IOException {
    long until = System.nanoTime() + ENDS_WITHIN.toNanos();
    while (machine.find(left.pid()).isPresent()) {
      if (System.nanoTime() > until) {
        throw new IOException("an earlier Compose, process " + left.pid() + ", does not end");
      }
      whileWaiting.run();
      Pause.of(LOOK_EVERY);
    }
  }

  private String cookie() {
    return plan.files().folder().toString();
  }
}

package dev.rollbook.compose;

import dev.rollbook.Payloads;
import dev.rollbook.PinnedService;
import dev.rollbook.compose.ComposeCommand.Generation;
import dev.rollbook.local.MachineProcesses;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Compose's own {@code up} of one service with exactly the project's files: nothing is built,
 * pulled, or started beside it.
 */
final class ComposeUp {

  /** By it a Compose is found again that outlived the worker which started it. */
  private static final String COOKIE = "ROLLBOOK_COMPOSE";

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
      arguments.addAll(List.of("--scale", pin.service() + "=" + pin.containers().size()));
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
        whileWaiting);
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

  /** One that a killed worker left behind would go on beside the next one. */
  void endLeftOver() throws IOException {
    if (plan.read("compose.json").isEmpty()) {
      return;
    }
    Instant since = Instant.parse(plan.read("compose.json").get().asText());
    for (ProcessHandle left : machine.carrying(COOKIE, cookie(), since)) {
      left.destroyForcibly();
      try {
        left.onExit().get(10, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted while an earlier Compose ended", e);
      } catch (ExecutionException | TimeoutException e) {
        throw new IOException("an earlier Compose, process " + left.pid() + ", does not end", e);
      }
    }
  }

  private String cookie() {
    return plan.files().folder().toString();
  }
}

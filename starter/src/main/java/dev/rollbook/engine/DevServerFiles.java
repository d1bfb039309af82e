package dev.rollbook.engine;

import dev.rollbook.local.MachineProcesses;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** What the dev server and its keeper, {@code engine.sh}, leave in a state directory. */
record DevServerFiles(StateDirectory state) {

  private static final Duration ENDS_WITHIN = Duration.ofSeconds(12);
  private static final int LOG_LINES = 10;

  Path database() {
    return state.file(DevServer.DATABASE);
  }

  /** There from before the database is made until it has been served. */
  private Path making() {
    return state.file("temporal.db.making");
  }

  /** A database whose making was cut off is empty, and no server starts over it again. */
  void removeHalfMadeDatabase() throws IOException {
    if (Files.exists(making())) {
      for (String end : List.of("", "-journal", "-wal", "-shm")) {
        Files.deleteIfExists(state.file(DevServer.DATABASE + end));
      }
    }
    if (Files.notExists(database())) {
      Files.writeString(making(), "");
    }
  }

  void keepDatabase() throws IOException {
    Files.deleteIfExists(making());
  }

  /** Another server may have taken the port since it was found free. */
  boolean portWasTaken() throws IOException {
    return Files.exists(log()) && Files.readString(log()).contains("address already in use");
  }

  /** True when it is our server that listens, and not one that was quicker. */
  boolean serverListens(int port) {
    Optional<Long> server = process("engine.pid", database()).map(ProcessHandle::pid);
    return server.isPresent()
        && new MachineProcesses()
            .listeners(port).stream()
                .flatMap(listener -> listener.process().stream())
                .anyMatch(process -> process.pid() == server.get());
  }

  Path log() {
    return state.file("temporal.log");
  }

  Optional<DevServerRecord> server() {
    return DevServerRecord.read(state.file("engine.json"));
  }

  void keep(DevServerRecord server) throws IOException {
    server.write(state.file("engine.json"));
  }

  /** Empty when there is no server, or one that is ending. */
  Optional<DevServerUse> use() throws IOException {
    try {
      return Optional.of(DevServerUse.begin(fifo(), state.file("engine.users")));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  DevServerUse firstUse() throws IOException {
    run(List.of("mkfifo", "-m", "600", fifo().toString()));
    return use().orElseThrow(() -> new NoSuchFileException(fifo().toString()));
  }

  /** Starts the keeper, which starts the server, apart from our process group: no Ctrl-C for it. */
  void serve(DevServerCommand command, Map<String, String> environment) throws IOException {
    if (Files.exists(log())) {
      Files.move(log(), state.file("temporal.log.1"), StandardCopyOption.REPLACE_EXISTING);
    }
    keeper("serve", command.words(), hasSetsid(environment));
  }

  void watchAgainIfNobodyDoes() throws IOException {
    if (process("engine.watch.pid", script()).isEmpty()) {
      keeper("watch", List.of(), hasSetsid(System.getenv()));
    }
  }

  private void keeper(String mode, List<String> arguments, boolean setsid) throws IOException {
    Path fresh = state.file("engine.sh.new");
    try (InputStream source = DevServerFiles.class.getResourceAsStream("engine.sh")) {
      Files.copy(source, fresh, StandardCopyOption.REPLACE_EXISTING);
    }
    // A new file, never a changed one: another shell may still be reading the old one.
    Files.move(fresh, script(), StandardCopyOption.ATOMIC_MOVE);
    List<String> words =
        new ArrayList<>(
            setsid
                ? List.of("setsid", "sh")
                // a group of its own: bash makes one without a terminal too, not every sh does
                : List.of("bash", "-c", "set -m; sh \"$@\" </dev/null &", "bash"));
    words.addAll(List.of(script().toString(), mode));
    words.addAll(arguments);
    ProcessBuilder builder =
        new ProcessBuilder(words)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()));
    DevServerCommand.withoutSettings(builder.environment());
    builder.start().getOutputStream().close();
  }

  private static boolean hasSetsid(Map<String, String> environment) {
    return Arrays.stream(environment.getOrDefault("PATH", "").split(File.pathSeparator))
        .anyMatch(directory -> Files.isExecutable(Path.of(directory, "setsid")));
  }

  boolean serverIsAlive() {
    return process("engine.pid", database()).isPresent();
  }

  /** The keeper has given up, and cleared its files. */
  boolean hasFailed() {
    return Files.notExists(fifo());
  }

  /** Waits for a server that is ending, and ends what does not end; then nothing is left. */
  void clear() throws IOException {
    if (!Files.exists(fifo())) {
      awaitEnd(processes());
    }
    List<ProcessHandle> left = processes();
    left.forEach(ProcessHandle::destroyForcibly);
    awaitEnd(left);
    for (String name :
        List.of(
            "engine.json", "engine.pid", "engine.watch.pid", "engine.fifo", "engine.fifo.closed")) {
      Files.deleteIfExists(state.file(name));
    }
  }

  /** As far as they live: who starts the server again, who ends it, and the server. */
  List<ProcessHandle> processes() {
    Optional<ProcessHandle> server = process("engine.pid", database());
    Optional<ProcessHandle> watch = process("engine.watch.pid", script());
    Optional<ProcessHandle> serve =
        Stream.of(watch, server)
            .flatMap(child -> child.flatMap(ProcessHandle::parent).stream())
            .filter(parent -> hasArgument(parent, script()))
            .findFirst();
    return Stream.of(serve, watch, server).flatMap(Optional::stream).toList();
  }

  /** Waits until they are gone; zombies are. */
  void awaitEnd(List<ProcessHandle> processes) {
    StateDirectory.await(
        ENDS_WITHIN, () -> processes.stream().allMatch(each -> each.info().arguments().isEmpty()));
  }

  String endOfLog() throws IOException {
    List<String> lines = Files.readString(log(), StandardCharsets.UTF_8).lines().toList();
    return String.join(
        System.lineSeparator(), lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size()));
  }

  private Path fifo() {
    return state.file("engine.fifo");
  }

  private Path script() {
    return state.file("engine.sh");
  }

  /**
   * The living process of a pid file. A pid alone says nothing, it is used again: the process must
   * also have our file among its arguments, which a zombie has not either.
   */
  private Optional<ProcessHandle> process(String pidFile, Path argument) {
    try {
      long pid = Long.parseLong(Files.readString(state.file(pidFile)).strip());
      return ProcessHandle.of(pid).filter(process -> hasArgument(process, argument));
    } catch (IOException | NumberFormatException e) {
      return Optional.empty();
    }
  }

  private static boolean hasArgument(ProcessHandle process, Path argument) {
    return process
        .info()
        .arguments()
        .filter(words -> Arrays.asList(words).contains(argument.toString()))
        .isPresent();
  }

  private static void run(List<String> command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS) || process.exitValue() != 0) {
        process.destroyForcibly();
        String words =
            new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        throw new IOException("'" + String.join(" ", command) + "' failed: " + words);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while running " + command, e);
    }
  }
}

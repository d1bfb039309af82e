package dev.rollbook.shop;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** The command as people get it: the one jar, in a process of its own. */
public final class Rollbook {

  private static final String JAVA =
      Path.of(System.getProperty("java.home"), "bin/java").toString();

  private final Path folder;
  private final Map<String, String> environment = new HashMap<>(System.getenv());

  /**
   * @param folder where it is called
   */
  public Rollbook(Path folder) {
    this.folder = folder;
    environment
        .keySet()
        .removeIf(name -> name.startsWith("TEMPORAL_") || name.startsWith("ROLLBOOK_"));
    environment.put("TEMPORAL_CONFIG_FILE", "/dev/null");
  }

  /** What a call answered. */
  public record Answer(int exitCode, String out, String err) {}

  public Rollbook with(String variable, String value) {
    environment.put(variable, value);
    return this;
  }

  /** Without a {@code temporal} command: the engine in the process. */
  public Rollbook withoutTemporal() {
    StringBuilder path = new StringBuilder();
    for (String one : environment.get("PATH").split(":")) {
      if (!Files.isExecutable(Path.of(one, "temporal"))) {
        path.append(path.length() == 0 ? "" : ":").append(one);
      }
    }
    return with("PATH", path.toString());
  }

  /**
   * A worker that polls. Started again when the server did not answer it soon enough: here that has
   * little of the machine.
   */
  public Running worker() throws IOException {
    Running worker = start("worker");
    await("a worker")
        .atMost(Duration.ofSeconds(180))
        .until(() -> worker.out().contains("worker ready") || !worker.process().isAlive());
    if (worker.process().isAlive()) {
      return worker;
    }
    if (worker.err().contains("does not answer")) {
      return worker();
    }
    throw new AssertionError("the worker has ended: " + worker.err());
  }

  public Answer call(String... arguments) throws IOException, InterruptedException {
    return call(180, arguments);
  }

  public Answer call(long seconds, String... arguments) throws IOException, InterruptedException {
    return start(arguments).answer(seconds);
  }

  /** A call under way, in a process group of its own, as a shell's job is. */
  public record Running(Process process, Path outFile, Path errFile) {
    /** As a terminal does: to the whole foreground process group. */
    public void signalGroup(String signal) throws IOException, InterruptedException {
      if (!reachesGroup(signal)) {
        throw new IOException("no process group " + process.pid());
      }
    }

    /**
     * SIGKILL to all of it; returns once the call is gone. It may have just begun, and have no
     * group yet; and it may end, or be killed by another, at the same moment.
     */
    public void killGroup() throws IOException, InterruptedException {
      while (process.isAlive() && !reachesGroup("KILL")) {
        process.waitFor(10, TimeUnit.MILLISECONDS);
      }
      process.waitFor();
    }

    private boolean reachesGroup(String signal) throws IOException, InterruptedException {
      List<String> kill = List.of("kill", "-" + signal, "--", "-" + process.pid());
      return new ProcessBuilder(kill)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    }

    public Answer answer(long seconds) throws IOException, InterruptedException {
      if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IOException("no end within " + seconds + " s: " + out() + err());
      }
      return new Answer(process.exitValue(), out(), err());
    }

    public String out() throws IOException {
      return Files.readString(outFile);
    }

    public String err() throws IOException {
      return Files.readString(errFile);
    }
  }

  /**
   * The archive of classes that the launcher makes of the jar on its first use: with it a call
   * takes two seconds less of a processor, and there are hundreds.
   */
  private static final class Classes {
    static final Path ARCHIVE = learned();

    private static Path learned() {
      Path target = Path.of(System.getProperty("rollbook.jar")).getParent();
      ProcessBuilder launcher =
          new ProcessBuilder(target.resolve("../../rollbook").normalize().toString(), "--version")
              .redirectErrorStream(true)
              .redirectOutput(target.resolve("launcher.log").toFile());
      launcher.environment().put("JAVA_HOME", System.getProperty("java.home"));
      try {
        launcher.start().waitFor();
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      return target.resolve("rollbook.jsa");
    }
  }

  public Running start(String... arguments) throws IOException {
    // what runs the tests in the background ignores INT, and so would its children
    List<String> command = new ArrayList<>(List.of("env", "--default-signal=INT", "setsid"));
    command.addAll(java(arguments));
    Running running = start(command);
    running.process().getOutputStream().close();
    return running;
  }

  /**
   * As a person calls it, who types that: all it says is in {@code out}.
   *
   * @param typed with the Enter key
   */
  public Running startAtTerminal(String typed, String... arguments) throws IOException {
    String quoted =
        java(arguments).stream()
            .map(word -> "'" + word + "'")
            .collect(Collectors.joining(" ", "exec ", ""));
    Running running =
        start(List.of("setsid", "script", "--quiet", "--return", "--command", quoted, "/dev/null"));
    // left open: its end would be that of what is typed
    running.process().getOutputStream().write(typed.getBytes(StandardCharsets.UTF_8));
    running.process().getOutputStream().flush();
    return running;
  }

  private static List<String> java(String... arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                JAVA,
                "-Xshare:auto",
                "-XX:SharedArchiveFile=" + Classes.ARCHIVE,
                "-Xlog:disable",
                "-Xlog:all=error:stderr",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx512m",
                "-jar",
                System.getProperty("rollbook.jar")));
    command.addAll(List.of(arguments));
    return command;
  }

  private Running start(List<String> command) throws IOException {
    Path out = Files.createTempFile(folder, "rollbook", ".out");
    Path err = Files.createTempFile(folder, "rollbook", ".err");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().clear();
    builder.environment().putAll(environment);
    return new Running(builder.start(), out, err);
  }
}

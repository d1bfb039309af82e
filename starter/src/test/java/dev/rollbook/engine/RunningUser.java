package dev.rollbook.engine;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** An {@link EngineUser} in a process and a process group of its own, as on a terminal. */
record RunningUser(Process process, String described) implements AutoCloseable {

  static RunningUser start(Path state) throws IOException {
    // what runs the tests in the background ignores INT, and so would its children
    List<String> command = new ArrayList<>(List.of("env", "--default-signal=INT", "setsid"));
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of("-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(EngineUser.class.getName(), state.toString()));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    BufferedReader output = process.inputReader();
    String described = "";
    for (String line = output.readLine(); !"READY".equals(line); line = output.readLine()) {
      if (line == null) {
        throw new IllegalStateException("The user ended before it was ready: " + described);
      }
      if (line.startsWith("embedded")) {
        described = line;
      }
    }
    return new RunningUser(process, described);
  }

  void leave() throws IOException, InterruptedException {
    process.getOutputStream().close();
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      throw new IllegalStateException("The user did not leave within 60 s");
    }
  }

  void killed() {
    process.destroyForcibly();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}

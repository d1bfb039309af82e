package dev.rollbook.engine;

import dev.rollbook.SearchAttributes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** The command line of one dev server: everything it opens is on 127.0.0.1. */
record DevServerCommand(List<String> words, int port, int uiPort) {

  /**
   * A step costs 0.12 s by default: the server looks for what is next 20 times a second, and tells
   * a worker what to do by a queue. By these, and by syncing a write-ahead log in place of two
   * files, it costs 0.03 s, and is as safely on disk.
   */
  private static final List<String> QUICK =
      List.of(
          "history.transferProcessorMaxPollRPS=1000", "system.enableActivityEagerExecution=true");

  private static final int HELP_SECONDS = 20;
  private static final String HOST = "127.0.0.1";

  /**
   * @param before the ports it had last time; taken again when they are free
   */
  static DevServerCommand of(Path temporal, StateDirectory state, DevServerRecord before) {
    return of(temporal, state, free(before.port(), 7233), free(before.uiPort(), 8233));
  }

  /** On ports that nobody else would choose. */
  static DevServerCommand elsewhere(Path temporal, StateDirectory state) {
    return of(temporal, state, anyFree(), anyFree());
  }

  private static DevServerCommand of(Path temporal, StateDirectory state, int port, int uiPort) {
    String help = help(temporal, state);
    if (!has(help, "--db-filename") || !has(help, "--ip")) {
      throw new IllegalStateException(
          temporal
              + " cannot keep its state in a file (its `server start-dev` has no --db-filename and"
              + " --ip); put a newer Temporal CLI on the PATH");
    }
    List<String> words = new ArrayList<>(List.of(temporal.toString(), "server", "start-dev"));
    words.addAll(List.of("--db-filename", state.file(DevServer.DATABASE).toString()));
    words.addAll(List.of("--ip", HOST, "--port", Integer.toString(port)));
    option(words, help, "--ui-ip", HOST);
    option(words, help, "--ui-port", Integer.toString(uiPort));
    option(words, help, "--namespace", "default");
    SearchAttributes.all()
        .forEach(key -> option(words, help, "--search-attribute", key.getName() + "=Keyword"));
    option(words, help, "--sqlite-pragma", "journal_mode=WAL");
    QUICK.forEach(setting -> option(words, help, "--dynamic-config-value", setting));
    // Rollbook may be where no outside network is: nothing is fetched for the Web UI.
    flag(words, help, "--ui-disable-news-fetch");
    flag(words, help, "--disable-config-file");
    flag(words, help, "--disable-config-env");
    return new DevServerCommand(List.copyOf(words), port, uiPort);
  }

  private static void option(List<String> words, String help, String name, String value) {
    if (has(help, name)) {
      words.addAll(List.of(name, value));
    }
  }

  private static void flag(List<String> words, String help, String name) {
    if (has(help, name)) {
      words.add(name);
    }
  }

  private static boolean has(String help, String name) {
    return Pattern.compile("(?m)(^|[\\s,])" + name + "\\b(?!-)").matcher(help).find();
  }

  private static String help(Path temporal, StateDirectory state) {
    Path output = state.file("temporal.help");
    try {
      ProcessBuilder builder =
          new ProcessBuilder(temporal.toString(), "server", "start-dev", "--help")
              .redirectErrorStream(true)
              .redirectOutput(output.toFile());
      withoutSettings(builder.environment());
      Process process = builder.start();
      process.getOutputStream().close();
      if (!process.waitFor(HELP_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IllegalStateException(
            temporal + " did not answer --help within " + HELP_SECONDS + " s; check that binary");
      }
      return Files.readString(output);
    } catch (IOException e) {
      throw new UncheckedIOException(
          temporal + " cannot be run; mend it, or take it off the PATH to do without it", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while asking " + temporal + " for help", e);
    }
  }

  /** A stray profile or address of the operator's must not steer the embedded server. */
  static void withoutSettings(Map<String, String> environment) {
    environment.keySet().removeIf(name -> name.startsWith("TEMPORAL_"));
  }

  private static int free(int... preferred) {
    return Arrays.stream(preferred)
        .filter(port -> port > 0 && isFree(port))
        .findFirst()
        .orElseGet(DevServerCommand::anyFree);
  }

  /** Neither taken on 127.0.0.1 nor by a listener on all addresses. */
  private static boolean isFree(int port) {
    if (accepts(port)) {
      return false;
    }
    try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getByName(HOST))) {
      return socket.isBound();
    } catch (IOException e) {
      return false;
    }
  }

  private static int anyFree() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(HOST))) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException("No free port on " + HOST, e);
    }
  }

  static boolean accepts(int port) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(HOST, port), 500);
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}

package dev.rollbook.cli;

import dev.rollbook.PlainText;
import dev.rollbook.Run;
import dev.rollbook.engine.Engines;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import picocli.CommandLine;

/** The one door: {@code rollbook COMMAND}. */
public final class RollbookMain {

  /** Connecting takes as long as reading all words and the catalog does: both at once. */
  private static final Set<String> ASK_AN_ENGINE =
      Set.of(
          "run", "plan", "resume", "status", "list", "approve", "reject", "abort", "stop",
          "release", "ack", "close", "worker", "serve");

  private static final List<String> OUTPUT = List.of("-o", "--output");

  private RollbookMain() {}

  public static void main(String[] arguments) {
    // Since Java 22 there would be a console even without a terminal.
    System.setProperty("jdk.console", "java.base");
    if (arguments.length > 0 && ASK_AN_ENGINE.contains(arguments[0])) {
      Logs.prepare();
      Engines.connectAhead(System.getenv());
    }
    System.exit(run(arguments));
  }

  static int run(String... arguments) {
    CommandLine line = RollbookCommand.line(arguments);
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setOut(inUtf8(System.out));
    line.setErr(inUtf8(System.err));
    boolean json = asksForJson(arguments);
    CommandLine.IParameterExceptionHandler usage = line.getParameterExceptionHandler();
    line.setParameterExceptionHandler(
        (e, given) -> {
          int exitCode = usage.handleParseException(e, given);
          return end(json, new Failure(e.getMessage(), exitCode));
        });
    line.setExecutionExceptionHandler((e, command, parsed) -> inWords(e, command, json));
    return arguments.length == 0 ? usage(line) : line.execute(arguments);
  }

  private static int usage(CommandLine line) {
    line.usage(line.getErr());
    return ExitCodes.USAGE;
  }

  /** What {@code -o json} prints where there is no run to print. */
  private record Failure(String error, int exitCode) {}

  private static int inWords(Exception e, CommandLine line, boolean json) {
    if (e instanceof Refusal refusal) {
      line.getErr().println(PlainText.of(refusal.getMessage()));
      return json && refusal.run().isPresent()
          ? end(refusal.run().get(), refusal.exitCode())
          : end(json, new Failure(refusal.getMessage(), refusal.exitCode()));
    }
    String words = e.getMessage() == null ? e.toString() : e.getMessage();
    line.getErr().println("rollbook: " + PlainText.of(words));
    if (System.getenv("ROLLBOOK_DEBUG") != null) {
      e.printStackTrace(line.getErr());
    }
    return end(json, new Failure(words, ExitCodes.FAULT));
  }

  private static int end(Run run, int exitCode) {
    new Terminal(true).result(RunJson.of(run));
    return exitCode;
  }

  private static int end(boolean json, Failure failure) {
    if (json) {
      new Terminal(true).result(RunJson.of(failure));
    }
    return failure.exitCode();
  }

  /** Also where the rest of the command line cannot be understood. */
  private static boolean asksForJson(String... arguments) {
    List<String> words = List.of(arguments);
    for (int at = 0; at < words.size(); at++) {
      boolean named = OUTPUT.contains(words.get(at)) && at + 1 < words.size();
      String asked = words.get(at) + (named ? "=" + words.get(at + 1) : "");
      if (asked.matches("(?i)(-o=?|--output=)json")) {
        return true;
      }
    }
    return false;
  }

  private static PrintWriter inUtf8(PrintStream stream) {
    return new PrintWriter(stream, true, StandardCharsets.UTF_8);
  }
}

package dev.rollbook.cli;

import picocli.CommandLine;

/** The one door: {@code rollbook COMMAND}. */
public final class RollbookMain {

  private RollbookMain() {}

  public static void main(String[] arguments) {
    System.exit(run(arguments));
  }

  static int run(String... arguments) {
    CommandLine line = new CommandLine(new RollbookCommand());
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setExecutionExceptionHandler(RollbookMain::inWords);
    return arguments.length == 0 ? usage(line) : line.execute(arguments);
  }

  private static int usage(CommandLine line) {
    line.usage(line.getErr());
    return ExitCodes.USAGE;
  }

  private static int inWords(Exception e, CommandLine line, CommandLine.ParseResult parsed) {
    if (e instanceof Refusal refusal) {
      line.getErr().println(refusal.getMessage());
      return refusal.exitCode();
    }
    line.getErr().println("rollbook: " + (e.getMessage() == null ? e : e.getMessage()));
    if (System.getenv("ROLLBOOK_DEBUG") != null) {
      e.printStackTrace(line.getErr());
    }
    return ExitCodes.FAULT;
  }
}

package dev.rollbook.cli;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** The command's options that all its parts share. */
@Command(
    name = "rollbook",
    description = "Gets a service back to its last good version, and proves that it is back.",
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true,
    versionProvider = RollbookCommand.Version.class,
    scope = ScopeType.INHERIT,
    sortOptions = false,
    usageHelpAutoWidth = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:rolled back, already there, not needed, a clean plan, or done as ordered",
      "1:a fault of Rollbook, or of what it runs on",
      "2:usage or catalog",
      "3:blocked: nothing was touched",
      "4:the rollback failed and the service was stopped; or an order failed",
      "5:aborted or rejected"
    })
final class RollbookCommand {

  enum Output {
    text,
    json
  }

  /** As the help lists them. */
  static final Map<String, Class<?>> WORDS = words();

  @Option(
      names = {"-f", "--catalog"},
      paramLabel = "FILE",
      scope = ScopeType.INHERIT,
      description =
          "The catalog; else $ROLLBOOK_CATALOG, else the nearest rollbook.yaml upwards from here.")
  Path catalog;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "text|json",
      defaultValue = "text",
      scope = ScopeType.INHERIT,
      description = "How to answer: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
  Output output;

  /**
   * Ready to read these arguments. To get all words ready takes a fifth of a second; one that comes
   * first needs no other.
   */
  static CommandLine line(String... arguments) {
    CommandLine line = new CommandLine(new RollbookCommand());
    Class<?> only = arguments.length == 0 ? null : WORDS.get(arguments[0]);
    if (only == null || only == CompletionCommand.class) {
      WORDS.values().forEach(line::addSubcommand);
    } else {
      line.addSubcommand(only);
    }
    return line;
  }

  private static Map<String, Class<?>> words() {
    Map<String, Class<?>> words = new LinkedHashMap<>();
    words.put("run", RunCommand.class);
    words.put("plan", PlanCommand.class);
    words.put("resume", ResumeCommand.class);
    words.put("status", StatusCommand.class);
    words.put("list", ListCommand.class);
    words.put("approve", ApproveCommand.class);
    words.put("reject", RejectCommand.class);
    words.put("abort", AbortCommand.class);
    words.put("stop", StopCommand.class);
    words.put("release", ReleaseCommand.class);
    words.put("freeze", FreezeCommand.class);
    words.put("unfreeze", UnfreezeCommand.class);
    words.put("ack", AckCommand.class);
    words.put("close", CloseCommand.class);
    words.put("worker", WorkerCommand.class);
    words.put("serve", ServeCommand.class);
    words.put("validate", ValidateCommand.class);
    words.put("demo", DemoCommand.class);
    words.put("completion", CompletionCommand.class);
    return Collections.unmodifiableMap(words);
  }

  boolean json() {
    return output == Output.json;
  }

  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = RollbookCommand.class.getPackage().getImplementationVersion();
      return new String[] {"rollbook " + (version == null ? "(unpacked)" : version)};
    }
  }
}

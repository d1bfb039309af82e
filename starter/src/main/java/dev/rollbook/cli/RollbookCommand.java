package dev.rollbook.cli;

import java.nio.file.Path;
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
      "0:rolled back, already there, not needed, or a clean plan",
      "1:a fault of Rollbook, or of what it runs on",
      "2:usage or catalog",
      "3:blocked: nothing was touched",
      "4:the rollback failed; the service was stopped",
      "5:aborted or rejected"
    },
    subcommands = {
      RunCommand.class,
      PlanCommand.class,
      ResumeCommand.class,
      StatusCommand.class,
      ListCommand.class,
      ApproveCommand.class,
      RejectCommand.class,
      AbortCommand.class,
      WorkerCommand.class,
      ValidateCommand.class,
      DemoCommand.class,
      CompletionCommand.class
    })
final class RollbookCommand {

  enum Output {
    text,
    json
  }

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

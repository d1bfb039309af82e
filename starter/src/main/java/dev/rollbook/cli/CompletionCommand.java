package dev.rollbook.cli;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "completion",
    description = "Prints a completion script: source <(rollbook completion bash)")
final class CompletionCommand implements Callable<Integer> {

  enum Shell {
    bash,
    zsh,
    fish
  }

  @Spec CommandSpec spec;

  @Parameters(index = "0", paramLabel = "bash|zsh|fish", description = "${COMPLETION-CANDIDATES}")
  Shell shell;

  @Override
  public Integer call() {
    CommandLine root = spec.root().commandLine();
    String script = shell == Shell.fish ? fish(root) : AutoComplete.bash("rollbook", root);
    spec.commandLine().getOut().print(script);
    spec.commandLine().getOut().flush();
    return ExitCodes.OK;
  }

  private static String fish(CommandLine root) {
    StringBuilder script = new StringBuilder("complete -c rollbook -f\n");
    root.getSubcommands()
        .forEach(
            (name, command) -> {
              script.append(
                  "complete -c rollbook -n __fish_use_subcommand -a %s -d '%s'%n"
                      .formatted(
                          name, first(command.getCommandSpec().usageMessage().description())));
              for (OptionSpec option : command.getCommandSpec().options()) {
                script.append(
                    "complete -c rollbook -n '__fish_seen_subcommand_from %s' -l %s -d '%s'%n"
                        .formatted(
                            name,
                            option.longestName().replaceFirst("^--", ""),
                            first(option.description())));
              }
            });
    return script.toString();
  }

  private static String first(String[] description) {
    return description.length == 0 ? "" : description[0].replace("'", "");
  }
}

package dev.rollbook.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.ArgSpec;
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
              CommandSpec of = command.getCommandSpec();
              script.append(
                  "complete -c rollbook -n __fish_use_subcommand -a %s -d %s%n"
                      .formatted(name, quoted(first(of.usageMessage().description()))));
              String within =
                  "complete -c rollbook -n '__fish_seen_subcommand_from %s'".formatted(name);
              for (OptionSpec option : of.options()) {
                script.append(within);
                for (String each : option.names()) {
                  script.append(each.startsWith("--") ? " -l " : " -s ").append(named(each));
                }
                script
                    .append(values(option))
                    .append(" -d ")
                    .append(quoted(first(option.description())))
                    .append('\n');
              }
              for (ArgSpec parameter : of.positionalParameters()) {
                if (parameter.completionCandidates() != null) {
                  script.append(within).append(candidates(parameter)).append('\n');
                }
              }
            });
    return script.toString();
  }

  /** What may follow the option: nothing, one of a few words, a file, anything. */
  private static String values(OptionSpec option) {
    if (option.arity().max() == 0) {
      return "";
    }
    if (option.completionCandidates() != null) {
      return " -x" + candidates(option);
    }
    return option.type() == Path.class ? " -r -F" : " -x";
  }

  private static String candidates(ArgSpec of) {
    return " -a " + quoted(String.join(" ", of.completionCandidates()));
  }

  private static String named(String option) {
    return option.replaceFirst("^--?", "");
  }

  private static String first(String[] description) {
    return description.length == 0 ? "" : description[0];
  }

  private static String quoted(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }
}

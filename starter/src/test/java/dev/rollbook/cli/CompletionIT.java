package dev.rollbook.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.rollbook.shop.Rollbook;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What {@code rollbook completion} prints, in the shells that it is for. */
@Timeout(300)
class CompletionIT {

  /** A tab after {@code $2}; {@code $1} is the script. Prints what could stand there. */
  enum Shell {
    BASH(
        "bash",
        "--norc",
        "-c",
        "source \"$1\"; COMP_WORDS=($2); [[ $2 != *' ' ]] || COMP_WORDS+=('');"
            + " COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _complete_rollbook;"
            + " printf '%s\\n' \"${COMPREPLY[@]}\"",
        "bash"),
    /** Only a terminal completes in zsh: it types there, and asks what the line has become. */
    ZSH(
        "zsh",
        "-fc",
        """
        zmodload zsh/zpty
        zpty terminal zsh -f -i
        zpty -w terminal "PS1=; unsetopt beep zle_bracketed_paste; source '$1'; echo READY''"
        zpty -r terminal out $'*READY\\r\\n*'
        zpty -w -n terminal "$2"$'\\t\\C-a print -r -- "<\\C-e>"\\n'
        zpty -r terminal out $'*\\n<*>\\r\\n*'
        print -r -- "${${out%>*}##*<}"
        """,
        "zsh"),
    FISH("fish", "--no-config", "-c", "source $argv[1]; complete -C $argv[2]");

    private final List<String> command;

    Shell(String... command) {
      this.command = List.of(command);
    }

    boolean isInstalled() {
      return Stream.of(System.getenv("PATH").split(":"))
          .anyMatch(folder -> Files.isExecutable(Path.of(folder, command.get(0))));
    }
  }

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource
  void completes_commands_options_and_their_values(Shell shell) throws Exception {
    requireInstalled(shell);
    Rollbook.Answer script = new Rollbook(folder).call("completion", shell.command.get(0));
    assertThat(script.exitCode()).as(script.err()).isZero();
    Path file = Files.writeString(folder.resolve("completion"), script.out());

    assertThat(tab(shell, file, "rollbook res")).contains("resume").doesNotContain("reject");
    assertThat(tab(shell, file, "rollbook clo")).contains("close");
    assertThat(tab(shell, file, "rollbook ack --le")).contains("--level");
    assertThat(tab(shell, file, "rollbook run --env")).contains("--environment");
    assertThat(tab(shell, file, "rollbook run shop --output j")).contains("json");
    assertThat(tab(shell, file, "rollbook completion f")).contains("fish").doesNotContain("bash");
  }

  private String tab(Shell shell, Path script, String typed) throws Exception {
    Path out = folder.resolve("out");
    Stream<String> words = Stream.of(script.toString(), typed);
    ProcessBuilder builder =
        new ProcessBuilder(Stream.concat(shell.command.stream(), words).toList())
            .redirectErrorStream(true)
            .redirectOutput(out.toFile());
    // for what a shell keeps of its own
    builder.environment().put("HOME", folder.toString());
    Process process = builder.start();
    process.getOutputStream().close();
    boolean ended = process.waitFor(60, TimeUnit.SECONDS);
    process.destroyForcibly();
    assertThat(ended).as(shell + ": " + Files.readString(out)).isTrue();
    return Files.readString(out);
  }

  private static void requireInstalled(Shell shell) {
    boolean required = "required".equals(System.getProperty("rollbook.engines"));
    if (required) {
      assertThat(shell.isInstalled()).as("%s is installed", shell).isTrue();
    }
    assumeTrue(shell.isInstalled(), () -> "no " + shell.command.get(0) + " on the PATH");
  }
}

package dev.rollbook.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.rollbook.compose.ComposeCommand.Generation;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Compose as it is installed, and as a program that does not end by itself. */
@Timeout(60)
class ComposeCommandTest {

  private static final Duration LONG = Duration.ofMinutes(1);

  @TempDir Path folder;

  @Test
  @NeedsCompose
  void v1_and_v2_are_told_apart_by_what_they_say() {
    assertThat(Composes.v1().version()).startsWith("1.");
    assertThat(Composes.v1().describe()).isEqualTo("docker-compose " + Composes.v1().version());
    assertThat(Composes.v2().generation()).isEqualTo(Generation.V2);
  }

  @Test
  void v2_comes_first_and_the_plugin_counts() throws IOException {
    program("docker-compose", "echo 'docker-compose version 1.29.2, build unknown'");
    program("docker", "[ \"$1 $2\" = 'compose version' ] && echo 'Docker Compose version v2.40.3'");

    List<ComposeCommand> found =
        ComposeCommand.installed(Map.of("PATH", folder + ":/usr/bin:/bin"), () -> {});

    assertThat(found.get(0).describe()).endsWith("docker compose 2.40.3");
    assertThat(found).extracting(ComposeCommand::version).contains("2.40.3", "1.29.2");
  }

  @Test
  void a_program_that_the_path_leads_to_twice_is_one() throws IOException {
    program("docker-compose", "echo 'docker-compose version 1.29.2, build unknown'");
    Path alias = Files.createSymbolicLink(folder.resolve("bin"), folder);

    assertThat(ComposeCommand.installed(Map.of("PATH", folder + ":" + alias), () -> {})).hasSize(1);
  }

  @Test
  void a_docker_without_the_plugin_is_no_compose() throws IOException {
    program("docker", "echo \"docker: 'compose' is not a docker command.\" >&2; exit 1");

    assertThat(ComposeCommand.installed(Map.of("PATH", folder.toString()), () -> {})).isEmpty();
  }

  @Test
  void one_that_stands_alone_is_asked_for_its_version_again_only_when_it_was_replaced()
      throws IOException {
    Path asked = folder.resolve("asked");
    String tells = "echo asked >>" + asked + "; echo 'docker-compose version ";
    Path program = program("docker-compose", tells + "1.29.1'");
    found(program);
    assertThat(found(program).version()).isEqualTo("1.29.1");
    assertThat(lines(asked)).isEqualTo(1);

    program("docker-compose", tells + "1.29.2, build unknown'");

    assertThat(found(program).version()).isEqualTo("1.29.2");
    assertThat(lines(asked)).isEqualTo(2);
  }

  @Test
  void a_failure_tells_its_exit_code_and_the_words_on_standard_error() throws IOException {
    ComposeCommand compose = compose("echo 'no such service: x' >&2; exit 14");

    assertThatThrownBy(() -> compose.run(List.of("up", "x"), folder, LONG, () -> {}))
        .isInstanceOf(ComposeFailed.class)
        .hasMessageContaining("up x' exited 14: no such service: x");
  }

  @Test
  void what_the_caller_gives_reaches_compose() throws IOException {
    ComposeCommand compose =
        compose("echo \"$DOCKER_HOST|$PWD|$*\"", Map.of("DOCKER_HOST", "unix:///x.sock"));
    ComposeFiles project =
        new ComposeFiles(
            folder,
            List.of(folder.resolve("a.yml"), folder.resolve("b.yml")),
            Optional.of("shop"),
            List.of("p"),
            List.of(folder.resolve("x.env")));

    String out = compose.run(project, List.of("up", "-d"), LONG, () -> {}).out();

    assertThat(out)
        .isEqualTo(
            "unix:///x.sock|%1$s|-f %1$s/a.yml -f %1$s/b.yml --project-directory %1$s -p shop --env-file %1$s/x.env --profile p up -d%n"
                .formatted(folder));
  }

  @Test
  void what_configures_rollbook_does_not_reach_compose() throws IOException {
    assertThat(System.getenv()).containsKey("ROLLBOOK_CANARY");

    BoundedCommand.Answer answer =
        new BoundedCommand(List.of("env"), Path.of("/"), Map.of("MINE", "1"))
            .run(Duration.ofSeconds(30), () -> {});

    assertThat(answer.out()).contains("MINE=1", "PATH=").doesNotContain("ROLLBOOK_", "TEMPORAL_");
  }

  @Test
  void an_exception_while_waiting_ends_the_whole_tree() throws IOException {
    Path pids = folder.resolve("pids");
    ComposeCommand compose =
        compose("(sleep 1000 & echo $! >> " + pids + "; wait) & echo $$ >> " + pids + "; wait");

    assertThatThrownBy(
            () ->
                compose.run(
                    List.of("up"),
                    folder,
                    LONG,
                    () -> {
                      if (lines(pids) == 2) {
                        throw new IllegalStateException("cancelled");
                      }
                    }))
        .hasMessage("cancelled");

    for (String pid : Files.readAllLines(pids)) {
      await()
          .atMost(Duration.ofSeconds(30))
          .ignoreExceptionsInstanceOf(IOException.class) // it is gone between the two looks
          .until(
              () ->
                  ProcessHandle.of(Long.parseLong(pid)).filter(ProcessHandle::isAlive).isEmpty()
                      || Files.readString(Path.of("/proc/" + pid + "/stat")).contains(") Z "));
    }
  }

  @Test
  void one_that_is_not_done_in_time_is_ended_with_its_last_words() throws IOException {
    ComposeCommand compose = compose("echo 'Recreating shop ...' >&2; exec sleep 1000");

    assertThatThrownBy(() -> compose.run(List.of("up"), folder, Duration.ofSeconds(5), () -> {}))
        .isInstanceOf(IOException.class)
        .isNotInstanceOf(ComposeFailed.class)
        .hasMessageContaining("was not done within 5 s and was ended: Recreating shop ...");
  }

  @Test
  void one_that_never_stops_talking_is_ended() throws IOException {
    ComposeCommand compose = compose("head -c 20000000 /dev/zero; exec sleep 1000");

    assertThatThrownBy(() -> compose.run(List.of("logs"), folder, LONG, () -> {}))
        .hasMessageContaining("said more than 16 MB and was ended");
  }

  private static long lines(Path file) {
    try {
      return Files.exists(file) ? Files.readAllLines(file).size() : 0;
    } catch (IOException e) {
      return 0;
    }
  }

  private ComposeCommand compose(String script) throws IOException {
    return compose(script, Map.of());
  }

  private ComposeCommand compose(String script, Map<String, String> environment)
      throws IOException {
    Path program =
        program(
            "docker-compose",
            "[ \"$1\" = version ] && echo 'Docker Compose version v2.40.3' && exit\n" + script);
    return ComposeCommand.ask(List.of(program.toString()), environment, () -> {}).orElseThrow();
  }

  private static ComposeCommand found(Path program) {
    return ComposeCommand.ask(List.of(program.toString()), Map.of(), () -> {}).orElseThrow();
  }

  /**
   * Written by a process of its own: a file that this one writes is open, for a moment, in whatever
   * another test starts then, and what is open for writing cannot be run.
   */
  private Path program(String name, String script) throws IOException {
    Path program = folder.resolve(name);
    Process install =
        new ProcessBuilder("install", "-m", "755", "/dev/stdin", program.toString()).start();
    try (OutputStream text = install.getOutputStream()) {
      text.write(("#!/bin/sh\n" + script + "\n").getBytes(StandardCharsets.UTF_8));
    }
    assertThat(install.onExit().join().exitValue()).isZero();
    return program;
  }

  /** Compose's answer has the values of the service's variables in it. */
  @Test
  void a_kill_of_ours_leaves_no_answer_behind_since_it_has_no_name_any_more() throws IOException {
    String untilNameless =
        "until readlink /proc/$$/fd/1 /proc/$$/fd/2 | grep -c deleted | grep -q 2; do sleep 0.05; done";

    BoundedCommand.Answer answer =
        new BoundedCommand(
                List.of("sh", "-c", untilNameless + "; echo said; echo complained >&2"),
                Path.of("/"),
                Map.of())
            .run(Duration.ofSeconds(20), () -> {});

    assertThat(answer).isEqualTo(new BoundedCommand.Answer(0, "said\n", "complained\n"));
  }
}

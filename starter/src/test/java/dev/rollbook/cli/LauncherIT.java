package dev.rollbook.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.shop.Rollbook;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** The {@code rollbook} script, in a checkout of its own whose path has blanks. */
@Timeout(480)
@Execution(ExecutionMode.CONCURRENT)
class LauncherIT {

  private static final Path JAVA_HOME = Path.of(System.getProperty("java.home"));

  @TempDir Path folder;

  private Path checkout;
  private Path launcher;

  @BeforeEach
  void a_built_checkout() throws IOException {
    checkout = Files.createDirectories(folder.resolve("a checkout/of mine"));
    Files.createDirectories(checkout.resolve("starter/target"));
    Path jar = Path.of(System.getProperty("rollbook.jar"));
    Files.copy(jar, checkout.resolve("starter/target/rollbook.jar"));
    launcher =
        Files.copy(
            jar.getParent().getParent().getParent().resolve("rollbook"),
            checkout.resolve("rollbook"),
            StandardCopyOption.COPY_ATTRIBUTES);
  }

  @Test
  void works_from_elsewhere_and_through_symbolic_links() throws Exception {
    Path bin = Files.createDirectories(folder.resolve("bin"));
    Path absolute = Files.createSymbolicLink(bin.resolve("absolute"), launcher);
    Path relative =
        Files.createSymbolicLink(
            bin.resolve("rollbook"), Path.of("../a checkout/of mine/rollbook"));
    Path chained = Files.createSymbolicLink(folder.resolve("chained"), Path.of("bin/rollbook"));

    for (Path one : List.of(launcher, absolute, relative, chained)) {
      Rollbook.Answer answer = call(Map.of(), one.toString(), "--help");

      assertThat(answer.exitCode()).as(one + answer.err()).isZero();
      assertThat(answer.out()).contains("Exit codes:");
      assertThat(answer.err().replaceFirst("rollbook: first use: learning.*\n", "")).isEmpty();
    }
    assertThat(checkout.resolve("starter/target/rollbook.jsa")).exists();
  }

  @Test
  void takes_the_java_of_JAVA_HOME_and_says_when_there_is_none() throws Exception {
    String tools = toolsWithoutJava();

    nothing_to_learn();

    Rollbook.Answer none = call(Map.of("PATH", tools), launcher.toString(), "--help");
    Rollbook.Answer home =
        call(
            Map.of("PATH", tools, "JAVA_HOME", JAVA_HOME.toString()),
            launcher.toString(),
            "--help");
    Rollbook.Answer wrong =
        call(Map.of("JAVA_HOME", folder.toString()), launcher.toString(), "--help");

    assertThat(none.exitCode()).isEqualTo(ExitCodes.FAULT);
    assertThat(none.err()).contains("JDK 17");
    assertThat(home.exitCode()).as(home.err()).isZero();
    assertThat(wrong.exitCode()).isEqualTo(ExitCodes.FAULT);
    assertThat(wrong.err()).contains("JAVA_HOME", folder.toString());
  }

  @Test
  void two_first_uses_at_once_build_once() throws Exception {
    Path jar = checkout.resolve("starter/target/rollbook.jar");
    Path built = Files.move(jar, folder.resolve("built.jar"));
    Path build = checkout.resolve("mvnw");
    Files.writeString(
        build,
        """
        #!/bin/sh
        echo build >>builds
        echo '[INFO] Scanning for projects...'
        echo '[INFO] Building rollbook-starter 0.1 [5/5]'
        sleep 2
        cp '%s' '%s'
        echo '[INFO] BUILD SUCCESS'
        """
            .formatted(built, jar));
    assertThat(build.toFile().setExecutable(true)).isTrue();
    // what a first use leaves that was killed
    Files.createSymbolicLink(checkout.resolve("starter/.first-use"), Path.of("999999999"));

    Rollbook.Answer both =
        call(
            Map.of(),
            "sh",
            "-c",
            "\"$0\" --version & one=$!; \"$0\" --version; two=$?; wait $one && exit $two",
            launcher.toString());

    assertThat(both.exitCode()).as(both.err()).isZero();
    assertThat(both.out().lines()).hasSize(2).allMatch(line -> line.startsWith("rollbook "));
    assertThat(checkout.resolve("builds")).hasContent("build");
    assertThat(both.err())
        .containsSubsequence(
            "rollbook: first use: building " + jar + " (1 to 3 minutes, once)\n",
            "rollbook:   Building rollbook-starter 0.1 [5/5]\n",
            "rollbook:   BUILD SUCCESS\n",
            "learning")
        .containsOnlyOnce("first use: building")
        .containsOnlyOnce("learning")
        .doesNotContain("Scanning");
    assertThat(Files.isSymbolicLink(checkout.resolve("starter/.first-use"))).isFalse();
  }

  @Test
  void a_build_that_fails_is_said_with_its_errors_and_how_to_see_more() throws Exception {
    Files.delete(checkout.resolve("starter/target/rollbook.jar"));
    Path build = checkout.resolve("mvnw");
    Files.writeString(build, "#!/bin/sh\necho '[ERROR] no compiler'\nexit 1\n");
    assertThat(build.toFile().setExecutable(true)).isTrue();

    Rollbook.Answer answer = call(Map.of(), launcher.toString(), "--version");

    assertThat(answer.exitCode()).isEqualTo(ExitCodes.FAULT);
    assertThat(answer.err())
        .containsSubsequence(
            "first use: building",
            "[ERROR] no compiler\n",
            "rollbook: the build failed; './mvnw package -DskipTests' says more\n");
    assertThat(answer.out()).isEmpty();
    assertThat(Files.isSymbolicLink(checkout.resolve("starter/.first-use"))).isFalse();
  }

  @Test
  void does_without_an_archive_of_classes_that_is_broken() throws Exception {
    nothing_to_learn();

    Rollbook.Answer answer = call(Map.of(), launcher.toString(), "--version");

    assertThat(answer.exitCode()).as(answer.err()).isZero();
    assertThat(answer.out()).startsWith("rollbook ");
    assertThat(answer.err()).isEmpty();
  }

  @Test
  void does_without_writing_into_a_checkout_that_is_read_only() throws Exception {
    Path target = checkout.resolve("starter/target");
    // root may write everywhere: a file in the archive's place stands for what may not be written
    Files.createDirectories(target.resolve("rollbook.jsa/kept"));

    Rollbook.Answer answer = call(Map.of(), launcher.toString(), "--version");

    assertThat(answer.exitCode()).as(answer.err()).isZero();
    assertThat(answer.err()).isEmpty();
    try (var files = Files.list(target)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("rollbook.jar", "rollbook.jsa");
    }
  }

  @Test
  void words_are_utf_8_whatever_the_locale() throws Exception {
    nothing_to_learn();
    Path catalog = folder.resolve("rollbook.yaml");
    Files.writeString(catalog, "version: 1\nservices: {쇼핑: {}}\n");

    Rollbook.Answer answer =
        call(Map.of("LC_ALL", "C"), launcher.toString(), "validate", catalog.toString());

    assertThat(answer.exitCode()).isEqualTo(ExitCodes.USAGE);
    assertThat(answer.err()).contains("쇼핑");
  }

  /** An archive that Java does without: learning takes longest of all. */
  private void nothing_to_learn() throws IOException {
    Files.writeString(checkout.resolve("starter/target/rollbook.jsa"), "not an archive");
  }

  /** Everything the script calls, but no java. */
  private String toolsWithoutJava() throws IOException {
    Path tools = Files.createDirectories(folder.resolve("tools"));
    for (String tool : List.of("sh", "dirname", "readlink", "awk", "mv", "rm", "ls", "mkdir")) {
      for (String at : List.of("/usr/bin/", "/bin/")) {
        if (Files.exists(Path.of(at + tool)) && Files.notExists(tools.resolve(tool))) {
          Files.createSymbolicLink(tools.resolve(tool), Path.of(at + tool));
        }
      }
    }
    return tools.toString();
  }

  private Rollbook.Answer call(Map<String, String> variables, String... command)
      throws IOException, InterruptedException {
    Path out = Files.createTempFile(folder, "launcher", ".out");
    Path err = Files.createTempFile(folder, "launcher", ".err");
    Map<String, String> environment = new HashMap<>();
    environment.put("PATH", JAVA_HOME.resolve("bin") + ":/usr/bin:/bin");
    environment.putAll(variables);
    ProcessBuilder builder =
        new ProcessBuilder(new ArrayList<>(List.of(command)))
            .directory(Files.createDirectories(folder.resolve("elsewhere")).toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().clear();
    builder.environment().putAll(environment);
    Process process = builder.start();
    assertThat(process.waitFor(240, TimeUnit.SECONDS)).isTrue();
    return new Rollbook.Answer(process.exitValue(), Files.readString(out), Files.readString(err));
  }
}

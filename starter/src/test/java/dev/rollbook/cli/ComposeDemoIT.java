package dev.rollbook.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.compose.NeedsDocker;
import dev.rollbook.shop.Rollbook;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;

/** {@code rollbook demo compose}: what it leaves on the engine, and what it does not. */
@NeedsDocker
@Timeout(900)
@ResourceLock("the ports that a demo likes")
class ComposeDemoIT {

  private static final long DEMO_SECONDS = 300;
  private static final Pattern PROJECT = Pattern.compile("rollbook-demo-[0-9a-f]+");

  @TempDir Path folder;

  @AfterEach
  void clean() throws Exception {
    rollbook().call("demo", "--clean");
  }

  @Test
  void plays_twice_and_cleans_up() throws Exception {
    Rollbook.Answer first = rollbook().call(DEMO_SECONDS, "demo", "compose");

    assertThat(first.exitCode()).as(first.out() + first.err()).isZero();
    assertThat(first.out())
        .containsSubsequence(
            "/actuator/health -> 503",
            "B5  Restart with rollback/",
            "ROLLED_BACK",
            "/actuator/health -> 200",
            "/api/v1/shopping/products -> 200",
            "demo --clean");
    String project = project();
    assertThat(containers(project)).hasSize(3);
    assertThat(images(project)).anyMatch(name -> name.startsWith("rollback/shopping-service:"));

    Rollbook.Answer second = rollbook().call(DEMO_SECONDS, "demo", "compose");

    assertThat(second.exitCode()).as(second.out() + second.err()).isZero();
    assertThat(second.out()).contains("An earlier demo is in").contains("ROLLED_BACK");
    String next = project();
    assertThat(next).isNotEqualTo(project);
    assertThat(leftOf(project)).isEmpty();
    assertThat(containers(next)).hasSize(3);

    Rollbook.Answer clean = rollbook().call("demo", "--clean");

    assertThat(clean.exitCode()).as(clean.out() + clean.err()).isZero();
    assertThat(folder.resolve("rollbook-demo")).doesNotExist();
    assertThat(leftOf(next)).isEmpty();
  }

  private Rollbook rollbook() {
    return new Rollbook(folder).withoutTemporal();
  }

  private String project() throws IOException {
    Matcher name = PROJECT.matcher(Files.readString(folder.resolve("rollbook-demo/rollbook.yaml")));
    assertThat(name.find()).isTrue();
    return name.group();
  }

  private static List<String> containers(String project) throws Exception {
    return docker("ps", "-aq", "--filter", "label=com.docker.compose.project=" + project);
  }

  private static List<String> images(String project) throws Exception {
    return docker(
        "images",
        "--format",
        "{{.Repository}}:{{.Tag}}",
        "--filter",
        "label=rollbook-demo=" + project);
  }

  private static List<String> leftOf(String project) throws Exception {
    List<String> left = new ArrayList<>(containers(project));
    left.addAll(docker("network", "ls", "-q", "--filter", "name=" + project));
    left.addAll(docker("volume", "ls", "-q", "--filter", "name=" + project));
    left.addAll(images(project));
    return left;
  }

  private static List<String> docker(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("docker"));
    command.addAll(List.of(arguments));
    Process docker = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(docker.getInputStream().readAllBytes());
    assertThat(docker.waitFor()).as(said).isZero();
    return said.lines().toList();
  }
}

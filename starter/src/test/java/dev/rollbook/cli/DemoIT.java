package dev.rollbook.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.engine.Listeners;
import dev.rollbook.engine.NeedsTemporal;
import dev.rollbook.shop.Rollbook;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;

/** What a stranger types first. */
@Timeout(600)
@ResourceLock("the ports that a demo likes")
class DemoIT {

  /** Of either family, as {@link Listeners} tells it. */
  private static final String LOOPBACK = "0100007F:";

  @TempDir Path folder;

  @AfterEach
  void clean() throws Exception {
    new Rollbook(folder).withoutTemporal().call("demo", "--clean");
  }

  @Test
  void plays_and_cleans_up_with_the_engine_in_the_process() throws Exception {
    plays_twice_and_cleans_up(() -> new Rollbook(folder).withoutTemporal());
  }

  @Test
  @NeedsTemporal
  void plays_and_cleans_up_with_the_dev_server() throws Exception {
    plays_twice_and_cleans_up(() -> new Rollbook(folder));
  }

  private void plays_twice_and_cleans_up(Supplier<Rollbook> rollbook) throws Exception {
    Path demo = folder.toRealPath().resolve("rollbook-demo");
    long begun = System.nanoTime();
    Rollbook.Answer first = rollbook.get().call("demo");
    System.out.printf("demo: ended after %.1f s%n", (System.nanoTime() - begun) / 1e9);

    assertThat(first.exitCode()).as(first.out() + first.err()).isZero();
    assertThat(first.out())
        .containsSubsequence(
            "/actuator/health -> 503",
            "DOWN",
            "A1  Check out v2",
            "ROLLED_BACK",
            "/actuator/health -> 200",
            "UP",
            "Timeline and evidence: the incident report under " + demo.resolve("docs"),
            "The service:           http://127.0.0.1:",
            "demo --clean")
        .containsPattern("A3  Build and start +\\d[\\d.]* m?s");
    assertThat(reports(demo)).hasSize(1);
    List<Long> service = processesOf(demo);
    assertThat(listeners(service)).isNotEmpty().allMatch(at -> at.contains(LOOPBACK));

    Rollbook.Answer second = rollbook.get().call("demo");

    assertThat(second.exitCode()).as(second.out() + second.err()).isZero();
    assertThat(second.out()).contains("An earlier demo is in").contains("ROLLED_BACK");
    assertThat(processesOf(demo)).isNotEmpty().doesNotContainAnyElementsOf(service);

    Rollbook.Answer clean = rollbook.get().call("demo", "--clean");

    assertThat(clean.exitCode()).as(clean.err()).isZero();
    assertThat(demo).doesNotExist();
    // one that was killed is there a moment longer
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() -> assertThat(processesOf(demo)).isEmpty());
  }

  @Test
  void takes_another_port_when_8083_is_taken() throws Exception {
    try (ServerSocket taken = taken(8083)) {
      Rollbook.Answer answer = new Rollbook(folder).withoutTemporal().call("demo");

      assertThat(answer.exitCode()).as(answer.out() + answer.err()).isZero();
      assertThat(answer.out()).doesNotContain(":8083/");
      assertThat(new Rollbook(folder).call("demo", "--clean").exitCode()).isZero();
      assertThat(taken == null || !taken.isClosed()).isTrue();
    }
  }

  @Test
  void leaves_a_folder_alone_that_it_did_not_make() throws Exception {
    Path mine = Files.createDirectories(folder.resolve("mine"));
    Files.writeString(mine.resolve("thesis.txt"), "years of work");

    for (List<String> more : List.of(List.of("--clean"), List.<String>of())) {
      Rollbook.Answer answer =
          new Rollbook(folder)
              .call(
                  Stream.concat(Stream.of("demo", "--folder", "mine"), more.stream())
                      .toArray(String[]::new));

      assertThat(answer.exitCode()).isEqualTo(ExitCodes.USAGE);
      assertThat(answer.err()).contains("was not made by");
    }
    assertThat(mine.resolve("thesis.txt")).hasContent("years of work");
  }

  private static List<String> listeners(List<Long> processes) throws IOException {
    List<String> addresses = new ArrayList<>();
    for (long pid : processes) {
      addresses.addAll(Listeners.of(pid));
    }
    return addresses;
  }

  /** Null when somebody else has taken it, which is as good. */
  private static ServerSocket taken(int port) {
    try {
      return new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      return null;
    }
  }

  private static List<Path> reports(Path demo) throws IOException {
    try (Stream<Path> files = Files.walk(demo.resolve("docs/troubleshooting"))) {
      return files.filter(file -> file.getFileName().toString().startsWith("TS-")).toList();
    }
  }

  /** Those that work in the demo's folder, or have it in their command line. */
  private static List<Long> processesOf(Path demo) {
    return ProcessHandle.allProcesses()
        .filter(process -> process.pid() != ProcessHandle.current().pid())
        .filter(process -> worksIn(demo, process) || mentions(demo, process))
        .map(ProcessHandle::pid)
        .toList();
  }

  private static boolean worksIn(Path demo, ProcessHandle process) {
    try {
      // a folder that is gone shows as "… (deleted)", and is still below it
      return Files.readSymbolicLink(Path.of("/proc/" + process.pid() + "/cwd"))
          .toString()
          .startsWith(demo.toString());
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean mentions(Path demo, ProcessHandle process) {
    return process.info().commandLine().orElse("").contains(demo.toString());
  }
}

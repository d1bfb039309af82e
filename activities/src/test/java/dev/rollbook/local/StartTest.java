package dev.rollbook.local;

import static dev.rollbook.local.Shop.failsAs;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.rollbook.ProcessId;
import dev.rollbook.Version;
import io.temporal.client.ActivityWorkerShutdownException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(90)
class StartTest {

  @TempDir Path folder;
  private Shop shop;

  @BeforeEach
  void open() throws IOException {
    shop = new Shop(folder).threeReleases();
  }

  @AfterEach
  void close() {
    shop.close();
  }

  @Test
  void the_service_runs_and_is_known_as_ours_with_its_version() throws IOException {
    Start.Started started = shop.starting().finish();
    assertThat(started.line()).isEqualTo("Started ShopService in 0.1 seconds");
    assertThat(started.log()).content().contains(started.line());
    assertThat(PlanFolder.versionOf(started.process().pid(), shop.machine))
        .map(Version::id)
        .hasValue(shop.sha("HEAD"));
  }

  @Test
  void a_second_attempt_takes_the_running_service_over() throws IOException {
    ProcessId first = shop.starting().finish().process();
    Start again = shop.starting();
    assertThat(again.isUnderWay()).isTrue();
    assertThat(again.finish().process().isSameAs(first)).isTrue();
    assertThat(shop.count("starts")).isEqualTo(1);
  }

  @Test
  void a_start_under_way_is_watched_and_not_repeated() throws IOException {
    startsBy("touch ../begun; while [ ! -e ../go ]; do sleep 0.05; done; exec \"$0\" \"$@\"");
    shop.heartbeat =
        progress -> {
          if (Files.exists(folder.resolve("begun"))) {
            throw new ActivityWorkerShutdownException();
          }
        };
    assertThatThrownBy(() -> shop.starting().finish())
        .isInstanceOf(ActivityWorkerShutdownException.class);
    shop.heartbeat = shop.beats::add;
    assertThat(shop.starting().isUnderWay()).isTrue();
    Files.writeString(folder.resolve("go"), "");
    shop.starting().finish();
    assertThat(shop.count("starts")).isEqualTo(1);
  }

  @Test
  void a_service_that_dies_while_starting_fails_with_its_last_lines_and_exit_code() {
    startsBy("for i in $(seq 1 80); do echo line $i; done; exit 4");
    failsAs("ServiceDied", () -> shop.starting().finish())
        .hasMessageContaining("ended with exit code 4 while starting")
        .hasMessageContaining("\nline 31\n")
        .hasMessageContaining("line 80")
        .message()
        .doesNotContain("line 30\n");
  }

  @Test
  void a_service_that_dies_after_its_start_line_has_not_started() {
    startsBy("echo Started Shop in 1 seconds; exit 5");
    failsAs("ServiceDied", () -> shop.starting().finish())
        .hasMessageContaining("ended with exit code 5");
  }

  @Test
  void a_service_without_its_start_line_in_time_is_not_ready() {
    shop.within = Duration.ofSeconds(5);
    startsBy("echo warming up; sleep 1000");
    failsAs("NotReady", () -> shop.starting().finish())
        .hasMessageContaining("did not print 'Started .* in .* seconds' within 5 s")
        .hasMessageContaining("warming up");
  }

  @Test
  void a_start_line_without_a_listener_is_not_ready() {
    startsBy("echo Started Shop in 1 seconds; sleep 1000");
    failsAs("NotReady", () -> shop.starting().finish())
        .hasMessageContaining("does not listen on port " + shop.port);
  }

  @Test
  void another_process_on_the_port_is_a_newer_deploy_and_nothing_is_started() throws IOException {
    ProcessId other = shop.deploy();
    Files.delete(folder.resolve("starts"));
    failsAs("NewerDeploy", () -> shop.starting().finish())
        .hasMessageContaining("pid " + other.pid())
        .hasMessageContaining("Nothing was started");
    assertThat(shop.count("starts")).isZero();
    assertThat(shop.machine.runs(other)).isTrue();
  }

  @Test
  void a_start_whose_shell_was_killed_is_ended_and_done_again() throws IOException {
    ProcessId first = shop.starting().finish().process();
    DetachedJob job = shop.plan().job("start");
    long leader = Long.parseLong(Files.readString(job.folder().resolve("pid")).strip());
    ProcessHandle.of(leader).orElseThrow().destroyForcibly();
    await().atMost(Duration.ofSeconds(30)).until(() -> job.state() == DetachedJob.State.LOST);
    assertThat(shop.machine.runs(first)).isTrue();

    ProcessId second = shop.starting().finish().process();
    assertThat(shop.machine.runs(first)).isFalse();
    assertThat(shop.machine.runs(second)).isTrue();
  }

  private void startsBy(String shell) {
    List<String> command = new ArrayList<>(List.of("sh", "-c", shell));
    command.addAll(shop.service("-"));
    shop.start = command;
  }
}

package dev.rollbook.local;

import static dev.rollbook.local.Shop.failsAs;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.rollbook.Heartbeat;
import dev.rollbook.Redaction;
import dev.rollbook.Secret;
import io.temporal.client.ActivityWorkerShutdownException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(90)
class BuildTest {

  /** A grandchild in a session of its own, and one that ignores being asked to end. */
  private static final String TREE =
      "setsid sleep 1000 & sh -c 'trap \"\" TERM; sleep 1001' & touch ../tree; sleep 1002";

  @TempDir Path folder;
  private Shop shop;
  private DetachedJob job;

  @BeforeEach
  void open() throws IOException {
    shop = new Shop(folder).threeReleases();
    job = new DetachedJob(shop.state.resolve("jobs/local/shop/plan-1/build"), shop.machine);
  }

  @AfterEach
  void close() {
    shop.close();
  }

  @Test
  void a_build_is_done_once_for_a_plan() throws IOException {
    shop.building().finish();
    shop.building().finish();
    assertThat(shop.count("builds")).isEqualTo(1);
    assertThat(shop.text("built")).isEqualTo("built\n");
  }

  @Test
  void a_build_that_fails_says_how_with_its_last_fifty_lines() throws IOException {
    builds("for i in $(seq 1 80); do echo line $i; done; exit 3");
    failsAs("BuildFailed", () -> shop.building().finish())
        .hasMessageContaining("'./build.sh' exited 3")
        .hasMessageContaining("\nline 31\n")
        .hasMessageContaining("line 80")
        .message()
        .doesNotContain("line 30\n");
  }

  @Test
  void a_build_that_cannot_be_started_says_so() throws IOException {
    shop.build = List.of("./missing.sh");
    failsAs("BuildFailed", () -> shop.building().finish())
        .hasMessageContaining("'./missing.sh' exited 127");
  }

  @Test
  void a_build_that_takes_too_long_is_ended_with_its_whole_tree() throws IOException {
    builds(TREE);
    shop.within = Duration.ofSeconds(3);
    failsAs("BuildTimedOut", () -> shop.building().finish())
        .hasMessageContaining("ran longer than 3 s");
    assertThat(job.processes()).isEmpty();
    assertThat(sleepers()).isEmpty();
  }

  @Test
  void a_build_under_way_is_watched_and_not_repeated() throws IOException {
    builds("echo build >>../builds; touch ../tree; while [ ! -e ../go ]; do sleep 0.05; done");
    goAwayOnce("tree");
    assertThat(job.state()).isEqualTo(DetachedJob.State.RUNNING);

    shop.heartbeat = progress -> touch("go");
    shop.building().finish();
    assertThat(shop.count("builds")).isEqualTo(1);
  }

  @Test
  void a_build_that_was_killed_leaves_nothing_behind_and_is_done_again() throws IOException {
    builds("echo build >>../builds; [ -e ../go ] || { touch ../tree; sleep 1000; }");
    goAwayOnce("tree");
    long leader = Long.parseLong(Files.readString(job.folder().resolve("pid")).strip());
    List<ProcessHandle> left = job.processes();
    ProcessHandle.of(leader).ifPresent(ProcessHandle::destroyForcibly);
    await().atMost(Duration.ofSeconds(30)).until(() -> job.state() == DetachedJob.State.LOST);
    touch("go");

    shop.building().finish();
    assertThat(shop.count("builds")).isEqualTo(2);
    assertThat(left).isNotEmpty().noneMatch(shop.machine::runs);
  }

  @Test
  void a_hundred_megabytes_without_a_line_end_do_not_hurt_memory() throws IOException {
    builds("head -c 100000000 /dev/zero | tr '\\0' x; exit 3");
    Runtime runtime = Runtime.getRuntime();
    System.gc();
    long before = runtime.totalMemory() - runtime.freeMemory();
    failsAs("BuildFailed", () -> shop.building().finish())
        .satisfies(failure -> assertThat(failure.getMessage().length()).isLessThan(20_000));
    // tests beside this one use memory too, for a moment
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () -> {
              System.gc();
              assertThat(runtime.totalMemory() - runtime.freeMemory() - before)
                  .isLessThan(20_000_000);
            });
    assertThat(shop.beats).allMatch(beat -> beat.length() < 300);
    assertThat(Files.size(job.output())).isEqualTo(100_000_000);
  }

  @Test
  void secrets_are_in_no_argument_list_no_failure_and_no_heartbeat() throws IOException {
    Secret token = new Secret("${env:TOKEN}", Map.of("TOKEN", "builder-horse-battery"));
    shop.variables = Map.of("SHOP_TOKEN", token, "PLAIN", new Secret("seen", Map.of()));
    shop.redaction = new Redaction(List.of(token));
    // the secret stands where the shown part of the line ends; no other test has it, or it might be
    // among the arguments of that one's processes
    builds(
        "ps -eo args >../arguments; printf '%0110d%s\\n' 0 $SHOP_TOKEN; echo $PLAIN; touch ../tree; while [ ! -e ../go ]; do sleep 0.05; done; exit 1");
    Heartbeat keep = shop.beats::add;
    shop.heartbeat =
        progress -> {
          keep.beat(progress);
          if (shop.beats.size() > 5) {
            touch("go");
          }
        };
    failsAs("BuildFailed", () -> shop.building().finish())
        .hasMessageContaining("***")
        .hasMessageContaining("seen")
        .message()
        .doesNotContain("builder-h");
    assertThat(Files.readString(folder.resolve("arguments")))
        .contains("build.sh")
        .doesNotContain("builder-h");
    assertThat(shop.beats).isNotEmpty().noneMatch(beat -> beat.contains("builder-h"));
  }

  @Test
  void a_fenced_plan_starts_nothing() throws IOException {
    shop.plan().fence();
    failsAs("Stopped", () -> shop.building().finish());
    assertThat(shop.count("builds")).isZero();
  }

  private void builds(String script) throws IOException {
    shop.script("build.sh", script);
  }

  /** A worker that begins the build and is gone before it ends. */
  private void goAwayOnce(String sign) {
    shop.heartbeat =
        progress -> {
          if (Files.exists(folder.resolve(sign))) {
            throw new ActivityWorkerShutdownException();
          }
        };
    assertThatThrownBy(() -> shop.building().finish())
        .isInstanceOf(ActivityWorkerShutdownException.class);
    shop.heartbeat = shop.beats::add;
  }

  private List<?> sleepers() {
    return shop.machine.runningIn(shop.repository, List.of("sleep"));
  }

  private void touch(String name) {
    try {
      Files.writeString(folder.resolve(name), "");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

package dev.rollbook.aftermath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rollbook.PinnedService;
import dev.rollbook.StepReport;
import dev.rollbook.Version;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HealthyVersionsFileTest {

  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2026-01-18T10:00:00Z"), ZoneOffset.UTC);
  private static final Version V1 = Version.commit("1".repeat(40), "v1");
  private static final Version V2 = Version.commit("2".repeat(40), "v2");
  private static final Version V3 = Version.commit("3".repeat(40), "v3");

  @TempDir Path state;
  private Path file;
  private HealthyVersionsFile versions;

  @BeforeEach
  void open() {
    file = state.resolve("deep/er/healthy-versions.jsonl");
    versions = new HealthyVersionsFile(file.getParent(), CLOCK, () -> 1);
  }

  @Test
  void nothing_is_known_at_first() {
    assertThat(versions.lastHealthy("shop", "local")).isEmpty();
    assertThat(versions.targetOfLastWithdrawal("shop", "local", V1)).isEmpty();
  }

  @Test
  void a_rollbacks_target_is_healthy_and_what_it_replaced_is_not() throws IOException {
    StepReport report = versions.record(plan("p1", V3, V2));
    assertThat(report.changed()).isTrue();
    assertThat(report.summary()).isEqualTo("v2 (2222222) recorded healthy, v3 (3333333) withdrawn");
    assertThat(versions.lastHealthy("shop", "local")).contains(V2);
    assertThat(versions.lastHealthy("shop", "staging")).isEmpty();
    assertThat(versions.lastHealthy("cart", "local")).isEmpty();
    assertThat(Files.readAllLines(file))
        .hasSize(2)
        .first()
        .asString()
        .contains(
            "\"verdict\":\"WITHDRAWN\"", "\"planId\":\"p1\"", "\"at\":\"2026-01-18T10:00:00Z\"");
  }

  @Test
  void recording_a_plan_twice_is_once() throws IOException {
    assertThat(versions.withdraw(plan("p1", V3, V2))).isTrue();
    assertThat(versions.withdraw(plan("p1", V3, V2))).isFalse();
    assertThat(versions.lastHealthy("shop", "local")).isEmpty();
    assertThat(versions.record(plan("p1", V3, V2)).changed()).isTrue();
    StepReport again = versions.record(plan("p1", V3, V2));
    assertThat(again.changed()).isFalse();
    assertThat(again.summary()).startsWith("already recorded: ");
    assertThat(Files.readAllLines(file)).hasSize(2);
  }

  @Test
  void a_healthy_version_withdrawn_later_gives_way_to_the_one_before() {
    versions.record(plan("p1", V2, V1));
    versions.record(plan("p2", V1, V3));
    assertThat(versions.lastHealthy("shop", "local")).contains(V3);
    versions.withdraw(plan("p3", V3, V2));
    // p2 withdrew v1, and p3 withdraws v3
    assertThat(versions.lastHealthy("shop", "local")).isEmpty();
    versions.record(plan("p4", V3, V1));
    assertThat(versions.lastHealthy("shop", "local")).contains(V1);
  }

  @Test
  void the_same_rollback_asked_again_finds_that_it_is_there() {
    versions.withdraw(plan("p1", V3, V2));
    assertThat(versions.targetOfLastWithdrawal("shop", "local", V2)).contains(V2);
    assertThat(versions.targetOfLastWithdrawal("shop", "local", V3)).isEmpty();
    versions.record(plan("p1", V3, V2));
    assertThat(versions.targetOfLastWithdrawal("shop", "local", V2)).contains(V2);
    versions.record(plan("p2", V2, V1));
    assertThat(versions.targetOfLastWithdrawal("shop", "local", V2)).isEmpty();
  }

  @Test
  void a_service_that_ran_nothing_or_the_same_withdraws_nothing() throws IOException {
    assertThat(versions.withdraw(plan("p1", null, V2))).isFalse();
    assertThat(versions.withdraw(plan("p1", V2, V2))).isFalse();
    versions.record(plan("p1", V2, V2));
    assertThat(versions.lastHealthy("shop", "local")).contains(V2);
  }

  @Test
  void a_torn_last_line_does_not_count_and_is_repaired() throws IOException {
    versions.record(plan("p1", V3, V2));
    Files.writeString(file, "{\"service\":\"shop\",\"envi", StandardOpenOption.APPEND);
    assertThat(versions.lastHealthy("shop", "local")).contains(V2);
    versions.record(plan("p2", V2, V1));
    assertThat(versions.lastHealthy("shop", "local")).contains(V1);
    assertThat(Files.readAllLines(file)).hasSize(4).allMatch(line -> line.endsWith("}"));
  }

  @Test
  void a_line_that_cannot_be_read_is_named_and_not_passed_over() throws IOException {
    versions.record(plan("p1", V3, V2));
    Files.writeString(file, "not a record\n", StandardOpenOption.APPEND);
    assertThatThrownBy(() -> versions.lastHealthy("shop", "local"))
        .hasMessageContaining("Line 3 of " + file)
        .hasMessageContaining("mend the line");
  }

  @Test
  void threads_and_another_process_append_without_losing_a_line() throws Exception {
    Process other =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                HealthyVersionsFileTest.class.getName(),
                file.getParent().toString())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    ExecutorService threads = Executors.newFixedThreadPool(4);
    List<Future<StepReport>> records = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      String plan = "thread-" + i;
      records.add(threads.submit(() -> versions.record(plan(plan, V3, V2))));
    }
    for (Future<StepReport> each : records) {
      assertThat(each.get().changed()).isTrue();
    }
    threads.shutdown();
    assertThat(other.waitFor()).isZero();
    assertThat(Files.readAllLines(file)).hasSize(2 * (40 + 20));
    assertThat(versions.lastHealthy("shop", "local")).contains(V2);
  }

  /** The other process. */
  public static void main(String[] arguments) {
    HealthyVersionsFile versions = new HealthyVersionsFile(Path.of(arguments[0]), CLOCK, () -> 1);
    for (int i = 0; i < 20; i++) {
      versions.record(plan("process-" + i, V3, V2));
    }
  }

  private static PinnedService plan(String id, Version from, Version target) {
    return new PinnedService("shop", "local", id, from, target, null, null, null);
  }
}

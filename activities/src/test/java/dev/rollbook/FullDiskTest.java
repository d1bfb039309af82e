package dev.rollbook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.rollbook.aftermath.HealthyVersionsFile;
import dev.rollbook.aftermath.IncidentReportFile;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What Rollbook keeps, on a real file system without room. */
@Timeout(60)
class FullDiskTest {

  private static final String FULL = "No space left on device";
  private static final RollbackRequest REQUEST = RollbackRequest.of("shop", "local");

  @TempDir Path folder;
  private Path disk;
  private boolean mounted;

  @BeforeEach
  void a_small_disk() throws Exception {
    assumeTrue(System.getProperty("user.name").equals("root"), "needs root, to mount a small disk");
    disk = Files.createDirectory(folder.resolve("disk"));
    mounted = ended("mount", "-t", "tmpfs", "-o", "size=1m", "rollbook-test", disk.toString()) == 0;
    assumeTrue(mounted, "needs the right to mount a tmpfs");
  }

  @AfterEach
  void gone() throws Exception {
    if (mounted) {
      // a child that another test forks holds our files for a moment
      await().atMost(Duration.ofSeconds(30)).until(() -> ended("umount", disk.toString()) == 0);
    }
  }

  @Test
  void a_plans_file_is_the_old_one_and_the_stop_is_kept_all_the_same() throws IOException {
    PlanFiles files = new PlanFiles(disk.resolve("plan"));
    files.write("version.json", "old");
    fill();

    saysSo(() -> files.write("version.json", "n".repeat(9000)), "plan/version.json");
    files.fence();

    assertThat(files.file("version.json")).hasContent("old");
    assertThat(files.isFenced()).isTrue();
    assertThat(halves()).isEmpty();
    makeRoom();
    files.write("version.json", "new");
    assertThat(files.file("version.json")).hasContent("new");
  }

  @Test
  void a_runs_record_is_the_old_one() throws IOException {
    RunJournalFiles runs = new RunJournalFiles(disk.resolve("state"), "engine");
    runs.keepRequest(REQUEST);
    Instant since = runs.find("shop", "local").orElseThrow().since();
    fill();

    saysSo(() -> runs.keepRequest(REQUEST), "shop.json");

    assertThat(runs.find("shop", "local").orElseThrow().since()).isEqualTo(since);
    assertThat(halves()).isEmpty();
    makeRoom();
    runs.keepRequest(REQUEST);
    assertThat(runs.find("shop", "local").orElseThrow().since()).isAfter(since);
  }

  @Test
  void the_record_of_healthy_versions_keeps_its_whole_lines() throws IOException {
    HealthyVersionsFile versions = new HealthyVersionsFile(disk, Clock.systemUTC(), () -> 1);
    versions.record(pinned("1"));
    Path file = disk.resolve("healthy-versions.jsonl");
    String before = Files.readString(file);
    fill();

    saysSo(
        () -> {
          for (int plan = 2; plan < 100; plan++) {
            versions.record(pinned(String.valueOf(plan)));
          }
        },
        file.toString());

    String after = Files.readString(file);
    assertThat(after).startsWith(before).endsWith("\n");
    makeRoom();
    versions.record(pinned("100"));
    assertThat(Files.readString(file)).startsWith(after).contains("\"100\"");
  }

  @Test
  void a_report_is_written_elsewhere_or_not_at_all_and_names_both_places() throws IOException {
    Path reports = disk.resolve("docs");
    Path elsewhere = folder.resolve("elsewhere");
    fill();

    String kept = report(reports, elsewhere);
    saysSo(() -> report(reports, disk.resolve("state")), reports + " (", "docs", "state");

    assertThat(kept).startsWith(elsewhere.toString());
    assertThat(Files.readString(Path.of(kept))).contains(FULL);
    assertThat(halves()).isEmpty();
    makeRoom();
    assertThat(report(reports, elsewhere)).startsWith(reports.toString());
    assertThat(Path.of(kept)).doesNotExist();
  }

  private static String report(Path reports, Path fallback) {
    Run run =
        new Run(
            "rollback:local:shop",
            "shop",
            "local",
            "A",
            Outcome.STOPPED,
            "why",
            null,
            null,
            null,
            Instant.parse("2026-01-18T05:00:00Z"),
            Instant.parse("2026-01-18T05:01:00Z"),
            null,
            null,
            null,
            null,
            List.of(),
            List.of());
    return new IncidentReportFile(reports, fallback, Redaction.NONE, () -> 1)
        .write(REQUEST, run, "1")
        .file();
  }

  private static PinnedService pinned(String plan) {
    return new PinnedService(
        "shop",
        "local",
        plan,
        Version.commit("b".repeat(40), "v3"),
        Version.commit("a".repeat(40), "v2"),
        null,
        null,
        null);
  }

  private static void saysSo(ThrowingCallable write, String... words) {
    assertThatThrownBy(write).hasMessageContaining(FULL).hasMessageContainingAll(words);
  }

  private void fill() throws IOException {
    byte[] block = new byte[4096];
    Arrays.fill(block, (byte) 'x');
    assertThatThrownBy(
            () -> {
              try (OutputStream filler = Files.newOutputStream(disk.resolve("filler"))) {
                while (true) {
                  filler.write(block);
                }
              }
            })
        .hasMessageContaining(FULL);
  }

  private void makeRoom() throws IOException {
    Files.delete(disk.resolve("filler"));
  }

  private List<Path> halves() throws IOException {
    try (Stream<Path> files = Files.walk(disk)) {
      return files
          .filter(file -> file.toString().matches(".*(\\.part|\\.tmp|/\\.TS-[^/]*)"))
          .toList();
    }
  }

  private static int ended(String... command) throws Exception {
    Process process = new ProcessBuilder(command).inheritIO().start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return process.exitValue();
  }
}

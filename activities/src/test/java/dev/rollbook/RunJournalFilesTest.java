package dev.rollbook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rollbook.local.LocalPin;
import io.temporal.testing.TestActivityEnvironment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class RunJournalFilesTest {

  private static final RollbackRequest REQUEST = RollbackRequest.of("shop", "local");
  private static final Plan PLAN =
      new Plan(
          new PinnedService(
              "shop",
              "local",
              "plan-1",
              Version.commit("3".repeat(40), "v3"),
              Version.commit("2".repeat(40), "v2"),
              new LocalPin(
                  new ProcessId(42, Instant.parse("2026-01-18T10:00:00.123456789Z")),
                  List.of("새 \"파일\"\n")),
              null,
              null),
          false,
          List.of(Finding.ok("disk", "enough")),
          List.of(new Plan.PlannedStep("A1", "Check out")));

  @TempDir Path state;
  private RunJournalFiles runs;

  @BeforeEach
  void open() {
    runs = new RunJournalFiles(state, "in-process");
  }

  @Test
  void nothing_is_known_at_first() throws IOException {
    assertThat(runs.find("shop", "local")).isEmpty();
    assertThat(runs.all()).isEmpty();
  }

  @Test
  void a_request_is_unfinished_until_it_is_forgotten() throws IOException {
    runs.keepRequest(REQUEST);
    RunJournalFiles.Entry entry = runs.find("shop", "local").orElseThrow();
    assertThat(entry.isUnfinished()).isTrue();
    assertThat(entry.request()).isEqualTo(REQUEST);
    assertThat(entry.engine()).isEqualTo("in-process");
    runs.forget(REQUEST);
    assertThat(runs.all()).isEmpty();
  }

  @Test
  void a_plan_comes_back_to_the_nanosecond() throws IOException {
    TestActivityEnvironment temporal = TestActivityEnvironment.newInstance();
    try {
      temporal.registerActivitiesImplementations(runs);
      StepReport kept = temporal.newActivityStub(RunJournal.class).keepPlan(REQUEST, PLAN);
      assertThat(kept.summary()).isEqualTo("kept in " + state.resolve("runs/local/shop.json"));
    } finally {
      temporal.close();
    }
    assertThat(runs.find("shop", "local").orElseThrow().request())
        .isEqualTo(REQUEST.begunWith(PLAN));
  }

  @Test
  void a_closed_run_keeps_its_request_and_is_not_started_again() throws IOException {
    runs.keepRequest(REQUEST.withPlan(PLAN));
    Instant at = Instant.parse("2026-01-18T10:00:00Z");
    runs.close(
        new Run(
            "rollback:local:shop",
            "shop",
            "local",
            "A",
            Outcome.ROLLED_BACK,
            "done",
            null,
            null,
            PLAN,
            at,
            at,
            null,
            null,
            null,
            null,
            List.of(),
            List.of()));
    RunJournalFiles.Entry entry = runs.find("shop", "local").orElseThrow();
    assertThat(entry.isUnfinished()).isFalse();
    assertThat(entry.request()).isEqualTo(REQUEST.withPlan(PLAN));
    assertThat(entry.result().outcome()).isEqualTo(Outcome.ROLLED_BACK);
  }

  @Test
  void services_and_environments_have_files_of_their_own_and_no_parts_are_left()
      throws IOException {
    runs.keepRequest(REQUEST);
    runs.keepRequest(REQUEST);
    runs.keepRequest(RollbackRequest.of("cart", "local"));
    runs.keepRequest(RollbackRequest.of("shop", "other"));
    assertThat(runs.all()).hasSize(3);
    try (Stream<Path> files = Files.walk(state)) {
      assertThat(files.filter(Files::isRegularFile)).hasSize(3);
    }
  }

  @Test
  void a_file_that_a_crash_or_an_editor_broke_is_named() throws IOException {
    runs.keepRequest(REQUEST);
    Path file = state.resolve("runs/local/shop.json");
    for (String broken : List.of("", "{\"request\":", "[]", "{\"nonsense\":1}")) {
      Files.writeString(file, broken);
      assertThatThrownBy(runs::all).as(broken).hasMessageContaining(file.toString());
      assertThatThrownBy(() -> runs.find("shop", "local")).hasMessageContaining("move it away");
    }
  }
}

package dev.rollbook.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rollbook.engine.NeedsTemporal;
import dev.rollbook.shop.LocalShop;
import dev.rollbook.shop.Rollbook;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** What is told of runs: before, while and after, and by which engine whatever. */
@Timeout(900)
@Execution(ExecutionMode.CONCURRENT)
class StatusIT {

  /** Seconds a call may take that must not wait for what a run does: far more than it takes. */
  private static final long AT_ONCE = 60;

  @TempDir Path folder;

  @Test
  void is_told_from_disk_by_the_engine_in_the_process() throws Exception {
    tells_a_run_before_while_and_after(() -> new Rollbook(folder).withoutTemporal());
  }

  @Test
  @NeedsTemporal
  void is_told_by_the_dev_server() throws Exception {
    tells_a_run_before_while_and_after(() -> new Rollbook(folder));
  }

  private void tells_a_run_before_while_and_after(Supplier<Rollbook> rollbook) throws Exception {
    try (LocalShop shop = new LocalShop(folder).threeReleases()) {
      Path catalog = shop.writeCatalog();
      Files.writeString(
          catalog,
          Files.readString(catalog).replace("build.sh], within: 60s", "build.sh], within: 10m"));
      shop.deploy();
      Rollbook.Answer nothing = rollbook.get().call("resume", "-o", "json");
      Rollbook.Answer none = rollbook.get().call("status", "-o", "json");
      Rollbook.Answer noRun = rollbook.get().call("list");
      Rollbook.Answer nothingToAbort =
          rollbook.get().call("abort", "shop", "-e", "local", "--reason", "late");

      assertThat(nothing.exitCode()).as(nothing.err()).isZero();
      assertThat(OneDocument.of(nothing)).isEmpty();
      assertThat(OneDocument.of(none)).isEmpty();
      assertThat(noRun.out()).contains("shop in local: no run yet");
      assertThat(nothingToAbort.exitCode()).isEqualTo(ExitCodes.BLOCKED);
      assertThat(nothingToAbort.err()).contains("not under way");

      shop.buildTakes(600);
      Rollbook.Running run = rollbook.get().start("run", "shop", "-e", "local");
      await().atMost(Duration.ofSeconds(150)).until(() -> shop.builds().size() == 1);
      JsonNode live =
          OneDocument.of(
              rollbook.get().call(AT_ONCE, "status", "shop", "-e", "local", "-o", "json"));
      JsonNode listed = OneDocument.of(rollbook.get().call(AT_ONCE, "list", "-o", "json"));
      Rollbook.Answer elsewhere =
          rollbook.get().call(AT_ONCE, "run", "shop", "-e", "local", "--to", "v1");

      assertThat(live.path("outcome").isNull()).isTrue();
      assertThat(live.at("/target/id").asText()).isEqualTo(shop.sha("v2"));
      assertThat(listed.at("/0/run/runId").asText()).isEqualTo(LocalShop.RUN_ID);
      assertThat(elsewhere.exitCode()).as(elsewhere.err()).isEqualTo(ExitCodes.BLOCKED);
      assertThat(elsewhere.err()).containsAnyOf("unfinished", "Process " + run.process().pid());

      run.process().destroyForcibly().waitFor();
      Rollbook.Answer unfinished = rollbook.get().call(AT_ONCE, "status", "shop");
      Rollbook.Answer unfinishedList = rollbook.get().call(AT_ONCE, "list");
      Rollbook.Answer refused =
          rollbook.get().call(AT_ONCE, "run", "shop", "-e", "local", "--to", "v1");

      assertThat(unfinished.exitCode()).as(unfinished.err()).isZero();
      assertThat(unfinished.out()).contains("UNDER WAY shop in local: v3");
      assertThat(unfinishedList.out()).contains("UNDER WAY shop in local");
      assertThat(refused.exitCode()).as(refused.err()).isEqualTo(ExitCodes.BLOCKED);
      assertThat(refused.err()).contains("unfinished", "v2", "rollbook resume", "--to v1");
      assertThat(shop.starts()).isEmpty();
      assertThat(shop.builds()).hasSize(1);

      Rollbook.Answer aborted =
          rollbook.get().call("abort", "shop", "-e", "local", "--reason", "a test");
      Rollbook.Answer ended = rollbook.get().call("status", "shop", "-e", "local", "-o", "json");

      assertThat(aborted.exitCode()).as(aborted.out() + aborted.err()).isEqualTo(ExitCodes.ABORTED);
      assertThat(OneDocument.of(ended).path("outcome").asText()).isEqualTo("STOPPED");
      assertThat(OneDocument.of(ended).path("endedAt").asText()).endsWith("Z");
      assertThat(rollbook.get().call("resume").out()).contains("No run is unfinished.");
    }
  }

  @Test
  void a_start_without_waiting_needs_a_worker() throws Exception {
    try (LocalShop shop = new LocalShop(folder).threeReleases()) {
      shop.writeCatalog();

      Rollbook.Answer answer =
          new Rollbook(folder).withoutTemporal().call("run", "shop", "-e", "local", "--no-wait");

      assertThat(answer.exitCode()).isEqualTo(ExitCodes.USAGE);
      assertThat(answer.err()).contains("--no-wait needs a worker", "rollbook worker");
    }
  }

  @Test
  @NeedsTemporal
  void a_worker_does_what_was_started_without_waiting() throws Exception {
    try (LocalShop shop = new LocalShop(folder).threeReleases()) {
      shop.writeCatalog();
      shop.deploy();
      Rollbook.Running worker = new Rollbook(folder).worker();

      Rollbook.Answer started =
          new Rollbook(folder).call("run", "shop", "-e", "local", "--no-wait", "-o", "json");

      assertThat(started.exitCode()).as(started.err()).isZero();
      assertThat(OneDocument.of(started).path("runId").asText()).isEqualTo(LocalShop.RUN_ID);
      await()
          .atMost(Duration.ofSeconds(180))
          .pollInterval(Duration.ofSeconds(1))
          .until(
              () -> new Rollbook(folder).call("status", "shop").out().contains("ROLLED_BACK shop"));
      worker.process().destroy();
      assertThat(worker.process().waitFor(60, java.util.concurrent.TimeUnit.SECONDS)).isTrue();
    }
  }
}

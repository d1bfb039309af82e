package dev.rollbook.crash;

import dev.rollbook.Run;
import dev.rollbook.compose.CountedShop;
import dev.rollbook.compose.CountedShop.Means;
import dev.rollbook.compose.NeedsDocker;
import dev.rollbook.engine.NeedsTemporal;
import dev.rollbook.shop.Rollbook;
import io.temporal.client.WorkflowStub;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The Temporal server, killed in the middle of the restart; and the one worker of two at work. */
@NeedsTemporal
@NeedsDocker
@Timeout(400)
@Execution(ExecutionMode.CONCURRENT)
class ComposeServerKilledIT {

  @ParameterizedTest(name = "{0}, {1}")
  @CsvSource({"IN_B5_CREATED, V1", "IN_B5_REMOVED, API"})
  void the_run_ends_once_the_server_is_back(ComposeCrashPoint at, Means means, @TempDir Path folder)
      throws Exception {
    try (TemporalServer temporal = new TemporalServer(folder, List.of("default"));
        CountedShop shop = new CountedShop(folder.resolve("shop"), means, at.slow());
        ContainerWatch watch = new ContainerWatch(shop)) {
      Rollbook.Running worker = Workers.start(shop, temporal, "default");
      try {
        WorkflowStub run = Workers.run(temporal.client("default"), shop);
        awaitReached(at, shop, watch, temporal);

        temporal.kill();
        long killed = System.nanoTime();
        temporal.startAgain();
        Run ended = run.getResult(200, TimeUnit.SECONDS, Run.class);
        System.out.printf(
            "server killed %s (%s): ended %.1f s after it; %s%n",
            at, means, (System.nanoTime() - killed) / 1e9, watch.counts());

        ComposeOnce.rolledBack(shop, watch, ended);
      } finally {
        worker.process().destroyForcibly();
      }
    }
  }

  @ParameterizedTest(name = "{0}, {1}")
  @CsvSource({"IN_B5_RENAMED, V2", "IN_B5_REMOVED, API"})
  void of_two_workers_the_other_goes_on_when_the_one_at_work_dies(
      ComposeCrashPoint at, Means means, @TempDir Path folder) throws Exception {
    try (TemporalServer temporal = new TemporalServer(folder, List.of("default"));
        CountedShop shop = new CountedShop(folder.resolve("shop"), means, at.slow());
        ContainerWatch watch = new ContainerWatch(shop)) {
      List<Rollbook.Running> workers =
          List.of(
              Workers.start(shop, temporal, "default"), Workers.start(shop, temporal, "default"));
      try {
        WorkflowStub run = Workers.run(temporal.client("default"), shop);
        awaitReached(at, shop, watch, temporal);
        long atWork = Section.COMPOSE.processAtWork(temporal.client("default")).orElse(-1);
        workers.stream()
            .map(Rollbook.Running::process)
            .filter(worker -> worker.pid() == atWork)
            .forEach(Process::destroyForcibly);
        Run ended = run.getResult(200, TimeUnit.SECONDS, Run.class);
        System.out.printf("one of two workers killed %s (%s): %s%n", at, means, watch.counts());

        ComposeOnce.rolledBack(shop, watch, ended);
      } finally {
        workers.forEach(worker -> worker.process().destroyForcibly());
      }
    }
  }

  private static void awaitReached(
      ComposeCrashPoint at, CountedShop shop, ContainerWatch watch, TemporalServer temporal) {
    Awaitility.await()
        .pollInterval(Duration.ofMillis(20))
        .atMost(Duration.ofSeconds(180))
        .until(() -> at.isReached(shop, watch, temporal.client("default")));
  }
}

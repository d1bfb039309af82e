package dev.rollbook.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.Abort;
import dev.rollbook.Outcome;
import dev.rollbook.Run;
import dev.rollbook.compose.CountedShop;
import dev.rollbook.compose.CountedShop.Means;
import dev.rollbook.compose.NeedsDocker;
import dev.rollbook.engine.NeedsTemporal;
import dev.rollbook.shop.Rollbook;
import io.temporal.client.WorkflowServiceException;
import io.temporal.client.WorkflowStub;
import java.io.IOException;
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

/** A worker that freezes in the middle of the restart, and wakes when the service was stopped. */
@NeedsTemporal
@NeedsDocker
@Timeout(240)
@Execution(ExecutionMode.CONCURRENT)
class ComposeFencedIT {

  /** For so long the woken worker is watched; what it would do, it would do at once. */
  private static final Duration WATCHED = Duration.ofSeconds(5);

  @ParameterizedTest(name = "{0}, {1}, whole process group: {2}")
  @CsvSource({
    "IN_B5_RENAMED, API, false",
    "IN_B5_RENAMED, V1, true",
    "IN_B5_CREATED, V2, true",
    "IN_B5_COMPOSE, V1, true",
    "IN_B5_COMPOSE, V2, false"
  })
  void a_frozen_worker_that_wakes_after_the_stop_starts_nothing(
      ComposeCrashPoint at, Means means, boolean group, @TempDir Path folder) throws Exception {
    try (TemporalServer temporal = new TemporalServer(folder, List.of("default"));
        CountedShop shop = new CountedShop(folder.resolve("shop"), means, at.slow());
        ContainerWatch watch = new ContainerWatch(shop)) {
      Rollbook.Running zombie = Workers.start(shop, temporal, "default");
      if (at.isEvent()) {
        watch.on(at.event(), () -> signal(zombie, "STOP", group));
      }
      WorkflowStub run = Workers.run(temporal.client("default"), shop);
      Awaitility.await()
          .pollInterval(Duration.ofMillis(100))
          .atMost(Duration.ofSeconds(90))
          .until(() -> at.isReached(shop, watch, temporal.client("default")));
      signal(zombie, "STOP", group);
      Rollbook.Running other = Workers.start(shop, temporal, "default");
      try {
        abort(run);
        Run ended = run.getResult(120, TimeUnit.SECONDS, Run.class);

        assertThat(ended.outcome()).isEqualTo(Outcome.STOPPED);
        assertThat(shop.isUp()).as("a container is up after S1").isFalse();
        int before = watch.size();
        shop.composeIsQuick();
        signal(zombie, "CONT", group);
        Awaitility.await()
            .pollInterval(Duration.ofMillis(100))
            .during(WATCHED)
            .atMost(WATCHED.plusSeconds(20))
            .until(() -> !shop.isUp());

        assertThat(watch.startsSince(before)).as("starts after the stop").isZero();
        assertThat(shop.composes()).as("Compose at work after the stop").isEmpty();
        watch.assertNeverNone();
        System.out.printf("frozen %s (%s): %s%n", at, means, watch.counts());
      } finally {
        other.process().destroyForcibly();
        zombie.process().destroyForcibly();
      }
    }
  }

  /** Refused while the server still holds the run's task for the frozen worker. */
  private static void abort(WorkflowStub run) {
    Awaitility.await()
        .pollInterval(Duration.ofMillis(500))
        .atMost(Duration.ofSeconds(60))
        .ignoreExceptionsInstanceOf(WorkflowServiceException.class)
        .until(
            () ->
                run.update("abort", String.class, new Abort("tester", "the worker is frozen"))
                    != null);
  }

  private static void signal(Rollbook.Running worker, String signal, boolean group) {
    String whom = (group ? "-" : "") + worker.process().pid();
    try {
      new ProcessBuilder("kill", "-" + signal, "--", whom).inheritIO().start().waitFor();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

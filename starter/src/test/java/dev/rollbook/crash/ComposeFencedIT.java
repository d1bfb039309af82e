package dev.rollbook.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.Abort;
import dev.rollbook.CatalogEntry;
import dev.rollbook.Outcome;
import dev.rollbook.Run;
import dev.rollbook.WorkflowIds;
import dev.rollbook.compose.ComposeShop;
import dev.rollbook.compose.CountedShop;
import dev.rollbook.compose.CountedShop.Means;
import dev.rollbook.compose.CountedShop.Slow;
import dev.rollbook.compose.EngineProxy;
import dev.rollbook.compose.NeedsDocker;
import dev.rollbook.engine.NeedsTemporal;
import dev.rollbook.shop.Rollbook;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowStub;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A worker that freezes in the middle of the restart, and wakes when the service was stopped. */
@NeedsTemporal
@NeedsDocker
@Timeout(600)
@Execution(ExecutionMode.CONCURRENT)
class ComposeFencedIT {

  /** For so long the woken worker is watched; what it would do, it would do at once. */
  private static final Duration WATCHED = Duration.ofSeconds(5);

  @ParameterizedTest(name = "{0}, {1}, whole process group: {2}")
  @CsvSource({
    "IN_B5_RENAMED, V1, true",
    "IN_B5_CREATED, V2, true",
    "IN_B5_COMPOSE, V1, true",
    "IN_B5_COMPOSE, V2, false"
  })
  void a_compose_that_wakes_after_the_stop_starts_nothing(
      ComposeCrashPoint at, Means means, boolean group, @TempDir Path folder) throws Exception {
    try (TemporalServer temporal = new TemporalServer(folder, List.of("default"));
        CountedShop shop = new CountedShop(folder.resolve("shop"), means, at.slow());
        ContainerWatch watch = new ContainerWatch(shop)) {
      Rollbook.Running zombie = Workers.start(shop, temporal, "default");
      if (at.isEvent()) {
        watch.on(at.event(), () -> signal(zombie, "STOP", group));
      }
      WorkflowStub run = Workers.run(temporal.client("default"), shop);
      awaitThat(() -> at.isReached(shop, watch, temporal.client("default")));
      signal(zombie, "STOP", group);
      cutOff(temporal.client("default"));
      Rollbook.Running other = Workers.start(shop, temporal, "default");
      try {
        awaitStopped(run, shop);
        Instant stopped = Instant.now();
        shop.composeIsQuick();
        signal(zombie, "CONT", group);
        staysDown(shop);

        assertThat(watch.startsAfter(stopped)).as("starts after the stop").isEmpty();
        assertThat(shop.composes()).as("Compose at work after the stop").isEmpty();
        watch.assertNeverNone();
        System.out.printf("frozen %s (%s): %s%n", at, means, watch.counts());
      } finally {
        end(zombie, other);
      }
    }
  }

  @Test
  void a_call_of_the_engine_that_ends_after_the_stop_is_followed_by_no_start(@TempDir Path folder)
      throws Exception {
    try (TemporalServer temporal = new TemporalServer(folder, List.of("default"));
        CountedShop shop = new CountedShop(folder.resolve("shop"), Means.API, Slow.NOTHING);
        ContainerWatch watch = new ContainerWatch(shop);
        EngineProxy engine = new EngineProxy(ComposeShop.ENGINE)) {
      Rollbook.Running zombie = Workers.start(shop.through(engine), temporal, "default");
      CountDownLatch frozen = new CountDownLatch(1);
      // the last call before it looks whether it may start
      engine.whenDone("POST .*/rename", () -> freeze(zombie, frozen));
      WorkflowStub run = Workers.run(temporal.client("default"), shop);
      assertThat(frozen.await(180, TimeUnit.SECONDS)).as("frozen").isTrue();
      cutOff(temporal.client("default"));
      Rollbook.Running other = Workers.start(shop, temporal, "default");
      try {
        awaitStopped(run, shop);
        Instant stopped = Instant.now();
        signal(zombie, "CONT", false);
        staysDown(shop);

        assertThat(watch.startsAfter(stopped)).as("starts after the stop").isEmpty();
        watch.assertNeverNone();
      } finally {
        end(zombie, other);
      }
    }
  }

  /** The engine knows no start on a condition, so that this one cannot be kept from it. */
  @Test
  void a_start_that_reaches_the_engine_after_the_stop_is_taken_back(@TempDir Path folder)
      throws Exception {
    try (TemporalServer temporal = new TemporalServer(folder, List.of("default"));
        CountedShop shop = new CountedShop(folder.resolve("shop"), Means.API, Slow.NOTHING);
        ContainerWatch watch = new ContainerWatch(shop);
        EngineProxy engine = new EngineProxy(ComposeShop.ENGINE)) {
      Rollbook.Running zombie = Workers.start(shop.through(engine), temporal, "default");
      CountDownLatch frozen = new CountDownLatch(1);
      CountDownLatch woken = new CountDownLatch(1);
      engine.whenAsked(
          "POST .*/start",
          () -> {
            freeze(zombie, frozen);
            await(woken);
          });
      WorkflowStub run = Workers.run(temporal.client("default"), shop);
      assertThat(frozen.await(180, TimeUnit.SECONDS)).as("frozen").isTrue();
      cutOff(temporal.client("default"));
      Rollbook.Running other = Workers.start(shop, temporal, "default");
      try {
        awaitStopped(run, shop);
        Instant stopped = Instant.now();
        signal(zombie, "CONT", false);
        woken.countDown();
        awaitThat(() -> watch.startsAfter(stopped).size() == 1 && !shop.isUp());
        staysDown(shop);

        assertThat(watch.startsAfter(stopped)).as("starts after the stop").hasSize(1);
        watch.assertNeverNone();
      } finally {
        end(zombie, other);
      }
    }
  }

  /**
   * Kept by the server for whichever worker comes, which must not end the rollback first; said to
   * the section, since its run may still wait for the frozen worker.
   */
  private static void cutOff(WorkflowClient client) {
    client
        .newUntypedWorkflowStub(WorkflowIds.section(CountedShop.RUN_ID, CatalogEntry.Kind.COMPOSE))
        .signal("cutOff", new Abort("tester", "the worker is frozen"));
  }

  private static void awaitStopped(WorkflowStub run, CountedShop shop) throws Exception {
    Run ended = run.getResult(200, TimeUnit.SECONDS, Run.class);
    assertThat(ended.outcome()).isEqualTo(Outcome.STOPPED);
    assertThat(shop.isUp()).as("a container is up after S1").isFalse();
  }

  private static void staysDown(CountedShop shop) {
    Awaitility.await()
        .pollInterval(Duration.ofMillis(100))
        .during(WATCHED)
        .atMost(WATCHED.plusSeconds(20))
        .until(() -> !shop.isUp());
  }

  private static void awaitThat(Callable<Boolean> condition) {
    Awaitility.await()
        .pollInterval(Duration.ofMillis(100))
        .atMost(Duration.ofSeconds(180))
        .until(condition);
  }

  private static void await(CountDownLatch latch) {
    try {
      if (!latch.await(400, TimeUnit.SECONDS)) {
        throw new AssertionError("nobody went on");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void freeze(Rollbook.Running worker, CountDownLatch frozen) {
    signal(worker, "STOP", false);
    frozen.countDown();
  }

  private static void end(Rollbook.Running... workers) {
    for (Rollbook.Running each : workers) {
      each.process().destroyForcibly();
    }
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

package dev.rollbook.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.Run;
import dev.rollbook.compose.CountedShop;
import dev.rollbook.compose.CountedShop.Means;
import dev.rollbook.compose.NeedsDocker;
import dev.rollbook.engine.NeedsTemporal;
import dev.rollbook.shop.Rollbook;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowStub;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Workers killed with SIGKILL at every step of Section B and in the middle of stop, create, rename,
 * remove and start: the next one goes on, and the service is never without a container.
 */
@NeedsTemporal
@NeedsDocker
@Timeout(240)
@Execution(ExecutionMode.CONCURRENT)
class ComposeWorkerKilledIT {

  private static TemporalServer temporal;

  enum Killed {
    WORKER,
    ITS_PROCESS_GROUP
  }

  /** Where a restart is cut off matters for each of the means, and whether Compose dies too. */
  static Stream<Arguments> crashes() {
    return Stream.of(ComposeCrashPoint.values())
        .flatMap(
            at -> {
              if (at == ComposeCrashPoint.IN_B5_COMPOSE) {
                return Stream.of(
                    Arguments.of(at, Means.V1, Killed.WORKER),
                    Arguments.of(at, Means.V2, Killed.WORKER));
              }
              if (at == ComposeCrashPoint.IN_B5_CREATED) {
                return Stream.of(
                    Arguments.of(at, Means.V1, Killed.ITS_PROCESS_GROUP),
                    Arguments.of(at, Means.V2, Killed.ITS_PROCESS_GROUP),
                    Arguments.of(at, Means.API, Killed.WORKER));
              }
              if (at.name().startsWith("IN_B5")) {
                return Stream.of(
                    Arguments.of(at, Means.V1, Killed.ITS_PROCESS_GROUP),
                    Arguments.of(at, Means.API, Killed.WORKER));
              }
              Means means = Means.values()[at.ordinal() % 2];
              return Stream.of(Arguments.of(at, means, Killed.values()[at.ordinal() / 2 % 2]));
            });
  }

  @BeforeAll
  static void start(@TempDir Path folder) throws Exception {
    temporal =
        new TemporalServer(
            folder, crashes().map(each -> namespace(each.get())).distinct().toList());
  }

  @AfterAll
  static void end() {
    temporal.close();
  }

  @ParameterizedTest(name = "{0}, {1}, {2}")
  @MethodSource("crashes")
  void the_next_worker_ends_the_run_and_the_service_is_never_without_a_container(
      ComposeCrashPoint at, Means means, Killed what, @TempDir Path folder) throws Exception {
    String namespace = namespace(at, means, what);
    WorkflowClient client = temporal.client(namespace);
    try (CountedShop shop = new CountedShop(folder, means, at.slow());
        ContainerWatch watch = new ContainerWatch(shop)) {
      Rollbook.Running worker = Workers.start(shop, temporal, namespace);
      if (at.isEvent()) {
        watch.on(at.event(), () -> kill(worker, what));
      }
      WorkflowStub run = Workers.run(client, shop);
      Awaitility.await()
          .pollInterval(Duration.ofMillis(40))
          .atMost(Duration.ofSeconds(90))
          .until(() -> at.isReached(shop, watch, client));
      kill(worker, what);
      worker.process().waitFor();
      long killed = System.nanoTime();
      shop.composeIsQuick();
      Rollbook.Running next = Workers.start(shop, temporal, namespace);
      try {
        Run ended = run.getResult(150, TimeUnit.SECONDS, Run.class);
        System.out.printf(
            "crash %s of %s (%s): ended %.1f s after it; %s%n",
            at, what, means, (System.nanoTime() - killed) / 1e9, watch.counts());

        ComposeOnce.rolledBack(shop, watch, ended);
        assertThat(watch.count("start")).as("starts of containers").isEqualTo(1);
        assertThat(watch.count("create")).as("containers created").isBetween(1L, 2L);
        assertThat(shop.calls("build")).as("builds").hasSize(at == ComposeCrashPoint.IN_B4 ? 1 : 0);
      } finally {
        next.process().destroyForcibly();
      }
    }
  }

  private static void kill(Rollbook.Running worker, Killed what) {
    try {
      if (what == Killed.WORKER) {
        worker.process().destroyForcibly();
      } else if (worker.process().isAlive()) {
        worker.signalGroup("KILL");
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static String namespace(Object... words) {
    return Stream.of(words)
        .map(word -> word.toString().toLowerCase(Locale.ROOT).replace('_', '-'))
        .reduce((one, other) -> one + "-" + other)
        .orElseThrow();
  }
}

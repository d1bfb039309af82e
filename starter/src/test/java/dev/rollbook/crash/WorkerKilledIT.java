package dev.rollbook.crash;

import dev.rollbook.Run;
import dev.rollbook.engine.NeedsTemporal;
import dev.rollbook.shop.LocalShop;
import dev.rollbook.shop.Rollbook;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowStub;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
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

/** Workers of a configured Temporal service, killed with SIGKILL: the next one goes on. */
@NeedsTemporal
@Timeout(180)
@Execution(ExecutionMode.CONCURRENT)
class WorkerKilledIT {

  private static TemporalServer temporal;

  enum Killed {
    WORKER,
    ITS_PROCESS_GROUP
  }

  static Stream<Arguments> crashes() {
    return Stream.of(CrashPoint.values())
        .flatMap(
            at -> {
              boolean isInStep = at.name().startsWith("IN_");
              Killed[] all = Killed.values();
              return isInStep
                  ? Stream.of(all).map(what -> Arguments.of(at, what))
                  : Stream.of(Arguments.of(at, all[at.ordinal() % 2]));
            });
  }

  @BeforeAll
  static void start(@TempDir Path folder) throws Exception {
    List<String> namespaces =
        crashes()
            .map(each -> namespace((CrashPoint) each.get()[0], (Killed) each.get()[1]))
            .toList();
    temporal = new TemporalServer(folder, namespaces);
  }

  @AfterAll
  static void end() {
    temporal.close();
  }

  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("crashes")
  void the_next_worker_ends_the_run_and_repeats_nothing(
      CrashPoint at, Killed what, @TempDir Path folder) throws Exception {
    WorkflowClient client = temporal.client(namespace(at, what));
    try (LocalShop shop = at.slow(new LocalShop(folder))) {
      shop.writeCatalog();
      Process bad = shop.deploy();
      Rollbook.Running worker = Workers.start(folder, temporal, namespace(at, what));
      WorkflowStub run = Workers.run(client);

      Awaitility.await()
          .pollInterval(Duration.ofMillis(40))
          .atMost(Duration.ofSeconds(60))
          .until(() -> at.isReached(shop, client));
      if (what == Killed.WORKER) {
        worker.process().destroyForcibly();
      } else {
        worker.signalGroup("KILL");
      }
      long killed = System.nanoTime();
      Rollbook.Running next = Workers.start(folder, temporal, namespace(at, what));
      try {
        Run ended = run.getResult(120, TimeUnit.SECONDS, Run.class);
        System.out.printf(
            "crash %s of %s: ended %.1f s after it%n",
            at, what, (System.nanoTime() - killed) / 1e9);

        Once.rolledBack(shop, bad, ended);
      } finally {
        next.process().destroyForcibly();
      }
    }
  }

  private static String namespace(CrashPoint at, Killed what) {
    return (at + "-" + what).toLowerCase(java.util.Locale.ROOT).replace('_', '-');
  }
}

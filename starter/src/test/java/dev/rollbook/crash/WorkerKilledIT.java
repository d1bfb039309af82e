package dev.rollbook.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.Run;
import dev.rollbook.engine.NeedsTemporal;
import dev.rollbook.shop.LocalShop;
import dev.rollbook.shop.Rollbook;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowStub;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
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
@Timeout(900)
@Execution(ExecutionMode.CONCURRENT)
class WorkerKilledIT {

  private static TemporalServer temporal;

  /** Within a step each in a run of its own, that takes long there; after the steps all in one. */
  static Stream<Arguments> crashes() {
    List<CrashPoint> after = Stream.of(CrashPoint.values()).filter(at -> !at.isInside()).toList();
    return Stream.concat(
        Stream.of(CrashPoint.values())
            .filter(CrashPoint::isInside)
            .flatMap(at -> Stream.of(Killed.values()).map(it -> Arguments.of(List.of(at), it))),
        Stream.of(Arguments.of(after, Killed.ITS_PROCESS_GROUP)));
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

  /**
   * @param first what is killed at the first point; with each further one it changes
   */
  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("crashes")
  void the_next_worker_ends_the_run_and_repeats_nothing(
      List<CrashPoint> points, Killed first, @TempDir Path folder) throws Exception {
    String namespace = namespace(points, first);
    WorkflowClient client = temporal.client(namespace);
    try (LocalShop shop = points.get(0).slow(new LocalShop(folder))) {
      shop.writePatientCatalog();
      Process bad = shop.deploy();
      Rollbook.Running worker = Workers.start(folder, temporal, namespace);
      try {
        WorkflowStub run = Workers.run(client);
        long begun = System.nanoTime();
        Killed what = first;
        for (CrashPoint at : points) {
          Awaitility.await(at.name())
              .pollInterval(Duration.ofMillis(100))
              .atMost(Duration.ofSeconds(180))
              .until(() -> at.isReached(shop, client));
          what.kill(worker);
          if (at.isInside()) {
            assertThat(at.isOver(client)).as("%s: over before the kill", at).isFalse();
          }
          System.out.printf("crash %s: %d steps were done%n", at, Section.LOCAL.completed(client));
          what = what.other();
          begun = System.nanoTime();
          worker = Workers.start(folder, temporal, namespace);
        }
        Run ended = run.getResult(200, TimeUnit.SECONDS, Run.class);
        System.out.printf(
            "crash %s of %s: ended %.1f s after the last%n",
            points, first, (System.nanoTime() - begun) / 1e9);

        Once.rolledBack(shop, bad, ended);
      } finally {
        worker.process().destroyForcibly();
      }
    }
  }

  private static String namespace(Object... words) {
    return Stream.of(words)
        .map(word -> word instanceof List<?> list ? list.get(0) : word)
        .map(word -> word.toString().toLowerCase(Locale.ROOT).replace('_', '-'))
        .collect(Collectors.joining("-"));
  }
}

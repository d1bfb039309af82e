package dev.rollbook.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.Outcome;
import dev.rollbook.Run;
import dev.rollbook.compose.ComposeShop;
import dev.rollbook.compose.CountedShop;
import dev.rollbook.compose.CountedShop.Means;
import dev.rollbook.compose.EngineProxy;
import dev.rollbook.compose.NeedsDocker;
import dev.rollbook.engine.NeedsTemporal;
import dev.rollbook.shop.Rollbook;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowStub;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
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
@Timeout(900)
@Execution(ExecutionMode.CONCURRENT)
class ComposeWorkerKilledIT {

  private static TemporalServer temporal;

  /**
   * Where a restart is cut off matters for each of the means, and whether Compose dies too. After
   * the steps all in one run for each Compose; after a build, in the run that builds.
   */
  static Stream<Arguments> crashes() {
    List<ComposeCrashPoint> after =
        Stream.of(ComposeCrashPoint.values())
            .filter(at -> at.name().startsWith("AFTER_") && at != ComposeCrashPoint.AFTER_B4)
            .toList();
    return Stream.concat(
        Stream.of(ComposeCrashPoint.values())
            .filter(at -> !at.name().startsWith("AFTER_"))
            .flatMap(ComposeWorkerKilledIT::within),
        Stream.of(
            Arguments.of(every(2, 0, after), Means.V1, Killed.WORKER),
            Arguments.of(every(2, 1, after), Means.V2, Killed.ITS_PROCESS_GROUP),
            Arguments.of(
                List.of(
                    ComposeCrashPoint.AFTER_B3,
                    ComposeCrashPoint.AFTER_B1,
                    ComposeCrashPoint.AFTER_B5),
                Means.API,
                Killed.WORKER)));
  }

  private static <T> List<T> every(int nth, int from, List<T> all) {
    return IntStream.range(0, all.size()).filter(i -> i % nth == from).mapToObj(all::get).toList();
  }

  private static Stream<Arguments> within(ComposeCrashPoint at) {
    return switch (at) {
      case IN_B4 ->
          Stream.of(
              Arguments.of(
                  List.of(at, ComposeCrashPoint.AFTER_B4), Means.V2, Killed.ITS_PROCESS_GROUP));
      case IN_B5_COMPOSE ->
          Stream.of(
              Arguments.of(List.of(at), Means.V1, Killed.WORKER),
              Arguments.of(List.of(at), Means.V2, Killed.WORKER));
      case IN_B5_CREATED ->
          Stream.of(
              Arguments.of(List.of(at), Means.V1, Killed.ITS_PROCESS_GROUP),
              Arguments.of(List.of(at), Means.V2, Killed.ITS_PROCESS_GROUP),
              Arguments.of(List.of(at), Means.API, Killed.WORKER));
      case IN_B5_RENAMED ->
          Stream.of(
              Arguments.of(List.of(at), Means.V1, Killed.ITS_PROCESS_GROUP),
              Arguments.of(List.of(at), Means.API, Killed.WORKER));
      case IN_B5_REMOVED, IN_B5_STARTED ->
          Stream.of(
              Arguments.of(List.of(at), Means.V1, Killed.ITS_PROCESS_GROUP),
              Arguments.of(List.of(at), Means.V2, Killed.ITS_PROCESS_GROUP),
              Arguments.of(List.of(at), Means.API, Killed.WORKER));
      default ->
          Stream.of(
              Arguments.of(
                  List.of(at),
                  Means.values()[at.ordinal() % 2],
                  Killed.values()[at.ordinal() / 2 % 2]));
    };
  }

  @BeforeAll
  static void start(@TempDir Path folder) throws Exception {
    temporal =
        new TemporalServer(
            folder,
            Stream.concat(
                    crashes().map(each -> namespace(each.get())).distinct(),
                    Stream.of("scaled", "stopping"))
                .toList());
  }

  @AfterAll
  static void end() {
    temporal.close();
  }

  /**
   * @param first what is killed at the first point; with each further one it changes
   */
  @ParameterizedTest(name = "{0}, {1}, {2}")
  @MethodSource("crashes")
  void the_next_worker_ends_the_run_and_the_service_is_never_without_a_container(
      List<ComposeCrashPoint> points, Means means, Killed first, @TempDir Path folder)
      throws Exception {
    try (CountedShop shop = new CountedShop(folder, means, points.get(0).slow());
        EngineProxy engine = new EngineProxy(ComposeShop.ENGINE)) {
      if (points.contains(ComposeCrashPoint.IN_B3)) {
        shop.through(engine);
        engine.whenDone("POST .*/tag", shop::addAComment);
      }
      rolledBack(shop, points, first, namespace(points, means, first));
    }
  }

  /** The first is started, the second not yet. */
  @Test
  void a_restart_of_several_that_is_cut_off_between_two_of_them_ends_with_all(@TempDir Path folder)
      throws Exception {
    try (CountedShop shop = CountedShop.scaled(folder, Means.API, 2)) {
      rolledBack(shop, List.of(ComposeCrashPoint.IN_B5_STARTED), Killed.WORKER, "scaled");
    }
  }

  private static void rolledBack(
      CountedShop shop, List<ComposeCrashPoint> points, Killed first, String namespace)
      throws Exception {
    WorkflowClient client = temporal.client(namespace);
    try (ContainerWatch watch = new ContainerWatch(shop)) {
      Rollbook.Running worker = Workers.start(shop, temporal, namespace);
      try {
        killAtEvent(points.get(0), first, worker, watch);
        WorkflowStub run = Workers.run(client, shop);
        long killed = System.nanoTime();
        Killed what = first;
        for (ComposeCrashPoint at : points) {
          Awaitility.await(at.name())
              .pollInterval(Duration.ofMillis(100))
              .atMost(Duration.ofSeconds(180))
              .until(() -> at.isReached(shop, watch, client));
          what.kill(worker);
          if (at.isInside()) {
            assertThat(at.isOver(client)).as("%s: over before the kill", at).isFalse();
          }
          what = what.other();
          killed = System.nanoTime();
          shop.composeIsQuick();
          worker = Workers.start(shop, temporal, namespace);
        }
        Run ended = run.getResult(200, TimeUnit.SECONDS, Run.class);
        System.out.printf(
            "crash %s of %s (%s): ended %.1f s after the last; %s%n",
            points, first, shop.means(), (System.nanoTime() - killed) / 1e9, watch.counts());

        ComposeOnce.rolledBack(shop, watch, ended);
        int wanted = shop.deployed().size();
        assertThat(watch.count("start")).as("starts of containers").isEqualTo(wanted);
        assertThat(watch.count("create"))
            .as("containers created")
            .isBetween((long) wanted, wanted + 1L);
        assertThat(shop.calls("build"))
            .as("builds")
            .hasSize(points.contains(ComposeCrashPoint.IN_B4) ? 1 : 0);
      } finally {
        worker.process().destroyForcibly();
      }
    }
  }

  /**
   * The first container that is told to end is the bad one, by B1; the second the target, by S1.
   */
  @Test
  void a_stop_that_is_cut_off_still_knows_the_restart_policy(@TempDir Path folder)
      throws Exception {
    WorkflowClient client = temporal.client("stopping");
    try (CountedShop shop = CountedShop.failing(folder, Means.API);
        ContainerWatch watch = new ContainerWatch(shop)) {
      AtomicReference<Rollbook.Running> worker =
          new AtomicReference<>(Workers.start(shop, temporal, "stopping"));
      try {
        CountDownLatch dead = new CountDownLatch(1);
        Runnable kill =
            () -> {
              worker.get().process().destroyForcibly();
              dead.countDown();
            };
        watch.on("kill", () -> watch.on("kill", kill));
        WorkflowStub run = Workers.run(client, shop);
        assertThat(dead.await(180, TimeUnit.SECONDS)).isTrue();
        assertThat(shop.isUp()).as("it takes its time").isTrue();
        worker.set(Workers.start(shop, temporal, "stopping"));
        Run ended = run.getResult(200, TimeUnit.SECONDS, Run.class);

        assertThat(ended.outcome()).as(ended.reason()).isEqualTo(Outcome.STOPPED);
        assertThat(shop.isUp()).isFalse();
        assertThat(restartPolicy(shop)).isEqualTo("no");
        assertThat(watch.count("start")).as("starts of containers").isEqualTo(1);
        Rollbook.Answer released =
            Workers.at(shop, temporal, "stopping")
                .call("release", "shop", "-e", CountedShop.ENVIRONMENT, "--reason", "mended");
        assertThat(released.exitCode()).as(released.toString()).isZero();
        assertThat(restartPolicy(shop)).isEqualTo("unless-stopped");
        ComposeOnce.runsAlone(shop, shop.target());
      } finally {
        worker.get().process().destroyForcibly();
      }
    }
  }

  private static String restartPolicy(CountedShop shop) {
    return shop.inspect().at("/HostConfig/RestartPolicy/Name").asText();
  }

  /** The engine's own word is passed on at once; nothing else can hit in time. */
  private static void killAtEvent(
      ComposeCrashPoint at, Killed what, Rollbook.Running worker, ContainerWatch watch) {
    if (at.isEvent()) {
      watch.on(
          at.event(),
          () -> {
            try {
              what.kill(worker);
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          });
    }
  }

  private static String namespace(Object... words) {
    return Stream.of(words)
        .map(word -> word instanceof List<?> list ? list.get(0) : word)
        .map(word -> word.toString().toLowerCase(Locale.ROOT).replace('_', '-'))
        .collect(Collectors.joining("-"));
  }
}

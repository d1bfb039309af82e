package dev.rollbook.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.Run;
import dev.rollbook.engine.NeedsTemporal;
import dev.rollbook.shop.LocalShop;
import dev.rollbook.shop.Rollbook;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code kill -9} of {@code rollbook run} at any moment, with either embedded engine. */
@NeedsTemporal
@Timeout(400)
@Execution(ExecutionMode.CONCURRENT)
class RunKilledIT {

  private static final long SEED = Long.getLong("rollbook.seed", 20260118L);
  private static final int KILLS = 8;

  /** From the run's first trace on disk to its end, on two cores that have other work too. */
  private static final Duration A_RUN = Duration.ofSeconds(7);

  enum Engine {
    DEV_SERVER,
    IN_PROCESS
  }

  /** Even in their spread, random within it: no seed leaves a part of the run untried. */
  static Stream<Arguments> moments() {
    System.out.println("moments of kill -9 by -Drollbook.seed=" + SEED);
    Random random = new Random(SEED);
    List<Arguments> moments = new ArrayList<>();
    for (int i = 0; i < KILLS; i++) {
      for (Engine engine : Engine.values()) {
        double part = (i + random.nextDouble()) / KILLS;
        // two of them while the engine comes up, the others in the run
        boolean begun = i >= 2;
        moments.add(Arguments.of(engine, begun, (long) (part * A_RUN.toMillis()), i % 2 == 0));
      }
    }
    return moments.stream();
  }

  @ParameterizedTest(name = "{0}, begun: {1}, killed after {2} ms, resumed: {3}")
  @MethodSource("moments")
  void what_comes_back_ends_the_run_with_the_same_target_and_repeats_nothing(
      Engine engine, boolean begun, long millis, boolean resume, @TempDir Path folder)
      throws Exception {
    try (LocalShop shop = new LocalShop(folder).threeReleases()) {
      shop.writePatientCatalog();
      shop.buildTakes(1);
      Process bad = shop.deploy();
      Rollbook rollbook = new Rollbook(folder);
      if (engine == Engine.IN_PROCESS) {
        rollbook.withoutTemporal();
      }

      Rollbook.Running run = rollbook.start("run", "shop", "-e", "local");
      if (begun) {
        Awaitility.await()
            .pollInterval(Duration.ofMillis(20))
            .atMost(Duration.ofSeconds(150))
            .until(() -> !Journals.state(shop).equals("nothing"));
      }
      if (!run.process().waitFor(millis, TimeUnit.MILLISECONDS)) {
        run.killGroup();
      }
      String kept = Journals.state(shop);
      String target = Journals.target(shop);
      long killed = System.nanoTime();
      Rollbook.Answer back =
          resume ? rollbook.call("resume") : rollbook.call("run", "shop", "-e", "local");
      System.out.printf(
          "kill -9 of run (%s) %d ms after its %s, %s: %s ended %.1f s after it%n",
          engine,
          millis,
          begun ? "first trace" : "start",
          kept,
          resume ? "resume" : "run",
          (System.nanoTime() - killed) / 1e9);

      assertThat(back.exitCode()).as(back.out() + back.err()).isZero();
      if (resume && !kept.equals("unfinished")) {
        Rollbook.Answer fresh = rollbook.call("run", "shop", "-e", "local");
        assertThat(fresh.exitCode()).as(fresh.out() + fresh.err()).isZero();
      }
      Run ended = Journals.result(shop).orElseThrow();
      assertThat(ended.target().id()).isEqualTo(target == null ? shop.sha("v2") : target);
      Once.done(shop, bad);
      assertThat(ended.steps())
          .filteredOn(step -> step.id().equals("E1"))
          .as("the bad version as it was before the first change")
          .allSatisfy(step -> assertThat(step.evidence()).contains("version: v3", "DOWN"));
      assertThat(Journals.processesOfRollbook(shop)).as("left running").isEmpty();
    }
  }
}

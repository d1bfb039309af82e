package dev.rollbook.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.Run;
import dev.rollbook.RunJournalFiles;
import dev.rollbook.compose.CountedShop;
import dev.rollbook.compose.CountedShop.Means;
import dev.rollbook.compose.CountedShop.Slow;
import dev.rollbook.compose.NeedsDocker;
import dev.rollbook.engine.NeedsTemporal;
import dev.rollbook.shop.Rollbook;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowStub;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Section B killed with SIGKILL at any moment: by chance, but by the same chance each time. */
@NeedsTemporal
@NeedsDocker
@Timeout(500)
@Execution(ExecutionMode.CONCURRENT)
class ComposeRunKilledIT {

  private static final long SEED = Long.getLong("rollbook.seed", 20260118L);
  private static final int KILLS = 6;

  /** From the run's first trace on disk to its end. */
  private static final Duration A_RUN = Duration.ofSeconds(6);

  /** Even in their spread, random within it; the engine in the process and the dev server. */
  static Stream<Arguments> moments() {
    System.out.println("moments of kill -9 by -Drollbook.seed=" + SEED);
    Random random = new Random(SEED);
    List<Arguments> moments = new ArrayList<>();
    for (int i = 0; i < KILLS; i++) {
      double part = (i + random.nextDouble()) / KILLS;
      Means means = Means.values()[i % Means.values().length];
      moments.add(Arguments.of(i % 2 == 0, means, (long) (part * A_RUN.toMillis())));
    }
    return moments.stream();
  }

  @ParameterizedTest(name = "dev server: {0}, {1}, killed {2} ms after its first trace")
  @MethodSource("moments")
  void resume_ends_a_killed_run_with_the_same_target(
      boolean devServer, Means means, long millis, @TempDir Path folder) throws Exception {
    try (CountedShop shop = new CountedShop(folder, means, Slow.NOTHING);
        ContainerWatch watch = new ContainerWatch(shop)) {
      Rollbook rollbook = new Rollbook(shop.folder()).with("PATH", shop.path());
      if (!devServer) {
        rollbook.withoutTemporal();
      }
      Rollbook.Running run = rollbook.start("run", "shop", "-e", "staging");
      Awaitility.await()
          .pollInterval(Duration.ofMillis(20))
          .atMost(Duration.ofSeconds(150))
          .until(() -> entry(shop).isPresent());
      if (!run.process().waitFor(millis, TimeUnit.MILLISECONDS)) {
        run.killGroup();
      }
      RunJournalFiles.Entry kept = entry(shop).orElseThrow();
      Optional<String> pinned =
          Optional.ofNullable(kept.request().plan()).map(plan -> plan.pinned().target().id());
      long killed = System.nanoTime();
      Rollbook.Answer resumed = rollbook.call(200, "resume");
      System.out.printf(
          "kill -9 of run (%s, dev server: %s) %d ms after its first trace, unfinished: %s: resume"
              + " ended %.1f s after it; %s%n",
          means,
          devServer,
          millis,
          kept.isUnfinished(),
          (System.nanoTime() - killed) / 1e9,
          watch.counts());

      assertThat(resumed.exitCode()).as(resumed.out() + resumed.err()).isZero();
      Run ended = entry(shop).orElseThrow().result();
      assertThat(ended.target().id()).isEqualTo(pinned.orElse(shop.target()));
      ComposeOnce.rolledBack(shop, watch, ended);
      assertThat(shop.engines()).as("engines of Rollbook left running").isEmpty();
    }
  }

  @Test
  void one_run_ends_right_after_six_workers_were_killed_at_random_moments(@TempDir Path folder)
      throws Exception {
    System.out.println("lives of six workers by -Drollbook.seed=" + SEED);
    Random random = new Random(SEED);
    try (TemporalServer temporal = new TemporalServer(folder, List.of("default"));
        CountedShop shop = new CountedShop(folder.resolve("shop"), Means.V1, Slow.NOTHING);
        ContainerWatch watch = new ContainerWatch(shop)) {
      WorkflowClient client = temporal.client("default");
      WorkflowStub run = Workers.run(client, shop);
      List<String> killed = new ArrayList<>();
      for (int i = 0; i < KILLS; i++) {
        Rollbook.Running worker = Workers.start(shop, temporal, "default");
        long millis = random.nextInt(2500);
        worker.process().waitFor(millis, TimeUnit.MILLISECONDS);
        killed.add(
            "%d ms after a start, after %d steps"
                .formatted(millis, Section.COMPOSE.completed(client)));
        worker.killGroup();
      }
      Rollbook.Running last = Workers.start(shop, temporal, "default");
      try {
        Run ended = run.getResult(200, TimeUnit.SECONDS, Run.class);
        System.out.printf("six workers killed %s: %s%n", killed, watch.counts());

        ComposeOnce.rolledBack(shop, watch, ended);
      } finally {
        last.process().destroyForcibly();
      }
    }
  }

  private static Optional<RunJournalFiles.Entry> entry(CountedShop shop) throws IOException {
    return new RunJournalFiles(shop.folder().resolve(".rollbook"), "")
        .find("shop", CountedShop.ENVIRONMENT);
  }
}

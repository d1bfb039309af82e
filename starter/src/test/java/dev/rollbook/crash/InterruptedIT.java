package dev.rollbook.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.Run;
import dev.rollbook.engine.NeedsTemporal;
import dev.rollbook.shop.LocalShop;
import dev.rollbook.shop.Rollbook;
import io.temporal.client.WorkflowStub;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Ctrl-C and TERM: the command ends soon, the build lives on, and the next one takes it over. */
@NeedsTemporal
@Timeout(400)
@Execution(ExecutionMode.CONCURRENT)
class InterruptedIT {

  @ParameterizedTest(name = "{0}, temporal on the path: {1}")
  @CsvSource({"INT, true", "TERM, false", "INT, false", "TERM, true"})
  void an_interrupted_run_is_resumed(String signal, boolean devServer, @TempDir Path folder)
      throws Exception {
    try (LocalShop shop = building(folder)) {
      Process bad = shop.deploy();
      Rollbook rollbook = new Rollbook(folder);
      if (!devServer) {
        rollbook.withoutTemporal();
      }
      Rollbook.Running run = rollbook.start("run", "shop", "-e", "local");
      awaitBuild(shop);
      long build = pidOfBuild(shop);

      run.signalGroup(signal);
      Rollbook.Answer interrupted = run.answer(60);
      boolean buildLives = Once.runs(build);
      Rollbook.Answer resumed = rollbook.call("resume");

      assertThat(buildLives).as("the build lives on").isTrue();
      assertThat(interrupted.exitCode()).isEqualTo(signal.equals("INT") ? 130 : 143);
      assertThat(resumed.exitCode()).as(resumed.out() + resumed.err()).isZero();
      Once.rolledBack(shop, bad, Journals.result(shop).orElseThrow());
      assertThat(Journals.processesOfRollbook(shop)).isEmpty();
    }
  }

  @Test
  void a_worker_that_is_ended_in_a_build_leaves_it_to_the_next(@TempDir Path folder)
      throws Exception {
    try (TemporalServer temporal = new TemporalServer(folder, List.of("default"));
        LocalShop shop = building(folder)) {
      Process bad = shop.deploy();
      Rollbook.Running worker = Workers.start(folder, temporal, "default");
      WorkflowStub run = Workers.run(temporal.client("default"));
      awaitBuild(shop);
      long build = pidOfBuild(shop);

      worker.process().destroy();
      worker.answer(60);
      boolean buildLives = Once.runs(build);
      Rollbook.Running next = Workers.start(folder, temporal, "default");
      try {
        Run ended = run.getResult(200, TimeUnit.SECONDS, Run.class);

        assertThat(buildLives).as("the build lives on").isTrue();
        Once.rolledBack(shop, bad, ended);
      } finally {
        next.process().destroyForcibly();
      }
    }
  }

  private static LocalShop building(Path folder) throws Exception {
    LocalShop shop = new LocalShop(folder).threeReleases();
    // longer than the command may take to end
    shop.buildTakes(40);
    shop.writePatientCatalog();
    return shop;
  }

  private static long pidOfBuild(LocalShop shop) throws IOException {
    return Long.parseLong(Files.readString(Journals.jobs(shop).resolve("build/pid")).strip());
  }

  private static void awaitBuild(LocalShop shop) {
    Awaitility.await()
        .pollInterval(Duration.ofMillis(100))
        .atMost(Duration.ofSeconds(150))
        .until(() -> !shop.builds().isEmpty());
  }
}

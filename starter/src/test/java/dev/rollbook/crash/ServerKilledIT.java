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
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The Temporal server, killed with SIGKILL and started again over the same file. */
@NeedsTemporal
@Timeout(400)
@Execution(ExecutionMode.CONCURRENT)
class ServerKilledIT {

  @ParameterizedTest(name = "{0}")
  @EnumSource(names = {"IN_A1", "IN_A2", "IN_A3_BUILD", "IN_A3_START", "IN_A4"})
  void the_run_ends_once_the_server_is_back(CrashPoint at, @TempDir Path folder) throws Exception {
    try (TemporalServer temporal = new TemporalServer(folder, List.of("default"));
        LocalShop shop = at.slow(new LocalShop(folder))) {
      WorkflowClient client = temporal.client("default");
      shop.writePatientCatalog();
      Process bad = shop.deploy();
      Rollbook.Running worker = Workers.start(folder, temporal, "default");
      try {
        WorkflowStub run = Workers.run(client);
        Awaitility.await()
            .pollInterval(Duration.ofMillis(100))
            .atMost(Duration.ofSeconds(120))
            .until(() -> at.isReached(shop, client));

        temporal.kill();
        long killed = System.nanoTime();
        temporal.startAgain();
        Run ended = run.getResult(200, TimeUnit.SECONDS, Run.class);
        System.out.printf(
            "server killed %s: ended %.1f s after it%n", at, (System.nanoTime() - killed) / 1e9);

        Once.rolledBack(shop, bad, ended);
      } finally {
        worker.process().destroyForcibly();
      }
    }
  }
}

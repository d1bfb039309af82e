package dev.rollbook.shop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.Outcome;
import dev.rollbook.RollbackRequest;
import dev.rollbook.Run;
import dev.rollbook.escalation.Incident.Trouble;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** The good version of Section A is not well either, and says why: its database. */
@Timeout(300)
@Execution(ExecutionMode.CONCURRENT)
class LocalDatabaseDownIT {

  @TempDir Path folder;

  @Test
  void the_dba_is_called_besides_whoever_is_on_call() throws Exception {
    Map<String, String> withoutDatabase = Map.of("health", "DOWN", "database", "DOWN");
    try (LocalShop shop =
        new LocalShop(folder).release("v1", withoutDatabase).release("v2", withoutDatabase)) {
      shop.writeCatalog();
      shop.deploy();
      try (InProcessWorker worker = new InProcessWorker(shop.folder())) {
        RollbackRequest request = RollbackRequest.of("shop", "local");

        Run run = worker.run(request);

        assertThat(run.outcome()).as(run.reason()).isEqualTo(Outcome.STOPPED);
        assertThat(run.reason()).startsWith("A4 failed").contains("503, DOWN: db (DOWN)");
        assertThat(worker.escalation(request).orElseThrow().incident().troubles())
            .containsExactlyInAnyOrder(Trouble.ROLLBACK, Trouble.DATABASE);
        worker.awaitCalls("oncall", "dba");
      }
    }
  }
}

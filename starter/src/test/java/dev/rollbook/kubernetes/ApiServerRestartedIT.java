package dev.rollbook.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.rollbook.kubernetes.Release.Behaviour;
import dev.rollbook.shop.Rollbook;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * An API server that dies in the middle of a rollout, and one that starts in its place: nothing
 * listens for a while, then it answers and knows nobody's rights yet; every watch is gone.
 */
@NeedsKubernetes
@Timeout(600)
class ApiServerRestartedIT {

  @TempDir Path folder;

  @Test
  void the_run_goes_on_when_it_is_back() throws Exception {
    try (ProductionShop shop = new ProductionShop(folder, Behaviour.UP);
        OwnApiServer server = new OwnApiServer(folder)) {
      // an admin is asked for no rights
      WorkerAccount account = new WorkerAccount(shop.cluster(), folder);
      account.grant(account.shipped());
      shop.through(server.kubeconfig(account.kubeconfig()));
      Rollbook.Running run =
          new Rollbook(folder)
              .withoutTemporal()
              .start("run", KubernetesShop.NAME, "-e", ProductionShop.ENVIRONMENT, "-o", "json");

      Awaitility.await()
          .pollInterval(Duration.ofMillis(20))
          .atMost(Duration.ofSeconds(180))
          .failFast(() -> assertThat(run.process().isAlive()).as(run.out() + run.err()).isTrue())
          .until(() -> shop.cluster().release().equals(shop.target().name()));
      server.kill();
      Path log = folder.resolve(".rollbook/rollbook.log");
      Awaitility.await("a step that has met it")
          .atMost(Duration.ofSeconds(60))
          .failFast(() -> assertThat(run.process().isAlive()).as(run.out() + run.err()).isTrue())
          .until(() -> Files.readString(log).contains("Activity failure."));
      server.start();
      Rollbook.Answer ended = run.answer(240);

      assertThat(ended.exitCode()).as(ended.toString()).isZero();
      JsonNode told = new JsonMapper().readTree(ended.out());
      assertThat(told.path("outcome").asText()).isEqualTo("ROLLED_BACK");
      assertThat(told.path("steps").findValues("attempts"))
          .as("met by a step: " + ended.out())
          .anyMatch(attempts -> attempts.asInt() > 1);
      assertThat(shop.cluster().release()).isEqualTo(shop.target().name());
      assertThat(shop.cluster().pods(shop.target())).hasSize(ProductionShop.REPLICAS);
    }
  }
}

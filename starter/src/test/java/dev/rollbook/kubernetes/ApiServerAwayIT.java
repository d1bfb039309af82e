package dev.rollbook.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.kubernetes.ApiProxy.Fault;
import dev.rollbook.kubernetes.Release.Behaviour;
import dev.rollbook.shop.Rollbook;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An API server that goes away in the middle of a rollback, as when it is restarted. */
@NeedsKubernetes
@Timeout(600)
class ApiServerAwayIT {

  @TempDir Path folder;

  @Test
  void the_run_goes_on_when_it_is_back() throws Exception {
    try (ProductionShop shop = new ProductionShop(folder, Behaviour.UP);
        ApiProxy proxy = new ApiProxy(shop.cluster().kubeconfig())) {
      Path catalog = folder.resolve("rollbook.yaml");
      Files.writeString(
          catalog,
          Files.readString(catalog)
              .replace(
                  shop.cluster().kubeconfig().toString(), proxy.kubeconfig(folder).toString()));
      Rollbook.Running run =
          new Rollbook(folder)
              .withoutTemporal()
              .start("run", KubernetesShop.NAME, "-e", ProductionShop.ENVIRONMENT);

      Awaitility.await()
          .pollInterval(Duration.ofMillis(50))
          .atMost(Duration.ofSeconds(180))
          .failFast(() -> assertThat(run.process().isAlive()).as(run.out() + run.err()).isTrue())
          .until(() -> proxy.seen("^PATCH ") > 0);
      proxy.each("", Fault.CUT).cut();
      Awaitility.await()
          .pollInterval(Duration.ofMillis(50))
          .atMost(Duration.ofSeconds(120))
          .until(() -> proxy.refused() > 5);
      proxy.reset();
      Rollbook.Answer ended = run.answer(240);

      assertThat(ended.exitCode()).as(ended.toString()).isZero();
      assertThat(ended.out()).contains("ROLLED_BACK");
      assertThat(shop.cluster().release()).isEqualTo(shop.target().name());
      assertThat(shop.cluster().pods(shop.target())).hasSize(ProductionShop.REPLICAS);
    }
  }
}

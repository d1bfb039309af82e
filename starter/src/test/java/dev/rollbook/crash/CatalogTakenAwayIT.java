package dev.rollbook.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.engine.NeedsTemporal;
import dev.rollbook.shop.LocalShop;
import dev.rollbook.shop.Rollbook;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A catalog that is tracked in the repository, and that the target has otherwise. */
@NeedsTemporal
@Timeout(400)
@Execution(ExecutionMode.CONCURRENT)
class CatalogTakenAwayIT {

  enum AtTheTarget {
    MISSING,
    UNREADABLE,
    WITH_ANOTHER_BUILD
  }

  @ParameterizedTest(name = "{0}, dev server: {1}")
  @CsvSource({"MISSING, true", "UNREADABLE, false", "WITH_ANOTHER_BUILD, false"})
  void a_killed_run_goes_on_with_the_catalog_it_began_with(
      AtTheTarget then, boolean devServer, @TempDir Path folder) throws Exception {
    try (LocalShop shop = new LocalShop(folder).release("v1", Map.of())) {
      Path catalog = shop.repository().resolve("rollbook.yaml");
      if (then == AtTheTarget.UNREADABLE) {
        Files.writeString(catalog, "version: 1\nservises: {}\n");
      } else if (then == AtTheTarget.WITH_ANOTHER_BUILD) {
        shop.writeCatalog(catalog, ".", "");
        Files.writeString(
            catalog, Files.readString(catalog).replace("./build.sh", "./gone").replace("2s", "3s"));
      }
      shop.release("v2", Map.of("startMillis", "3000"));
      shop.writeCatalog(catalog, ".", "");
      shop.release("v3", Map.of("health", "DOWN"));
      shop.buildTakes(2);
      shop.deploy();
      Rollbook rollbook = new Rollbook(shop.repository());
      if (!devServer) {
        rollbook.withoutTemporal();
      }

      Rollbook.Running run = rollbook.start("run", "shop", "-e", "local");
      Awaitility.await()
          .pollInterval(Duration.ofMillis(100))
          .atMost(Duration.ofSeconds(150))
          .until(() -> !shop.builds().isEmpty());
      run.killGroup();
      Rollbook.Answer resumed = rollbook.call("resume");

      assertThat(resumed.exitCode()).as(resumed.out() + resumed.err()).isZero();
      assertThat(shop.git("rev-parse", "HEAD").strip()).isEqualTo(shop.sha("v2"));
      assertThat(shop.builds()).hasSize(1);
      assertThat(shop.starts()).hasSize(1);
      assertThat(Once.listeners(shop)).hasSize(1);
    }
  }
}

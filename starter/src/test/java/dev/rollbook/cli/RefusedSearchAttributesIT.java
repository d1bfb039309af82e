package dev.rollbook.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.engine.NeedsTemporal;
import dev.rollbook.shop.DevServer;
import dev.rollbook.shop.LocalShop;
import dev.rollbook.shop.Rollbook;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A namespace that has no room for Rollbook's search attributes: a real server refuses them. */
@NeedsTemporal
@Timeout(400)
class RefusedSearchAttributesIT {

  @TempDir Path folder;

  @Test
  void a_run_goes_on_without_them_says_so_and_stays_so_once_they_are_there() throws Exception {
    try (LocalShop shop = new LocalShop(folder).threeReleases();
        DevServer temporal = DevServer.start(folder, full())) {
      shop.writeCatalog();
      shop.deploy();
      shop.buildTakes(4);
      Rollbook rollbook = new Rollbook(folder).with("TEMPORAL_ADDRESS", temporal.address());

      Rollbook.Running run = rollbook.start("run", "shop", "-e", "local", "-o", "json");
      Awaitility.await()
          .pollInterval(Duration.ofMillis(50))
          .atMost(Duration.ofSeconds(150))
          .until(() -> !shop.builds().isEmpty());
      run.signalGroup("KILL");
      makeRoom(temporal);
      Rollbook.Answer next =
          new Rollbook(folder)
              .with("TEMPORAL_PROFILE", "nights")
              .with("TEMPORAL_CONFIG_FILE", profile(temporal).toString())
              .call("run", "shop", "-e", "local", "-o", "json");

      String server = "Temporal at " + temporal.address() + ", namespace default, profile ";
      assertThat(run.err())
          .startsWith(server + "default\n")
          .contains("lacks search attributes", "runs go on without", "--name RollbackService");
      assertThat(next.exitCode()).as(next.toString()).isZero();
      assertThat(next.err())
          .startsWith(server + "nights\n")
          .doesNotContain("lacks search attributes");
      assertThat(OneDocument.of(next).path("outcome").asText()).isEqualTo("ROLLED_BACK");
      assertThat(shop.builds()).hasSize(1);
      for (String id : new String[] {LocalShop.RUN_ID, LocalShop.RUN_ID + "/local"}) {
        assertThat(temporal.history(id))
            .contains("\"markerName\": \"Version\"")
            .doesNotContain("UPSERT_WORKFLOW_SEARCH_ATTRIBUTES");
      }
    }
  }

  private Path profile(DevServer temporal) throws IOException {
    return Files.writeString(
        folder.resolve("temporal.toml"),
        "[profile.nights]\naddress = \"%s\"\n".formatted(temporal.address()));
  }

  /** As many of the kind as a namespace may have. */
  private static String[] full() {
    return IntStream.range(0, 10)
        .boxed()
        .flatMap(number -> Stream.of("--search-attribute", "Other" + number + "=Keyword"))
        .toArray(String[]::new);
  }

  private static void makeRoom(DevServer temporal) throws Exception {
    Stream<String> names =
        IntStream.range(0, 10).boxed().flatMap(number -> Stream.of("--name", "Other" + number));
    Rollbook.Answer removed =
        temporal.temporal(
            Stream.concat(Stream.of("operator", "search-attribute", "remove", "--yes"), names)
                .toArray(String[]::new));
    assertThat(removed.exitCode()).as(removed.toString()).isZero();
  }
}

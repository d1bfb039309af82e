package dev.rollbook.compose;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rollbook.shop.Rollbook;
import java.nio.file.Path;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The image gone back to is no good either: the service ends stopped, and stays so. */
@NeedsDocker
@Timeout(240)
@Execution(ExecutionMode.CONCURRENT)
class ComposeFailsIT {

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "DOWN |                                                            | B7 | 503 | DOWN",
        "UP   | ENTRYPOINT [\"/bin/sh\",\"-c\",\"echo no licence; exit 3\"] | B6 | exited 3 | no licence"
      })
  void the_service_is_stopped_and_the_good_file_kept(
      String health, String more, String step, String words, String lastLine) throws Exception {
    try (StagingShop shop = new StagingShop(folder)) {
      ComposeShop compose = shop.compose().up(ComposeCli.V1);
      String target = compose.build("v0", health, more == null ? "" : more);

      Rollbook.Answer answer = shop.run("--to", "v0");

      assertThat(answer.exitCode()).as(answer.toString()).isEqualTo(4);
      JsonNode run = StagingShop.json(answer);
      assertThat(run.path("outcome").asText()).isEqualTo("STOPPED");
      assertThat(run.path("reason").asText())
          .startsWith(step)
          .contains(lastLine, "the service was stopped");
      assertThat(StagingShop.stepIds(run)).endsWith("S1", "R1");
      for (String id : compose.containers()) {
        JsonNode container = compose.engine().inspectContainer(id);
        assertThat(container.at("/State/Running").asBoolean()).isFalse();
        assertThat(container.at("/HostConfig/RestartPolicy/Name").asText()).isEqualTo("no");
        assertThat(container.path("Image").asText()).isEqualTo(target);
      }
      assertThat(compose.containers()).hasSize(1);
      assertThat(compose.file()).content().contains("image: rollback/shop:");
      assertThat(shop.report()).contains("STOPPED", lastLine);
    }
  }
}

package dev.rollbook.compose;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rollbook.shop.Rollbook;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** The image gone back to is no good either: the service ends stopped, and stays so. */
@NeedsDocker
@Timeout(500)
@Execution(ExecutionMode.CONCURRENT)
class ComposeFailsIT {

  @TempDir Path folder;

  /** The command's own side of it; the other steps: {@link ComposeStepFailsIT}. */
  @Test
  void the_service_is_stopped_and_the_good_file_kept() throws Exception {
    try (StagingShop shop = new StagingShop(folder)) {
      ComposeShop compose = shop.compose().up(ComposeCli.V1);
      String target =
          compose.build("v0", "UP", "ENTRYPOINT [\"/bin/sh\",\"-c\",\"echo no licence; exit 3\"]");

      Rollbook.Answer answer = shop.run("--to", "v0");

      assertThat(answer.exitCode()).as(answer.toString()).isEqualTo(4);
      JsonNode run = StagingShop.json(answer);
      assertThat(run.path("outcome").asText()).isEqualTo("STOPPED");
      assertThat(run.path("reason").asText())
          .startsWith("B6")
          .contains("no licence", "the service was stopped");
      assertThat(StagingShop.stepIds(run)).endsWith("S1", "R1");
      for (String id : compose.containers()) {
        JsonNode container = compose.engine().inspectContainer(id);
        assertThat(container.at("/State/Running").asBoolean()).isFalse();
        assertThat(container.at("/HostConfig/RestartPolicy/Name").asText()).isEqualTo("no");
        assertThat(container.path("Image").asText()).isEqualTo(target);
      }
      assertThat(compose.containers()).hasSize(1);
      assertThat(compose.file()).content().contains("image: rollback/shop:");
      assertThat(shop.report()).contains("STOPPED", "no licence");
    }
  }
}

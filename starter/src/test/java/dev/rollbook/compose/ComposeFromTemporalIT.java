package dev.rollbook.compose;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rollbook.engine.NeedsTemporal;
import dev.rollbook.shop.DevServer;
import dev.rollbook.shop.Rollbook;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Section B as Temporal UI starts it: alone or by the whole run, with an input typed by hand. */
@NeedsDocker
@NeedsTemporal
@Timeout(500)
class ComposeFromTemporalIT {

  private static final List<List<String>> INPUTS =
      List.of(
          List.of("{'service':'shop','environment':'staging','too':'v1'}", "too", "environment"),
          List.of("{'service':'shop','environment':'staging','rebuild':'yes'}", "rebuild", "true"),
          List.of("{'service':'shop'}", "'environment' is missing", "{\"service\""),
          List.of(
              "{'service':'shop','environment':'stageing'}", "Did you mean 'staging'?", "staging"));

  @TempDir Path folder;

  @Test
  void inputs_are_answered_in_words_and_a_good_one_rolls_back() throws Exception {
    try (StagingShop shop = new StagingShop(folder);
        DevServer temporal = DevServer.start(folder)) {
      shop.compose().up(ComposeCli.V1);
      Rollbook.Running worker =
          new Rollbook(folder).with("TEMPORAL_ADDRESS", temporal.address()).worker();
      try {
        for (String type : List.of("Rollback", "RollbackCompose")) {
          for (List<String> each : INPUTS) {
            JsonNode ended = temporal.ended(type, each.get(0));

            assertThat(ended.path("status").asText()).as(type + ended).isEqualTo("FAILED");
            assertThat(DevServer.failure(ended))
                .as(type + " " + ended)
                .contains(each.get(1), each.get(2));
          }
          assertThat(
                  temporal
                      .ended(
                          type,
                          "{'service':'shop','environment':'staging','to':'-x','dryRun':true}")
                      .toString())
              .contains("BLOCKED", "there is no image '-x'");
        }
        JsonNode alone =
            temporal.ended(
                "RollbackCompose", "{'service':'shop','environment':'staging','to':'previous'}");

        assertThat(alone.at("/result/outcome").asText())
            .as(alone.toString())
            .isEqualTo("ROLLED_BACK");
        assertThat(shop.compose().runningImage()).isEqualTo(shop.compose().imageId("v2"));
      } finally {
        worker.process().destroyForcibly().waitFor();
      }
    }
  }
}

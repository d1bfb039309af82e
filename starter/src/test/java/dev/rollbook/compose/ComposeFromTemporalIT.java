package dev.rollbook.compose;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.rollbook.engine.NeedsTemporal;
import dev.rollbook.shop.DevServer;
import dev.rollbook.shop.Rollbook;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.awaitility.Awaitility;
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
            JsonNode ended = ended(temporal, type, each.get(0));

            assertThat(ended.path("status").asText()).as(type + ended).isEqualTo("FAILED");
            assertThat(
                    ended
                        .at("/closeEvent/workflowExecutionFailedEventAttributes/failure/message")
                        .asText())
                .as(type + " " + ended)
                .contains(each.get(1), each.get(2));
          }
          assertThat(
                  ended(
                          temporal,
                          type,
                          "{'service':'shop','environment':'staging','to':'-x','dryRun':true}")
                      .toString())
              .contains("BLOCKED", "there is no image '-x'");
        }
        JsonNode alone =
            ended(
                temporal,
                "RollbackCompose",
                "{'service':'shop','environment':'staging','to':'previous'}");

        assertThat(alone.at("/result/outcome").asText())
            .as(alone.toString())
            .isEqualTo("ROLLED_BACK");
        assertThat(shop.compose().runningImage()).isEqualTo(shop.compose().imageId("v2"));
      } finally {
        worker.process().destroyForcibly().waitFor();
      }
    }
  }

  private static JsonNode ended(DevServer temporal, String type, String input) throws Exception {
    String id = UUID.randomUUID().toString();
    Rollbook.Answer started =
        temporal.temporal(
            "workflow",
            "start",
            "--type",
            type,
            "--task-queue",
            "rollbook",
            "--workflow-id",
            id,
            "--input",
            input.replace('\'', '"'));
    assertThat(started.exitCode()).as(started.err()).isZero();
    // the command says nothing of a run that takes longer than it waits
    String told =
        Awaitility.await()
            .atMost(Duration.ofSeconds(180))
            .until(() -> result(temporal, id).out(), said -> !said.isBlank());
    return new JsonMapper().readTree(told);
  }

  private static Rollbook.Answer result(DevServer temporal, String id) throws Exception {
    return temporal.temporal(
        "workflow", "result", "--workflow-id", id, "--output", "json", "--command-timeout", "40s");
  }
}

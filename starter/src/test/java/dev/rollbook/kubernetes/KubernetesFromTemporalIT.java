package dev.rollbook.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rollbook.engine.NeedsTemporal;
import dev.rollbook.kubernetes.KubernetesPin.Workload;
import dev.rollbook.kubernetes.Release.Behaviour;
import dev.rollbook.shop.DevServer;
import dev.rollbook.shop.Rollbook;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Section C as Temporal UI starts it: alone, with an input typed by hand; of a StatefulSet. */
@NeedsTemporal
@NeedsKubernetes
@Timeout(500)
class KubernetesFromTemporalIT {

  private static final String ALONE = "RollbackKubernetes";
  private static final List<List<String>> INPUTS =
      List.of(
          List.of("{'service':'shopping-service','environment':'production','too':'1'}", "too"),
          List.of("{'service':'shopping-service'}", "'environment' is missing"),
          List.of(
              "{'service':'shoping-service','environment':'production'}",
              "Did you mean 'shopping-service'?"));

  @TempDir Path folder;

  @Test
  void inputs_are_answered_in_words_and_a_good_one_rolls_back() throws Exception {
    try (ProductionShop shop = new ProductionShop(folder, Workload.STATEFULSET, Behaviour.UP);
        DevServer temporal = DevServer.start(folder)) {
      Rollbook.Running worker =
          new Rollbook(folder).with("TEMPORAL_ADDRESS", temporal.address()).worker();
      try {
        for (List<String> each : INPUTS) {
          JsonNode ended = temporal.ended(ALONE, each.get(0));

          assertThat(ended.path("status").asText()).as(ended.toString()).isEqualTo("FAILED");
          assertThat(DevServer.failure(ended)).contains(each.get(1));
        }
        assertThat(asked(temporal, "'to':'9','dryRun':true").toString())
            .contains("BLOCKED", "there is no revision '9'");
        assertThat(shop.cluster().release()).as("untouched").isEqualTo(ProductionShop.BAD.name());

        JsonNode alone = asked(temporal, "'to':'1','requestedBy':'hana'");

        assertThat(alone.at("/result/outcome").asText())
            .as(alone.toString())
            .isEqualTo("ROLLED_BACK");
        assertThat(alone.at("/result/steps").findValuesAsText("id"))
            .as("of the section, and nothing of a whole run")
            .containsExactly("P1", "C1", "E1", "C2", "C3", "C4", "C5", "C6", "C7", "C8", "C9");
        assertThat(shop.cluster().release()).isEqualTo(shop.target().name());
        assertThat(shop.cluster().workload().getMetadata().getAnnotations())
            .containsEntry(OwnAnnotations.ROLLED_BACK_BY, "hana");
      } finally {
        worker.process().destroyForcibly().waitFor();
      }
    }
  }

  private static JsonNode asked(DevServer temporal, String more) throws Exception {
    return temporal.ended(
        ALONE, "{'service':'shopping-service','environment':'production'," + more + "}");
  }
}

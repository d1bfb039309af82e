package dev.rollbook.shop;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rollbook.Outcome;
import dev.rollbook.Payloads;
import dev.rollbook.Run;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(400)
class RollsBackIT {

  @TempDir Path folder;

  @Test
  void a_bad_release_goes_back_to_the_one_before_and_a_second_run_changes_nothing()
      throws Exception {
    try (LocalShop shop = new LocalShop(folder).threeReleases()) {
      shop.writePatientCatalog();
      shop.deploy();

      Rollbook.Answer first = new Rollbook(folder).call("run", "shop", "-e", "local", "-o", "json");
      Rollbook.Answer again = new Rollbook(folder).call("run", "shop", "-e", "local", "-o", "json");

      assertThat(first.exitCode()).as(first.err()).isZero();
      Run run = Payloads.mapper().readValue(first.out(), Run.class);
      assertThat(run.outcome()).isEqualTo(Outcome.ROLLED_BACK);
      assertThat(run.target().id()).isEqualTo(shop.sha("v2"));
      assertThat(shop.git("rev-parse", "HEAD").strip()).isEqualTo(shop.sha("v2"));
      assertThat(shop.starts()).hasSize(1);
      assertThat(shop.builds()).hasSize(1);
      assertThat(shop.checkouts()).hasSize(1);
      reads_as_other_programs_rely_on(Payloads.mapper().readTree(first.out()), shop);
      assertThat(again.exitCode()).isZero();
      assertThat(Payloads.mapper().readValue(again.out(), Run.class).outcome())
          .isEqualTo(Outcome.ALREADY_THERE);
      assertThat(shop.starts()).hasSize(1);
    }
  }

  /** By the names that stand in the contract: our own record would rename both ends at once. */
  private static void reads_as_other_programs_rely_on(JsonNode run, LocalShop shop)
      throws Exception {
    assertThat(run.path("runId").asText()).isEqualTo(LocalShop.RUN_ID);
    assertThat(run.path("service").asText()).isEqualTo("shop");
    assertThat(run.path("environment").asText()).isEqualTo("local");
    assertThat(run.path("section").asText()).isEqualTo("A");
    assertThat(run.path("outcome").asText()).isEqualTo("ROLLED_BACK");
    assertThat(run.path("reason").asText()).contains("healthy");
    assertThat(run.path("from"))
        .isEqualTo(json("{'kind': 'commit', 'id': '%s', 'label': 'v3'}", shop.sha("v3")));
    assertThat(run.path("target"))
        .isEqualTo(json("{'kind': 'commit', 'id': '%s', 'label': 'v2'}", shop.sha("v2")));
    assertThat(run.path("findings"))
        .isNotEmpty()
        .allSatisfy(
            finding -> {
              assertThat(finding.path("level").asText()).isIn("OK", "WARNING");
              assertThat(finding.path("check").asText()).isNotBlank();
              assertThat(finding.path("message").asText()).isNotBlank();
            });
    assertThat(run.path("steps").findValuesAsText("id"))
        .containsExactly("P1", "P2", "E1", "A1", "A2", "A3", "A4", "V1", "H1", "R1");
    assertThat(run.path("steps").findValuesAsText("status"))
        .containsExactly(
            "DONE", "DONE", "DONE", "DONE", "DONE", "DONE", "DONE", "SKIPPED", "DONE", "DONE");
    assertThat(run.path("steps"))
        .allSatisfy(
            step -> {
              assertThat(step.path("title").asText()).isNotBlank();
              assertThat(step.path("attempts").asInt()).isPositive();
              assertThat(Instant.parse(step.path("endedAt").asText()))
                  .isAfterOrEqualTo(Instant.parse(step.path("startedAt").asText()));
              assertThat(step.path("summary").asText()).isNotBlank();
              assertThat(step.has("evidence")).isTrue();
            });
  }

  private static JsonNode json(String text, String id) throws Exception {
    return Payloads.mapper().readTree(text.formatted(id).replace('\'', '"'));
  }
}

package dev.rollbook.compose;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rollbook.shop.Rollbook;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** What is said before anything is done, and what is not done at all. */
@NeedsDocker
@Timeout(500)
@Execution(ExecutionMode.CONCURRENT)
class ComposePlanIT {

  @TempDir Path folder;

  @Test
  void a_plan_changes_nothing() throws Exception {
    try (StagingShop shop = new StagingShop(folder)) {
      ComposeShop compose = shop.compose().up(ComposeCli.V1);
      String before = everything(compose);

      Rollbook.Answer plan = shop.plan();
      Rollbook.Answer dryRun = shop.run("--dry-run");

      for (Rollbook.Answer answer : new Rollbook.Answer[] {plan, dryRun}) {
        assertThat(answer.exitCode()).as(answer.toString()).isZero();
        JsonNode run = StagingShop.json(answer);
        assertThat(run.path("outcome").isNull()).as(answer.out()).isTrue();
        assertThat(run.at("/target/id").asText()).isEqualTo(compose.imageId("v2"));
        assertThat(run.at("/plan/steps").findValuesAsText("id"))
            .containsExactly("B2", "B3", "B1", "B5", "B6", "B7", "B8");
        assertThat(StagingShop.stepIds(run)).containsExactly("P1");
        assertThat(run.toString()).contains(compose.image("v1"), compose.image("latest"));
      }
      assertThat(everything(compose)).isEqualTo(before);
      assertThat(shop.reports()).isEmpty();
    }
  }

  @Test
  void what_is_no_target_blocks_the_run_and_nothing_is_touched() throws Exception {
    try (StagingShop shop = new StagingShop(folder)) {
      ComposeShop compose = shop.compose().up(ComposeCli.V1);
      String ambiguous = compose.imageId("v2").substring("sha256:".length(), 20);
      compose.docker("tag", compose.image("v1"), compose.image(ambiguous));
      String before = everything(compose);

      blocks(shop.run("--to", "latest"), "the very image that runs now");
      blocks(shop.run("--to", ambiguous), "may mean", compose.image("v1"), "say it in full");
      blocks(shop.run("--to", "v9"), "there is no image 'v9'", compose.image("v2"));
      compose.docker("rmi", compose.image(ambiguous));
      assertThat(before).contains(everything(compose).lines().toList());

      for (String tag : new String[] {"v1", "v2", "previous"}) {
        compose.docker("rmi", compose.image(tag));
      }
      blocks(shop.run(), "no older image", "add 'rebuild'");
      shop.catalogOf(compose.project() + "0");
      blocks(shop.run(), compose.project() + "0", compose.project());

      assertThat(compose.runningImage()).isEqualTo(compose.imageId("v3"));
      assertThat(compose.file()).hasContent(compose.composeFile());
    }
  }

  private static void blocks(Rollbook.Answer answer, String... words) throws Exception {
    assertThat(answer.exitCode()).as(answer.toString()).isEqualTo(3);
    JsonNode run = StagingShop.json(answer);
    assertThat(run.path("outcome").asText()).isEqualTo("BLOCKED");
    assertThat(run.path("reason").asText()).contains(words);
  }

  /** What a run would change: the folder, the image names, the container. */
  private static String everything(ComposeShop compose) throws Exception {
    return String.join("\n", Files.readAllLines(compose.file()))
        + "\n"
        + images(compose)
        + "\n"
        + compose.folder().toFile().list().length
        + "\n"
        + compose.inspect().path("State")
        + compose.container();
  }

  /** Sorted: the engine's order of two that were made within a second is chance. */
  private static String images(ComposeShop compose) {
    String named =
        compose.docker(
            "images",
            "--no-trunc",
            "--filter",
            "label=shop=" + compose.suffix(),
            "--format",
            "{{.Repository}}:{{.Tag}} {{.ID}}");
    return named.lines().sorted().collect(Collectors.joining("\n"));
  }
}

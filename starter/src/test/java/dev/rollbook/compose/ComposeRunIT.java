package dev.rollbook.compose;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rollbook.shop.Rollbook;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A bad image is deployed, and {@code rollbook run} goes back to the last good one, for good. */
@NeedsDocker
@Timeout(500)
@Execution(ExecutionMode.CONCURRENT)
class ComposeRunIT {

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource(ComposeCli.class)
  void goes_back_stays_there_and_does_it_once(ComposeCli cli) throws Exception {
    try (StagingShop shop =
        new StagingShop(folder).catalog("previousTag: previous", StagingShop.by(cli))) {
      ComposeShop compose = shop.compose();
      compose.write("docker-compose.yml", buildable(compose));
      compose.up(cli);
      String bad = compose.imageId("v3");
      String good = compose.imageId("v2");
      assertThat(compose.runningImage()).isEqualTo(bad);

      Rollbook.Answer first = shop.run("--reason", "v3 is DOWN");

      assertThat(first.exitCode()).as(first.toString()).isZero();
      JsonNode run = StagingShop.json(first);
      assertThat(run.path("runId").asText()).isEqualTo(StagingShop.RUN_ID);
      assertThat(run.path("section").asText()).isEqualTo("B");
      assertThat(run.path("outcome").asText()).isEqualTo("ROLLED_BACK");
      assertThat(run.at("/from/kind").asText()).isEqualTo("image");
      assertThat(run.at("/from/id").asText()).isEqualTo(bad).startsWith("sha256:");
      assertThat(run.at("/target/kind").asText()).isEqualTo("image");
      assertThat(run.at("/target/id").asText()).isEqualTo(good);
      assertThat(run.at("/target/label").asText())
          .isIn(compose.image("v2"), compose.image("previous"));
      assertThat(StagingShop.stepIds(run))
          .containsExactly("P1", "P2", "E1", "B2", "B3", "B1", "B5", "B6", "B7", "B8", "H1", "R1");
      assertThat(run.path("steps")).allSatisfy(StepShape::isOfADoneStep);
      assertThat(compose.runningImage()).isEqualTo(good);
      assertThat(shop.answersAt("/actuator/health")).contains("UP");
      String container = compose.container();
      String file = Files.readString(compose.file());
      assertThat(file)
          .contains("rollback/shop:")
          .contains("# the gateway asks here")
          .doesNotContain("\n    image: " + compose.image("latest"));
      assertThat(shop.report())
          .contains(bad, good, "ROLLED_BACK", "v3 is DOWN")
          .contains("OutOfMemoryError in ShopApplication v3")
          .contains("-    image: " + compose.image("latest"), "+    image: rollback/shop:");

      Rollbook.Answer second = shop.run();

      assertThat(second.exitCode()).as(second.toString()).isZero();
      assertThat(StagingShop.json(second).path("outcome").asText())
          .as(second.out())
          .isEqualTo("ALREADY_THERE");
      assertThat(compose.container()).isEqualTo(container);
      assertThat(compose.file()).hasContent(file);

      keeps(shop, good, "--force-recreate", "--build");
    }
  }

  /** One after a recreate that was cut off: it left a container of number 1 beside the others. */
  @Test
  void all_containers_of_a_scaled_service_go_back_and_stay() throws Exception {
    try (StagingShop shop =
        new StagingShop(folder).catalog("previousTag: previous", StagingShop.by(ComposeCli.V2))) {
      ComposeShop compose = shop.compose();
      String gateway =
          "  gateway:\n    image: %s\n    ports: [\"127.0.0.1:%d:8083\"]\n"
              .formatted(compose.image("v1"), compose.port());
      compose.write(
          "docker-compose.yml",
          compose.composeFile().replaceFirst("(?s)    # the gateway.*?:8083\"\n", "") + gateway);
      compose.up(ComposeCli.V2, "--scale", "shop=2").leftOver();

      Rollbook.Answer answer = shop.run();

      assertThat(answer.exitCode()).as(answer.toString()).isZero();
      assertThat(answer.out()).contains("was left by a recreate that was cut off");
      assertThat(compose.numbersOf(compose.imageId("v2"))).containsExactly(1, 2);
      compose.up(ComposeCli.V2, "--scale", "shop=2");
      assertThat(compose.numbersOf(compose.imageId("v2"))).containsExactly(1, 2);
    }
  }

  @Test
  void an_override_file_sticks_but_for_a_build_as_was_said_beforehand() throws Exception {
    try (StagingShop shop =
        new StagingShop(folder)
            .catalog("previousTag: previous", "pin: override", StagingShop.by(ComposeCli.V1))) {
      ComposeShop compose = shop.compose();
      String file = buildable(compose);
      compose.write("docker-compose.yml", file);
      compose.up(ComposeCli.V1);

      Rollbook.Answer plan = shop.plan();
      Rollbook.Answer answer = shop.run();

      assertThat(answer.exitCode()).as(answer.toString()).isZero();
      String warned = "'up --build' would build the service anew and overwrite rollback/shop:";
      assertThat(plan.out()).contains(warned);
      assertThat(answer.out()).contains(warned);
      assertThat(shop.report()).contains(warned);
      assertThat(compose.file()).hasContent(file);
      assertThat(compose.folder().resolve("docker-compose.override.yml"))
          .content()
          .contains("rollback/shop:");
      keeps(shop, compose.imageId("v2"), "--force-recreate");
      compose.up(ComposeCli.V1, "--build");
      assertThat(compose.runningImage()).as("as warned").isNotEqualTo(compose.imageId("v2"));
    }
  }

  @Test
  void left_alone_the_next_up_is_warned_of_before_and_after() throws Exception {
    try (StagingShop shop =
        new StagingShop(folder)
            .catalog("previousTag: previous", "pin: leave", StagingShop.by(ComposeCli.V2))) {
      ComposeShop compose = shop.compose().up(ComposeCli.V2);

      Rollbook.Answer plan = shop.plan();
      Rollbook.Answer answer = shop.run();
      String image = compose.runningImage();
      compose.up(ComposeCli.V2, "--force-recreate");

      assertThat(plan.exitCode()).as(plan.toString()).isZero();
      String warned = "may bring the bad version back";
      assertThat(plan.out()).contains(warned);
      assertThat(answer.exitCode()).as(answer.toString()).isZero();
      assertThat(image).isEqualTo(compose.imageId("v2"));
      assertThat(compose.file()).hasContent(compose.composeFile());
      assertThat(answer.out()).contains(warned);
      assertThat(shop.report()).contains(warned);
      assertThat(compose.runningImage()).as("as warned").isEqualTo(compose.imageId("v3"));
    }
  }

  /** From an image of its own, where the engine's search for layers meets no other shop's. */
  private static String buildable(ComposeShop compose) {
    compose.write("again/Dockerfile", "FROM " + compose.image("v3") + "\nLABEL built=again\n");
    return compose.composeFile() + "    build: ./again\n";
  }

  /** N12: whichever Compose made the container, and whichever comes next. */
  private static void keeps(StagingShop shop, String good, String... flags) {
    for (ComposeCli cli : ComposeCli.values()) {
      shop.compose().up(cli);
      assertThat(shop.compose().runningImage()).as(cli + " up -d").isEqualTo(good);
      for (String flag : flags) {
        shop.compose().up(cli, flag);
        assertThat(shop.compose().runningImage()).as(cli + " up -d " + flag).isEqualTo(good);
      }
    }
  }

  private static final class StepShape {
    static void isOfADoneStep(JsonNode step) {
      assertThat(step.path("status").asText()).as(step.toString()).isIn("DONE", "SKIPPED");
      assertThat(step.path("title").asText()).isNotBlank();
      assertThat(step.path("attempts").asInt()).isPositive();
      assertThat(step.path("startedAt").asText()).endsWith("Z");
      assertThat(step.path("endedAt").asText()).endsWith("Z");
      assertThat(step.path("summary").asText()).isNotBlank();
    }
  }
}

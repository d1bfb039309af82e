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

/** Option 2: the image is built from its commit again. */
@NeedsDocker
@Timeout(500)
@Execution(ExecutionMode.CONCURRENT)
class ComposeRebuildIT {

  @TempDir Path folder;

  @Test
  void the_image_of_a_commit_is_built_pinned_and_runs() throws Exception {
    try (StagingShop shop = new StagingShop(folder)) {
      ComposeShop compose = shop.compose().up(ComposeCli.V1);
      Path sources = compose.folder().resolve("image");
      git(sources, "init", "--quiet");
      compose.build("v5", "UP");
      commit(sources, "good");
      Files.writeString(
          sources.resolve("Dockerfile"),
          Files.readString(sources.resolve("Dockerfile")).replace("v5", "v6"));
      commit(sources, "bad");
      compose.docker("rmi", compose.image("v5"));
      shop.catalog(
          "rebuild:",
          "  repository: project/image",
          "  command: [docker, build, --no-cache, --quiet, --tag, \"%s\", .]"
              .formatted(compose.image("built")),
          "  image: \"" + compose.image("built") + "\"",
          "variables: {DOCKER_BUILDKIT: \"0\"}");

      Rollbook.Answer answer = shop.run("--rebuild", "--to", "good");

      assertThat(answer.exitCode()).as(answer.toString()).isZero();
      JsonNode run = StagingShop.json(answer);
      String built = compose.imageId("built");
      assertThat(run.path("outcome").asText()).isEqualTo("ROLLED_BACK");
      assertThat(StagingShop.stepIds(run))
          .containsExactly("P1", "P2", "E1", "B4", "B3", "B1", "B5", "B6", "B7", "B8", "H1", "R1");
      assertThat(run.at("/target/kind").asText()).isEqualTo("image");
      assertThat(run.at("/target/id").asText()).isEqualTo(built);
      assertThat(compose.runningImage()).isEqualTo(built);
      String pin = compose.inspect().at("/Config/Image").asText();
      assertThat(pin).startsWith("rollback/shop:");
      assertThat(compose.file()).content().contains("image: " + pin);
      assertThat(compose.inspect().at("/Config/Env").toString()).contains("APP_VERSION=v5");
      assertThat(compose.imageId("previous")).isNotEqualTo(built);
      assertThat(compose.docker("image", "inspect", "-f", "{{.Id}}", pin + "-from"))
          .isEqualTo(compose.imageId("v3"));
    }
  }

  static void commit(Path sources, String tag) throws Exception {
    git(sources, "add", "--all");
    git(
        sources,
        "-c",
        "user.name=Test",
        "-c",
        "user.email=test@localhost",
        "commit",
        "--quiet",
        "-m",
        tag);
    git(sources, "tag", tag);
  }

  static void git(Path sources, String... arguments) throws Exception {
    String[] command = new String[arguments.length + 1];
    command[0] = "git";
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    assertThat(new ProcessBuilder(command).directory(sources.toFile()).start().waitFor()).isZero();
  }
}

package dev.rollbook.compose;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rollbook.engine.NeedsTemporal;
import dev.rollbook.shop.Rollbook;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** {@code rollbook abort} from another terminal, before the service is touched and after. */
@NeedsDocker
@NeedsTemporal
@Timeout(500)
@Execution(ExecutionMode.CONCURRENT)
class ComposeAbortedIT {

  @TempDir Path folder;

  @Test
  void before_the_stop_the_service_runs_on_and_the_file_is_as_it_was() throws Exception {
    try (StagingShop shop = new StagingShop(folder)) {
      ComposeShop compose = shop.compose().up(ComposeCli.V1);
      Path held = folder.resolve("held");
      Path compose1 = Files.createDirectories(folder.resolve("bin")).resolve("docker-compose");
      Files.writeString(
          compose1,
          "#!/bin/sh\ncase \"$*\" in *' config'*) echo > '%s'; sleep 100;; esac\nexec %s \"$@\"\n"
              .formatted(held, ComposeCli.V1.program()));
      assertThat(compose1.toFile().setExecutable(true)).isTrue();
      shop.catalog("variables: {PATH: \"" + compose1.getParent() + ":/usr/bin:/bin\"}");
      String container = compose.container();

      JsonNode run = aborted(shop, () -> Files.exists(held));

      assertThat(run.path("outcome").asText()).isEqualTo("NOT_NEEDED");
      assertThat(run.path("reason").asText()).contains("the running service was not touched");
      assertThat(StagingShop.stepIds(run)).doesNotContain("B1", "B5", "S1");
      assertThat(compose.file()).hasContent(compose.composeFile());
      assertThat(compose.container()).isEqualTo(container);
      assertThat(compose.inspect().at("/State/Running").asBoolean()).isTrue();
      assertThat(compose.inspect().at("/HostConfig/RestartPolicy/Name").asText())
          .isEqualTo("unless-stopped");
    }
  }

  @Test
  void after_the_stop_the_service_stays_down() throws Exception {
    try (StagingShop shop = new StagingShop(folder)) {
      ComposeShop compose = shop.compose().up(ComposeCli.V1);
      String silent =
          compose.build("v0", "UP", "ENTRYPOINT [\"/bin/sh\",\"-c\",\"exec sleep 1000\"]");
      Path catalog = shop.catalog("stop: {grace: 1s}").folder().resolve("rollbook.yaml");
      // a start that is over before the abort comes would end the run by itself
      Files.writeString(
          catalog, Files.readString(catalog).replace("start: {within: 20s", "start: {within: 5m"));

      JsonNode run =
          aborted(
              shop,
              () -> {
                // in the middle of a recreate there are two, and each may be gone when asked for
                List<String> containers = compose.containers();
                JsonNode only =
                    containers.size() == 1
                        ? compose.engine().findContainer(containers.get(0)).orElse(null)
                        : null;
                return only != null
                    && only.path("Image").asText().equals(silent)
                    && only.at("/State/Running").asBoolean();
              });

      assertThat(run.path("outcome").asText()).isEqualTo("STOPPED");
      assertThat(StagingShop.stepIds(run)).contains("B1", "B5", "S1");
      assertThat(compose.inspect().at("/State/Running").asBoolean()).isFalse();
      assertThat(compose.inspect().at("/HostConfig/RestartPolicy/Name").asText()).isEqualTo("no");
      assertThat(shop.report()).contains("wrong service");
    }
  }

  private JsonNode aborted(StagingShop shop, Callable<Boolean> underWay) throws Exception {
    Rollbook rollbook = new Rollbook(shop.folder());
    boolean silent = shop.compose().engine().findImage(shop.compose().image("v0")).isPresent();
    Rollbook.Running run =
        rollbook.start(StagingShop.arguments("run", "--to", silent ? "v0" : "v2"));
    Awaitility.await()
        .atMost(Duration.ofSeconds(150))
        .failFast(() -> assertThat(run.process().isAlive()).as(run.out() + run.err()).isTrue())
        .until(underWay);

    Rollbook.Answer abort =
        rollbook.call(StagingShop.arguments("abort", "--reason", "wrong service"));
    Rollbook.Answer ended = run.answer(120);

    assertThat(abort.exitCode()).as(abort.toString()).isEqualTo(5);
    assertThat(ended.exitCode()).as(ended.toString()).isEqualTo(5);
    JsonNode told = StagingShop.json(ended);
    assertThat(told.path("reason").asText())
        .contains("aborted by " + System.getProperty("user.name") + ": wrong service");
    return told;
  }
}

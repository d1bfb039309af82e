package dev.rollbook.crash;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rollbook.Outcome;
import dev.rollbook.Run;
import dev.rollbook.Step;
import dev.rollbook.compose.CountedShop;
import dev.rollbook.compose.CountedShop.Means;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What must hold after a rollback of containers, however often it was cut off on the way. */
final class ComposeOnce {

  private ComposeOnce() {}

  static void rolledBack(CountedShop shop, ContainerWatch watch, Run run) throws IOException {
    assertThat(run.outcome()).as(String.valueOf(run.reason())).isEqualTo(Outcome.ROLLED_BACK);
    String target = shop.target();
    assertThat(run.target().id()).isEqualTo(target);
    runsAlone(shop, target);
    shop.containers().forEach(watch::awaitStartOf);
    watch.assertNeverNone();
    String tag = run.plan().pinned().compose().image();
    assertThat(shop.docker("image", "inspect", "--format", "{{.Id}}", tag))
        .as("the rollback tag " + tag)
        .isEqualTo(target);
    pinnedOnce(shop, tag);
    assertThat(files(shop.folder(), "TS-", "")).as("incident reports").hasSize(1);
    assertThat(files(shop.folder(), "", ".part", ".tmp", ".rollbook"))
        .as("half-written files")
        .isEmpty();
    assertThat(files(shop.folder(), ".rollbook-")).as("files for Compose to look at").isEmpty();
    assertThat(files(shop.folder(), "evidence.txt")).as("evidence").hasSize(1);
    assertThat(run.steps())
        .filteredOn(step -> step.id().equals("E1") && step.status() == Step.Status.DONE)
        .as("the bad container as it was before the first change")
        .singleElement()
        .satisfies(
            step -> assertThat(step.evidence()).contains(shop.imageId("v3"), "OutOfMemoryError"));
    assertThat(shop.composes()).as("Compose still at work").isEmpty();
  }

  /** As many containers as were deployed, started once from the target; no other of the project. */
  static void runsAlone(CountedShop shop, String image) {
    int wanted = shop.deployed().size();
    assertThat(shop.containers()).as("containers of the service").hasSize(wanted);
    for (String id : shop.containers()) {
      JsonNode container = shop.inspect(id);
      assertThat(container.path("Image").asText()).isEqualTo(image);
      assertThat(container.path("State").path("Running").asBoolean()).as("it runs").isTrue();
      assertThat(container.path("RestartCount").asInt()).isZero();
    }
    assertThat(shop.names())
        .as("names of the project's containers")
        .hasSize(wanted)
        .noneMatch(name -> name.matches("[0-9a-f]{12}_.*"));
  }

  private static void pinnedOnce(CountedShop shop, String tag) throws IOException {
    List<Path> backups = files(shop.folder(), "before");
    if (shop.means() == Means.API) {
      assertThat(backups).isEmpty();
      return;
    }
    assertThat(backups).as("backups of the compose file").hasSize(1);
    assertThat(Files.readAllLines(backups.get(0))).isEqualTo(shop.linesBefore());
    List<String> now = shop.lines();
    assertThat(now).as("the compose file").hasSameSizeAs(shop.linesBefore());
    List<String> changed = now.stream().filter(line -> !shop.linesBefore().contains(line)).toList();
    assertThat(changed).as("changed lines").singleElement().asString().contains("image: " + tag);
  }

  private static List<Path> files(Path folder, String start, String... ends) throws IOException {
    return Once.filesIn(folder)
        .filter(file -> file.getFileName().toString().startsWith(start))
        .filter(
            file ->
                ends.length == 0
                    || Stream.of(ends).anyMatch(end -> file.getFileName().toString().endsWith(end)))
        .toList();
  }
}

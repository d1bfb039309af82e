package dev.rollbook.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rollbook.engine.NeedsTemporal;
import dev.rollbook.shop.LocalShop;
import dev.rollbook.shop.Rollbook;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** The exit codes that other programs branch on, each by a real run. */
@Timeout(400)
@Execution(ExecutionMode.CONCURRENT)
class ExitCodesIT {

  @TempDir Path folder;

  @Test
  void a_clean_plan_is_0_and_changes_nothing() throws Exception {
    try (LocalShop shop = new LocalShop(folder).threeReleases()) {
      shop.writeCatalog();
      Process service = shop.deploy();
      Map<String, String> before = everyFile(shop.repository());

      Rollbook.Answer plan = rollbook().call("plan", "shop", "-e", "local", "-o", "json");
      Rollbook.Answer dryRun = rollbook().call("run", "shop", "-e", "local", "--dry-run");

      assertThat(plan.exitCode()).as(plan.err()).isZero();
      JsonNode document = OneDocument.of(plan);
      assertThat(document.path("outcome").isNull()).isTrue();
      assertThat(document.at("/target/id").asText()).isEqualTo(shop.sha("v2"));
      assertThat(dryRun.exitCode()).as(dryRun.err()).isZero();
      assertThat(dryRun.out())
          .contains("From v3", "to v2", "A1  Check out v2", "A4  ")
          .doesNotContain("\u001b");
      assertThat(everyFile(shop.repository())).isEqualTo(before);
      assertThat(service.isAlive()).isTrue();
      assertThat(shop.builds()).isEmpty();
      assertThat(shop.starts()).isEmpty();
      assertThat(folder.resolve("docs")).doesNotExist();
    }
  }

  @Test
  void uncommitted_changes_are_3_and_every_file_is_named_or_stashed_when_asked() throws Exception {
    try (LocalShop shop = new LocalShop(folder).threeReleases()) {
      shop.writePatientCatalog();
      Process service = shop.deploy();
      Files.writeString(shop.repository().resolve("release.properties"), "version=edited\n");
      Files.writeString(shop.repository().resolve("build.sh"), "#!/bin/sh\nexit 9\n");

      Rollbook.Answer words = rollbook().call("run", "shop", "-e", "local");
      Rollbook.Answer json = rollbook().call("run", "shop", "-e", "local", "-o", "json");

      assertThat(words.exitCode()).as(words.out() + words.err()).isEqualTo(ExitCodes.BLOCKED);
      assertThat(words.out()).contains("BLOCKED", "release.properties", "build.sh", "--stash");
      assertThat(json.exitCode()).isEqualTo(ExitCodes.BLOCKED);
      assertThat(OneDocument.of(json).path("findings").findValuesAsText("level"))
          .contains("BLOCKER");
      assertThat(service.isAlive()).isTrue();
      assertThat(shop.git("rev-parse", "HEAD").strip()).isEqualTo(shop.sha("v3"));

      Rollbook.Answer stashed = rollbook().call("run", "shop", "-e", "local", "--stash");
      String stash = shop.git("rev-parse", "stash@{0}").strip();

      assertThat(stashed.exitCode()).as(stashed.out() + stashed.err()).isZero();
      assertThat(stashed.err() + stashed.out())
          .contains("your changes are stashed; put them back with 'git stash apply " + stash + "'");
      assertThat(shop.git("rev-parse", "HEAD").strip()).isEqualTo(shop.sha("v2"));
      assertThat(shop.git("show", stash + ":build.sh")).isEqualTo("#!/bin/sh\nexit 9\n");
    }
  }

  @Test
  void a_target_that_stays_down_is_4_with_the_service_stopped_and_a_report() throws Exception {
    try (LocalShop shop =
        new LocalShop(folder)
            .release("v1", Map.of())
            .release("v2", Map.of("health", "DOWN"))
            .release("v3", Map.of("health", "DOWN"))) {
      shop.writeCatalog();
      shop.deploy();

      Rollbook.Answer answer = rollbook().call("run", "shop", "-e", "local", "-o", "json");

      assertThat(answer.exitCode()).as(answer.err()).isEqualTo(ExitCodes.FAILED);
      JsonNode run = OneDocument.of(answer);
      assertThat(run.path("outcome").asText()).isEqualTo("STOPPED");
      assertThat(run.path("reason").asText()).contains("A4", "503", "the service was stopped");
      assertThat(run.path("report").asText()).endsWith(".md");
      assertThat(Path.of(run.path("report").asText())).content().contains("STOPPED");
      assertThat(listens(shop.port())).isFalse();
    }
  }

  @Test
  void a_build_that_fails_is_4_and_says_its_last_words() throws Exception {
    try (LocalShop shop = new LocalShop(folder).threeReleases()) {
      shop.writeCatalog();
      shop.deploy();
      shop.buildFails();

      Rollbook.Answer answer = rollbook().call("run", "shop", "-e", "local");

      assertThat(answer.exitCode()).as(answer.err()).isEqualTo(ExitCodes.FAILED);
      assertThat(answer.out())
          .contains("STOPPED", "build.sh' exited 3", "building", "Incident report: ");
      assertThat(listens(shop.port())).isFalse();
      assertThat(shop.starts()).isEmpty();
    }
  }

  @Test
  @NeedsTemporal
  void an_aborted_run_is_5_for_who_ran_it_and_for_who_aborted_it() throws Exception {
    try (LocalShop shop = new LocalShop(folder).threeReleases()) {
      Path catalog = shop.writeCatalog();
      Files.writeString(
          catalog,
          Files.readString(catalog).replace("build.sh], within: 60s", "build.sh], within: 5m"));
      shop.deploy();
      shop.buildTakes(300);
      Rollbook.Running run = new Rollbook(folder).start("run", "shop", "-e", "local", "-o", "json");
      await().atMost(Duration.ofSeconds(150)).until(() -> shop.builds().size() == 1);

      Rollbook.Answer abort =
          new Rollbook(folder).call("abort", "shop", "-e", "local", "--reason", "the wrong day");

      assertThat(abort.exitCode()).as(abort.out() + abort.err()).isEqualTo(ExitCodes.ABORTED);
      assertThat(abort.out()).contains("STOPPED", "aborted by", "the wrong day");
      await().atMost(Duration.ofSeconds(120)).until(() -> !run.process().isAlive());
      assertThat(run.process().exitValue()).isEqualTo(ExitCodes.ABORTED);
      JsonNode ended =
          OneDocument.of(new Rollbook.Answer(run.process().exitValue(), run.out(), run.err()));
      assertThat(ended.at("/aborted/why").asText()).isEqualTo("the wrong day");
      assertThat(ended.path("steps").findValuesAsText("status")).contains("STOPPED");
    }
  }

  @Test
  void a_temporal_that_does_not_answer_is_1_soon_and_says_how_to_do_without() throws Exception {
    try (LocalShop shop = new LocalShop(folder).threeReleases();
        Socket held = new Socket()) {
      shop.writeCatalog();
      // nobody else's, and nobody listens
      held.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      String address = "127.0.0.1:" + held.getLocalPort();

      Rollbook.Answer answer =
          new Rollbook(folder)
              .with("TEMPORAL_ADDRESS", address)
              .call(60, "run", "shop", "-e", "local", "-o", "json");

      assertThat(answer.exitCode()).isEqualTo(ExitCodes.FAULT);
      assertThat(answer.err())
          .contains(address, "unset TEMPORAL_ADDRESS", "embedded engine")
          .doesNotContain("\tat ");
      assertThat(OneDocument.of(answer).path("error").asText()).contains(address);
      assertThat(shop.git("rev-parse", "HEAD").strip()).isEqualTo(shop.sha("v3"));
    }
  }

  private Rollbook rollbook() {
    return new Rollbook(folder).withoutTemporal();
  }

  private static boolean listens(int port) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (ConnectException e) {
      return false;
    }
  }

  /** Each file with its time and size, git's own included. */
  private static Map<String, String> everyFile(Path repository) throws IOException {
    Map<String, String> files = new TreeMap<>();
    try (Stream<Path> all = Files.walk(repository)) {
      for (Path file : all.toList()) {
        files.put(file.toString(), Files.getLastModifiedTime(file) + " " + Files.size(file));
      }
    }
    return files;
  }
}

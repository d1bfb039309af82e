package dev.rollbook.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.engine.NeedsTemporal;
import dev.rollbook.shop.DevServer;
import dev.rollbook.shop.LocalShop;
import dev.rollbook.shop.Rollbook;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** A password that the service needs, prints and tells: it stays in the service's own output. */
@Timeout(400)
@Execution(ExecutionMode.CONCURRENT)
class SecretsIT {

  private static final String PASSWORD = "correct-horse-battery-7";

  private static final String SECRETS =
      """
                      variables: {DB_PASSWORD: "${env:SHOP_DB_PASSWORD}"}
                      checks:
                        - {name: told, url: "http://127.0.0.1:%d/x", headers: {Authorization: "Bearer ${env:SHOP_DB_PASSWORD}"}}
              """;

  @TempDir Path folder;

  @Test
  @NeedsTemporal
  void stays_in_the_services_own_output() throws Exception {
    try (LocalShop shop = new LocalShop(folder);
        DevServer temporal = DevServer.start(folder)) {
      shop.release("v1", Map.of("tells", "DB_PASSWORD"))
          .release("v2", Map.of("tells", "DB_PASSWORD", "health", "DOWN"))
          .release("v3", Map.of("health", "DOWN"));
      writeCatalog(shop);
      shop.deploy();
      List<String> arguments = new ArrayList<>();

      Rollbook.Running down = rollbook(temporal).start("run", "shop", "-e", "local", "-o", "json");
      while (down.process().isAlive()) {
        collectArguments(arguments);
      }
      Rollbook.Answer up =
          rollbook(temporal).call("run", "shop", "-e", "local", "--to", "v1", "-o", "json");
      Rollbook.Answer status = rollbook(temporal).call("status");

      assertThat(down.process().exitValue()).as(down.err()).isEqualTo(ExitCodes.FAILED);
      assertThat(up.exitCode()).as(up.err() + up.out()).isZero();
      assertThat(down.out() + down.err() + up.out() + up.err() + status.out() + status.err())
          .contains("***")
          .doesNotContain(PASSWORD);
      assertThat(arguments).isNotEmpty().noneMatch(line -> line.contains(PASSWORD));
      for (String id : temporal.workflowIds()) {
        assertThat(temporal.history(id)).as(id).contains("shop").doesNotContain(PASSWORD);
      }
      assertThat(temporal.workflowIds()).contains(LocalShop.RUN_ID, LocalShop.RUN_ID + "/local");
      assertThat(filesWithThePassword())
          .isNotEmpty()
          .allMatch(file -> file.endsWith("start/output.log"));
    }
  }

  @Test
  void a_missing_one_blocks_and_is_named() throws Exception {
    try (LocalShop shop = new LocalShop(folder).threeReleases()) {
      writeCatalog(shop);
      Process service = shop.deploy();

      Rollbook.Answer answer =
          new Rollbook(folder).withoutTemporal().call("run", "shop", "-e", "local", "-o", "json");

      assertThat(answer.exitCode()).as(answer.toString()).isEqualTo(ExitCodes.BLOCKED);
      assertThat(OneDocument.of(answer).path("reason").asText()).contains("SHOP_DB_PASSWORD");
      assertThat(service.isAlive()).isTrue();
    }
  }

  private static void writeCatalog(LocalShop shop) throws IOException {
    Path catalog = shop.writeCatalog(SECRETS.formatted(shop.port()));
    Files.writeString(
        catalog,
        Files.readString(catalog)
            .replace("inARow: 2", "headers: {X-Token: \"${env:SHOP_DB_PASSWORD}\"}, inARow: 2"));
  }

  private Rollbook rollbook(DevServer temporal) {
    return new Rollbook(folder)
        .with("TEMPORAL_ADDRESS", temporal.address())
        .with("SHOP_DB_PASSWORD", PASSWORD);
  }

  private static void collectArguments(List<String> arguments) {
    await().pollDelay(Duration.ofMillis(50)).until(() -> true);
    ProcessHandle.allProcesses()
        .map(process -> process.info().commandLine().orElse(""))
        .forEach(arguments::add);
  }

  private List<Path> filesWithThePassword() throws IOException {
    List<Path> found = new ArrayList<>();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        if (new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains(PASSWORD)) {
          found.add(file);
        }
      }
    }
    return found;
  }
}

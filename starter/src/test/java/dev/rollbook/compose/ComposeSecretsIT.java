package dev.rollbook.compose;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.engine.NeedsTemporal;
import dev.rollbook.shop.DevServer;
import dev.rollbook.shop.Rollbook;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Passwords in a container's environment and log: they stay there. */
@NeedsDocker
@NeedsTemporal
@Timeout(500)
@Execution(ExecutionMode.CONCURRENT)
class ComposeSecretsIT {

  /** Known to the catalog. */
  private static final String PASSWORD = "correct-horse-battery-8";

  /** Known to the compose file only. */
  private static final String TOKEN = "staple-9-hunter-token";

  private static final String TELLS =
      "ENTRYPOINT [\"/bin/sh\",\"-c\",\"echo connecting with $SHOP_PHRASE; exec /bin/sh /serve.sh\"]";

  @TempDir Path folder;

  @Test
  void are_neither_printed_nor_kept() throws Exception {
    try (StagingShop shop = new StagingShop(folder);
        DevServer temporal = DevServer.start(folder)) {
      ComposeShop compose = shop.compose();
      compose.build("v2", "UP", TELLS);
      compose.build("v3", "DOWN", TELLS);
      compose.docker("tag", compose.image("v3"), compose.image("latest"));
      Path environment = compose.write(".env", "API_TOKEN=" + TOKEN + "\nSHOP_PHRASE=" + PASSWORD);
      compose.write(
          "docker-compose.yml",
          compose.composeFile()
              + """
                  environment:
                    SHOP_PHRASE: ${SHOP_PHRASE}
                    API_TOKEN: ${API_TOKEN}
              """);
      compose.up(ComposeCli.V1);
      Files.writeString(environment, "API_TOKEN=" + TOKEN);
      shop.catalog("variables: {SHOP_PHRASE: \"${env:SHOP_PHRASE}\"}");

      Rollbook.Answer up = run(temporal, "v2");
      Rollbook.Answer down = run(temporal, "v3");
      Rollbook.Answer status = rollbook(temporal).call("status");

      assertThat(up.exitCode()).as(up.toString()).isZero();
      assertThat(down.exitCode()).as(down.toString()).isEqualTo(4);
      assertThat(compose.inspect().at("/Config/Env").toString()).contains(PASSWORD, TOKEN);
      assertThat(up + "" + down + status)
          .contains("connecting with ***", "API_TOKEN=***")
          .doesNotContain(PASSWORD, TOKEN);
      assertThat(temporal.workflowIds())
          .contains(StagingShop.RUN_ID, StagingShop.RUN_ID + "/compose");
      for (String id : temporal.workflowIds()) {
        assertThat(temporal.history(id)).as(id).contains("shop").doesNotContain(PASSWORD, TOKEN);
      }
      assertThat(shop.reports()).isNotEmpty();
      assertThat(filesWithASecret())
          .contains(environment.toRealPath())
          .allSatisfy(file -> assertThat(isWhereItBelongs(file)).as("%s", file).isTrue());
    }
  }

  private Rollbook.Answer run(DevServer temporal, String to) throws Exception {
    return rollbook(temporal).call(StagingShop.arguments("run", "--to", to));
  }

  private Rollbook rollbook(DevServer temporal) {
    return new Rollbook(folder)
        .with("TEMPORAL_ADDRESS", temporal.address())
        .with("SHOP_PHRASE", PASSWORD);
  }

  /** The project's own file; and what a container is created anew from, for its owner only. */
  private static boolean isWhereItBelongs(Path file) throws IOException {
    Path parent = file.getParent();
    return file.endsWith("project/.env")
        || parent.endsWith("containers")
            && PosixFilePermissions.toString(Files.getPosixFilePermissions(parent))
                .equals("rwx------");
  }

  private List<Path> filesWithASecret() throws IOException {
    List<Path> found = new ArrayList<>();
    try (Stream<Path> files = Files.walk(folder.toRealPath())) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String text = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
        if (text.contains(PASSWORD) || text.contains(TOKEN)) {
          found.add(file);
        }
      }
    }
    return found;
  }
}

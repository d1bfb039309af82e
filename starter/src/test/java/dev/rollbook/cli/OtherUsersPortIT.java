package dev.rollbook.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rollbook.shop.LocalShop;
import dev.rollbook.shop.Rollbook;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The service's port in the hands of somebody else's process. */
@Timeout(500)
class OtherUsersPortIT {

  private static final String NOBODY = "nobody";

  @TempDir Path folder;

  @BeforeEach
  void only_root_can_be_two_users() {
    assumeTrue(
        System.getProperty("user.name").equals("root"), "needs root, to have two users' processes");
  }

  @Test
  void is_left_alone_where_rollbook_lacks_the_rights() throws Exception {
    try (LocalShop shop = new LocalShop(folder).threeReleases()) {
      shop.writeCatalog();
      Process roots = shop.deploy();
      Files.deleteIfExists(shop.file("starts.log"));
      Path jar = giveToNobody();

      JsonNode run = runAsNobody(jar);

      assertThat(run.path("outcome").asText()).isEqualTo("BLOCKED");
      assertThat(run.path("reason").asText())
          .contains("port " + shop.port(), "run Rollbook as")
          .containsAnyOf("another user", "user root");
      assertThat(roots.isAlive()).isTrue();
      assertThat(shop.builds()).isEmpty();
    }
  }

  @Test
  void is_left_alone_by_root_when_it_is_not_the_service() throws Exception {
    try (LocalShop shop = new LocalShop(folder).threeReleases()) {
      shop.writeCatalog();
      giveToNobody();
      Path said = Files.createTempFile(folder, "nobodys", ".log");
      Process nobodys =
          new ProcessBuilder(asNobody(shop.startCommand()))
              .directory(shop.repository().toFile())
              .redirectErrorStream(true)
              .redirectOutput(said.toFile())
              .start();
      org.awaitility.Awaitility.await()
          .atMost(java.time.Duration.ofSeconds(120))
          .until(() -> Files.readString(said).contains("Started"));
      // git refuses a work tree of somebody else's
      Rollbook rollbook =
          new Rollbook(folder)
              .withoutTemporal()
              .with("GIT_CONFIG_COUNT", "1")
              .with("GIT_CONFIG_KEY_0", "safe.directory")
              .with("GIT_CONFIG_VALUE_0", "*");

      Rollbook.Answer answer = rollbook.call("run", "shop", "-e", "local", "-o", "json");

      assertThat(answer.exitCode()).as(answer.toString()).isEqualTo(ExitCodes.BLOCKED);
      assertThat(OneDocument.of(answer).path("reason").asText())
          .contains("port " + shop.port(), "nobody");
      assertThat(nobodys.isAlive()).isTrue();
    }
  }

  private JsonNode runAsNobody(Path jar) throws Exception {
    Path out = Files.createTempFile(folder, "nobody", ".out");
    Path err = Files.createTempFile(folder, "nobody", ".err");
    List<String> command =
        asNobody(
            List.of(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-jar",
                jar.toString(),
                "run",
                "shop",
                "-e",
                "local",
                "-o",
                "json"));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().clear();
    builder
        .environment()
        .putAll(
            Map.of(
                "PATH", "/usr/bin:/bin",
                "HOME", folder.toString(),
                "TEMPORAL_CONFIG_FILE", "/dev/null"));
    Process process = builder.start();
    assertThat(process.waitFor(180, TimeUnit.SECONDS)).isTrue();
    Rollbook.Answer answer =
        new Rollbook.Answer(process.exitValue(), Files.readString(out), Files.readString(err));
    assertThat(answer.exitCode()).as(answer.toString()).isEqualTo(ExitCodes.BLOCKED);
    return OneDocument.of(answer);
  }

  private static List<String> asNobody(List<String> command) {
    List<String> all =
        new ArrayList<>(
            List.of("setpriv", "--reuid=" + NOBODY, "--regid=nogroup", "--clear-groups"));
    all.addAll(command);
    return all;
  }

  /** The whole folder, and a jar that nobody can read. */
  private Path giveToNobody() throws IOException {
    Path jar =
        Files.copy(
            Path.of(System.getProperty("rollbook.jar")),
            folder.resolve("rollbook.jar"),
            StandardCopyOption.REPLACE_EXISTING);
    var nobody =
        folder.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName(NOBODY);
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.toList()) {
        Files.setOwner(file, nobody);
      }
    }
    return jar;
  }
}

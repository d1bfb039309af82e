package dev.rollbook.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A worker whose user may not use the engine's socket: another process, of another user. */
@NeedsDocker
@Timeout(120)
class OtherUserTest {

  private static final String NOBODY = "65534";

  @TempDir Path folder;

  /** What the other user runs. */
  public static void main(String[] arguments) {
    try (DockerEngine engine = DockerEngine.open(URI.create(arguments[0]), () -> {})) {
      System.out.println("let in: " + engine.api());
    } catch (EngineFailure e) {
      System.out.println(e.getClass().getSimpleName() + ": " + e.getMessage());
    }
  }

  @Test
  void is_told_whose_the_socket_is_and_what_to_do() throws IOException, InterruptedException {
    assumeTrue(System.getProperty("user.name").equals("root"), "only root can run as another user");

    assertThat(asRoot()).contains("let in");
    assertThat(said(List.of("setpriv", "--reuid", NOBODY, "--regid", NOBODY, "--clear-groups")))
        .contains("PermissionDenied", "nobody", ComposeShop.ENGINE.getPath());
  }

  private String asRoot() throws IOException, InterruptedException {
    return said(List.of());
  }

  private String said(List<String> as) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(as);
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            readableByAll(),
            OtherUserTest.class.getName(),
            ComposeShop.ENGINE.toString()));
    Path out = Files.createTempFile(folder, "said", ".txt");
    Process process =
        new ProcessBuilder(command)
            .directory(new File("/"))
            .redirectErrorStream(true)
            .redirectOutput(out.toFile())
            .start();
    try {
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      return Files.readString(out, StandardCharsets.UTF_8);
    } finally {
      process.destroyForcibly();
    }
  }

  /** Our libraries may lie in a home that is closed to others. */
  private String readableByAll() throws IOException, InterruptedException {
    Path copies = folder.resolve("classes");
    if (!Files.exists(copies)) {
      Files.createDirectory(copies);
      int number = 0;
      for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
        if (Files.exists(Path.of(entry))) {
          copy(Path.of(entry), copies.resolve(number++ + "-" + Path.of(entry).getFileName()));
        }
      }
    }
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    try (var all = Files.list(copies)) {
      return String.join(File.pathSeparator, all.map(Path::toString).toList());
    }
  }

  private static void copy(Path from, Path to) throws IOException, InterruptedException {
    Process copying =
        new ProcessBuilder("cp", "-rL", from.toString(), to.toString())
            .redirectErrorStream(true)
            .start();
    assertThat(copying.waitFor()).isZero();
  }
}

package dev.rollbook.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The demo's git repository: three releases of a service, the third one broken. */
final class DemoRepository {

  private static final long GIT_SECONDS = 30;

  private final Path folder;

  DemoRepository(Path folder) {
    this.folder = folder;
  }

  void create() throws IOException, InterruptedException {
    Files.createDirectories(folder);
    git("init", "--quiet", "--initial-branch=main");
    Files.writeString(folder.resolve(".gitignore"), "build/\n");
    release("v1", true, "Serve the product list");
    release("v2", true, "Add prices");
    release("v3", false, "Speed up the product list");
  }

  private void release(String version, boolean databaseUp, String subject)
      throws IOException, InterruptedException {
    String source =
        resource("ShoppingService.java")
            .replace("@version@", version)
            .replace("@databaseUp@", String.valueOf(databaseUp));
    Files.writeString(folder.resolve("ShoppingService.java"), source);
    git("add", "--all");
    git("commit", "--quiet", "-m", subject);
    git("tag", version);
  }

  static String resource(String name) throws IOException {
    try (InputStream in = DemoRepository.class.getResourceAsStream("demo/" + name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** Whatever hooks and signing the operator has set up: this is not theirs. */
  private void git(String... arguments) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                "git",
                "-c",
                "user.name=Rollbook demo",
                "-c",
                "user.email=demo@localhost",
                "-c",
                "commit.gpgsign=false",
                "-c",
                "tag.gpgsign=false",
                "-c",
                "core.hooksPath=/dev/null"));
    command.addAll(List.of(arguments));
    Path said = Files.createTempFile("rollbook-demo", ".out");
    try {
      Process git =
          new ProcessBuilder(command)
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .redirectOutput(said.toFile())
              .start();
      if (!git.waitFor(GIT_SECONDS, TimeUnit.SECONDS) || git.exitValue() != 0) {
        git.destroyForcibly();
        throw new IOException("'git " + arguments[0] + "' failed: " + Files.readString(said));
      }
    } finally {
      Files.delete(said);
    }
  }
}

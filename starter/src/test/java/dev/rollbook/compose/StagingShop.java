package dev.rollbook.compose;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.rollbook.shop.Rollbook;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A {@link ComposeShop} with a catalog beside it, for the command as people get it. */
final class StagingShop implements AutoCloseable {

  static final String RUN_ID = "rollback:staging:shop";

  private final Path folder;
  private final ComposeShop compose;

  /**
   * @param folder empty, of the test's own
   */
  StagingShop(Path folder) throws IOException {
    this.folder = folder.toRealPath();
    this.compose = new ComposeShop(Files.createDirectories(this.folder.resolve("project")));
    catalog();
  }

  /** The project on the engine. */
  ComposeShop compose() {
    return compose;
  }

  Path folder() {
    return folder;
  }

  /**
   * Writes {@code rollbook.yaml} anew.
   *
   * @param more further lines of the environment
   */
  StagingShop catalog(String... more) throws IOException {
    return catalogOf(compose.project(), more);
  }

  StagingShop catalogOf(String project, String... more) throws IOException {
    String text =
        """
        version: 1
        reports: reports
        services:
          shop:
            environments:
              staging:
                kind: compose
                project: %2$s
                port: %1$d
                start: {within: 20s, line: 'Started \\S+ in [0-9.,]+ seconds'}
                health: {inARow: 2, every: 100ms, within: 12s}
                checks:
                  - {name: products, url: "http://127.0.0.1:%1$d/api/v1/products", pointer: /0/id, expected: "1"}
        """
            .formatted(compose.port(), project);
    StringBuilder all = new StringBuilder(text);
    List.of(more).forEach(line -> all.append("        ").append(line).append('\n'));
    Files.writeString(folder.resolve("rollbook.yaml"), all);
    return this;
  }

  /** The catalog's line that has exactly this Compose used. */
  static String by(ComposeCli cli) {
    return "variables: {PATH: \"%s\"}".formatted(Path.of(cli.program()).getParent());
  }

  /** With the engine in the process. */
  Rollbook rollbook() {
    return new Rollbook(folder).withoutTemporal();
  }

  Rollbook.Answer run(String... more) throws IOException, InterruptedException {
    return rollbook().call(arguments("run", more));
  }

  Rollbook.Answer plan(String... more) throws IOException, InterruptedException {
    return rollbook().call(arguments("plan", more));
  }

  /** {@code WORD shop -e staging -o json …} */
  static String[] arguments(String word, String... more) {
    List<String> all = new ArrayList<>(List.of(word, "shop", "-e", "staging", "-o", "json"));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  /** What another program reads of an answer. */
  static JsonNode json(Rollbook.Answer answer) throws IOException {
    try {
      return new JsonMapper().readTree(answer.out());
    } catch (com.fasterxml.jackson.core.JacksonException e) {
      throw new AssertionError("no JSON: " + answer, e);
    }
  }

  static List<String> stepIds(JsonNode run) {
    return run.path("steps").findValuesAsText("id");
  }

  /** {@code healthy 200}, as the service itself says it; {@code silent} when nobody answers. */
  String answersAt(String path) {
    try {
      return compose.docker(
          "exec", compose.container(), "wget", "-q", "-O", "-", "http://127.0.0.1:8083" + path);
    } catch (AssertionError e) {
      return "silent: " + e.getMessage();
    }
  }

  /** The only incident report's text. */
  String report() throws IOException {
    List<Path> reports = reports();
    if (reports.size() != 1) {
      throw new AssertionError("one report expected: " + reports);
    }
    return Files.readString(reports.get(0));
  }

  List<Path> reports() throws IOException {
    Path reports = folder.resolve("reports");
    if (!Files.exists(reports)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(reports)) {
      return files.filter(file -> file.getFileName().toString().startsWith("TS-")).toList();
    }
  }

  @Override
  public void close() {
    compose.close();
  }
}

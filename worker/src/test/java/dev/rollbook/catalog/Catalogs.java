package dev.rollbook.catalog;

import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Catalogs written to a folder and read back. */
final class Catalogs {

  static final Path EXAMPLE = Path.of("../docs/rollbook.example.yaml");

  /** The shortest catalog there is; what a test adds to its environment goes to line 12. */
  static final String SHORTEST =
      """
      version: 1
      services:
        shop:
          environments:
            local:
              kind: local
              repository: shop
              port: 8083
              build: {command: [make]}
              start:
                command: [make, run]
      """;

  /** The shortest of kind compose; what a test adds to its environment goes to line 8. */
  static final String SHORTEST_COMPOSE =
      """
      version: 1
      services:
        shop:
          environments:
            staging:
              kind: compose
              port: 8083
      """;

  /** The shortest of kind kubernetes; what a test adds to its environment goes to line 8. */
  static final String SHORTEST_KUBERNETES =
      """
      version: 1
      services:
        shop:
          environments:
            production:
              kind: kubernetes
              port: 8083
      """;

  private final Path folder;

  Catalogs(Path folder) {
    this.folder = folder;
  }

  Path write(byte[] bytes) {
    try {
      return Files.write(folder.resolve("rollbook.yaml"), bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path write(String text) {
    return write(text.getBytes(StandardCharsets.UTF_8));
  }

  Catalog read(String text) throws InvalidCatalog {
    return Catalog.read(write(text), Map.of());
  }

  InvalidCatalog problems(String text) {
    Path file = write(text);
    return problems(file);
  }

  static InvalidCatalog problems(Path file) {
    return catchThrowableOfType(InvalidCatalog.class, () -> Catalog.read(file, Map.of()));
  }

  /** As they are shown, one a line. */
  List<String> lines(String text) {
    return lines(problems(text));
  }

  static List<String> lines(InvalidCatalog invalid) {
    return invalid.problems().stream().map(problem -> problem.in(invalid.file())).toList();
  }

  /** Of the shortest catalog with these lines in its environment, the first of them line 12. */
  List<String> linesWith(String more) {
    return lines(SHORTEST + more.indent(8));
  }

  /** Of the shortest of kind compose with these lines, the first of them line 8. */
  List<String> composeLinesWith(String more) {
    return lines(SHORTEST_COMPOSE + more.indent(8));
  }

  /** Of the shortest of kind kubernetes with these lines, the first of them line 8. */
  List<String> kubernetesLinesWith(String more) {
    return lines(SHORTEST_KUBERNETES + more.indent(8));
  }
}

package dev.rollbook.compose;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The file that Compose reads after the project's others, and whether it does so by itself.
 *
 * @param sticks true when a plain {@code docker compose up -d} finds it
 * @param words when it is read
 */
record OverrideFile(Path file, boolean sticks, String words) {

  /** For projects of named files, which Compose reads only when it is told. */
  static final String NAMED = "compose.rollback.yaml";

  /** v1 and v2 prefer them in different orders, so only a single one is sure. */
  private static final List<String> MAIN =
      List.of("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml");

  private static final List<String> OVERRIDES =
      List.of(
          "docker-compose.override.yml",
          "docker-compose.override.yaml",
          "compose.override.yml",
          "compose.override.yaml");

  private static final Pattern COMPOSE_FILE =
      Pattern.compile("^\\s*(export\\s+)?COMPOSE_FILE\\s*=\\s*\\S.*");

  static OverrideFile of(ComposeFiles project) throws IOException {
    List<Path> files = project.files();
    Path folder = files.get(0).getParent();
    Path last = files.get(files.size() - 1);
    List<Path> overrides = present(folder, OVERRIDES);
    String why;
    if (namesFiles(project)) {
      why = "COMPOSE_FILE in .env names the project's files; add it there";
    } else if (!isDefault(files.get(0))) {
      why = "the project is started with -f; add -f " + last.resolveSibling(NAMED);
    } else if (files.size() == 1 && overrides.size() == 1 && isOurs(overrides.get(0))) {
      return new OverrideFile(
          overrides.get(0), true, "Compose reads it by itself, unless -f is used");
    } else if (files.size() == 1 && overrides.isEmpty()) {
      // every v1 and v2 knows this name, also beside a compose.yaml
      return new OverrideFile(
          folder.resolve(OVERRIDES.get(0)), true, "Compose reads it by itself, unless -f is used");
    } else if (files.size() == 2 && overrides.equals(List.of(last))) {
      return new OverrideFile(last, true, "Compose reads it by itself, unless -f is used");
    } else {
      why = "the project is started with -f; add -f " + last.resolveSibling(NAMED);
    }
    return new OverrideFile(
        last.resolveSibling(NAMED), false, "Compose reads it only when told: " + why);
  }

  /** A file that a plain {@code up} reads after the project's own, although it was not named. */
  static Optional<Path> unnamed(ComposeFiles project) throws IOException {
    if (namesFiles(project) || !isDefault(project.files().get(0))) {
      return Optional.empty();
    }
    return present(project.files().get(0).getParent(), OVERRIDES).stream()
        .filter(file -> !project.files().contains(file))
        .findFirst();
  }

  /** Made by an earlier attempt, or an earlier rollback, and in use by any plain command since. */
  private static boolean isOurs(Path override) throws IOException {
    return new String(Files.readAllBytes(override), StandardCharsets.UTF_8)
        .startsWith(ImageLine.WRITTEN);
  }

  private static boolean isDefault(Path main) {
    return present(main.getParent(), MAIN).equals(List.of(main));
  }

  private static List<Path> present(Path folder, List<String> names) {
    return names.stream().map(folder::resolve).filter(Files::exists).toList();
  }

  private static boolean namesFiles(ComposeFiles project) throws IOException {
    for (Path file : project.variables()) {
      if (Files.isRegularFile(file)
          && new String(Files.readAllBytes(file), StandardCharsets.UTF_8)
              .lines()
              .anyMatch(line -> COMPOSE_FILE.matcher(line).matches())) {
        return true;
      }
    }
    return false;
  }
}

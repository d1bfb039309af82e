package dev.rollbook.catalog;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** Which file is the catalog. */
public final class CatalogFile {

  public static final String NAME = "rollbook.yaml";
  public static final String VARIABLE = "ROLLBOOK_CATALOG";

  private CatalogFile() {}

  /**
   * The given file, else what {@code ROLLBOOK_CATALOG} names, else the nearest {@code
   * rollbook.yaml} in {@code from} and the folders above it. The first two need not exist: reading
   * says so.
   *
   * @return absolute
   * @throws InvalidCatalog when there is none of them
   */
  public static Path find(Optional<Path> given, Map<String, String> environment, Path from)
      throws InvalidCatalog {
    Path start = from.toAbsolutePath().normalize();
    if (given.isPresent()) {
      return start.resolve(given.get()).normalize();
    }
    String named = environment.getOrDefault(VARIABLE, "");
    if (!named.isBlank()) {
      try {
        return start.resolve(named).normalize();
      } catch (InvalidPathException e) {
        throw none(start, VARIABLE + " does not hold a path: " + e.getReason());
      }
    }
    for (Path folder = start; folder != null; folder = folder.getParent()) {
      if (Files.isRegularFile(folder.resolve(NAME))) {
        return folder.resolve(NAME);
      }
    }
    throw none(
        start,
        "there is no "
            + NAME
            + " here or in a folder above; write one, or name it with -f or "
            + VARIABLE);
  }

  private static InvalidCatalog none(Path start, String message) {
    return InvalidCatalog.because(start.resolve(NAME), Place.START, message);
  }
}

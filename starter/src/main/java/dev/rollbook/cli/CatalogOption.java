package dev.rollbook.cli;

import dev.rollbook.RunJournalFiles;
import dev.rollbook.catalog.Catalog;
import dev.rollbook.catalog.CatalogFile;
import dev.rollbook.catalog.InvalidCatalog;
import io.temporal.failure.ApplicationFailure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Finds and reads the catalog that a command works with. */
final class CatalogOption {

  private static final String STATE = ".rollbook";

  /** The catalog as it was when a run began: the rollback itself may check out an older one. */
  private static final String KEPT = "catalog.yaml";

  private CatalogOption() {}

  /** The folder of everything Rollbook keeps, beside the catalog. */
  static Path state(Catalog catalog) {
    return catalog.folder().resolve(STATE);
  }

  static Path kept(Path state) {
    return state.resolve(KEPT);
  }

  /**
   * @param file {@code -f}; null for none
   * @throws Refusal with every problem at once
   */
  static Catalog read(Path file) {
    try {
      Catalog catalog = Catalog.read(find(file), System.getenv());
      return keptFor(catalog).orElse(catalog);
    } catch (InvalidCatalog e) {
      return keptBeside(file).orElseThrow(() -> new Refusal(ExitCodes.USAGE, problems(e)));
    }
  }

  /**
   * @param environment null for any
   * @throws Refusal naming what exists
   */
  static void requireService(Catalog catalog, String service, String environment) {
    try {
      if (environment == null) {
        catalog.environments(service);
      } else {
        catalog.serviceCatalog().find(service, environment);
      }
    } catch (ApplicationFailure e) {
      throw new Refusal(ExitCodes.USAGE, e.getOriginalMessage());
    }
  }

  static String problems(InvalidCatalog e) {
    String problems =
        e.problems().stream().map(p -> p.in(e.file())).collect(Collectors.joining("\n"));
    int count = e.problems().size();
    return problems + "\n" + count + (count == 1 ? " problem" : " problems") + " in " + e.file();
  }

  static Path find(Path file) throws InvalidCatalog {
    return CatalogFile.find(
        Optional.ofNullable(file), System.getenv(), Path.of("").toAbsolutePath());
  }

  /** The kept one while a run is unfinished: it goes on as it began, whatever was checked out. */
  private static Optional<Catalog> keptFor(Catalog catalog) {
    Path state = state(catalog);
    return unfinished(state).isEmpty() || sameText(catalog.file(), kept(state))
        ? Optional.empty()
        : readKept(state);
  }

  private static boolean sameText(Path one, Path other) {
    try {
      return Files.exists(other) && Files.mismatch(one, other) < 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The kept one, when the checkout took today's away and a run is unfinished. */
  private static Optional<Catalog> keptBeside(Path file) {
    Path from = file == null ? Path.of("").toAbsolutePath() : file.toAbsolutePath().getParent();
    return Stream.iterate(from, path -> path != null, Path::getParent)
        .map(folder -> folder.resolve(STATE))
        .filter(state -> Files.exists(kept(state)) && !unfinished(state).isEmpty())
        .findFirst()
        .flatMap(CatalogOption::readKept);
  }

  private static Optional<Catalog> readKept(Path state) {
    if (!Files.exists(kept(state))) {
      return Optional.empty();
    }
    try {
      return Optional.of(Catalog.readKept(kept(state), state.getParent(), System.getenv()));
    } catch (InvalidCatalog e) {
      return Optional.empty();
    }
  }

  private static List<RunJournalFiles.Entry> unfinished(Path state) {
    try {
      return new RunJournalFiles(state, "")
          .all().stream().filter(RunJournalFiles.Entry::isUnfinished).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

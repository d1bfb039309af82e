package dev.rollbook.catalog;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/** A catalog that cannot be used, with everything that is wrong with it. Shows no values. */
public final class InvalidCatalog extends Exception {

  private static final int SHOWN = 50;

  private final transient Path file;
  private final transient List<Problem> problems;

  public InvalidCatalog(Path file, List<Problem> problems) {
    super(message(file, problems));
    this.file = file;
    this.problems = List.copyOf(problems);
  }

  static InvalidCatalog because(Path file, Place place, String message) {
    return new InvalidCatalog(
        file, List.of(new Problem(place.line(), place.column(), "", message)));
  }

  public Path file() {
    return file;
  }

  /** In the order of the text; at least one. */
  public List<Problem> problems() {
    return problems;
  }

  private static String message(Path file, List<Problem> problems) {
    String count = problems.size() == 1 ? "1 problem" : problems.size() + " problems";
    String more = problems.size() > SHOWN ? "\n… and " + (problems.size() - SHOWN) + " more" : "";
    return problems.stream()
        .limit(SHOWN)
        .map(problem -> problem.in(file))
        .collect(Collectors.joining("\n", "The catalog " + file + " has " + count + ":\n", more));
  }

  /**
   * One thing that is wrong.
   *
   * @param line from 1; 1 when the problem is the whole file
   * @param column from 1, in characters
   * @param where {@code services.shopping-service.environments.local.port}, empty for the whole
   *     file
   */
  public record Problem(int line, int column, String where, String message) {

    /** {@code rollbook.yaml:12:9: services.shopping-service: unknown key 'helth'. …} */
    public String in(Path file) {
      String at = file.getFileName() + ":" + line + ":" + column + ": ";
      return at + (where.isEmpty() ? "" : where + ": ") + message;
    }
  }
}

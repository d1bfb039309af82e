package dev.rollbook.catalog;

import dev.rollbook.catalog.InvalidCatalog.Problem;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Gathers what is wrong with a catalog, so that all of it is reported at once. */
final class Problems {

  private final List<Problem> found = new ArrayList<>();
  private final Set<String> places = new HashSet<>();

  void add(Place place, String where, String message) {
    places.add(where);
    found.add(new Problem(place.line(), place.column(), where, message));
  }

  /** Says so only when nothing else is wrong there: one mistake, one problem. */
  void addFirst(Place place, String where, String message) {
    if (!places.contains(where)) {
      add(place, where, message);
    }
  }

  void throwIfAny(Path file) throws InvalidCatalog {
    if (!found.isEmpty()) {
      found.sort(Comparator.comparingInt(Problem::line).thenComparingInt(Problem::column));
      throw new InvalidCatalog(file, found.stream().distinct().toList());
    }
  }
}

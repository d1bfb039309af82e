package dev.rollbook.decision;

import java.util.List;
import java.util.Set;

/**
 * Alerts that are told together.
 *
 * @param first of them some, in words
 * @param keys of all of them, as {@link TellOnCall#key} names them
 */
public record Alike(List<Alert> first, List<String> keys) {

  private static final int MOST = 20;

  public Alike {
    first = first == null ? List.of() : List.copyOf(first.subList(0, Math.min(MOST, first.size())));
    keys = keys == null ? List.of() : List.copyOf(keys);
  }

  /** The one whose words stand for these. */
  Alert standsFor(List<String> these, String why, Alert otherwise) {
    Set<String> wanted = Set.copyOf(these);
    return first.stream()
        .filter(each -> wanted.contains(TellOnCall.key(each, why)))
        .findFirst()
        .orElse(otherwise);
  }
}

package dev.rollbook.verification;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/** Counts a health URL's answers on the way to UP several times in a row. */
final class UpInARow {

  private static final int KINDS = 10;

  private final int wanted;
  private final Map<String, Integer> kinds = new LinkedHashMap<>();
  private int questions;
  private int up;
  private int most;
  private HealthAnswer last;

  UpInARow(int wanted) {
    this.wanted = wanted;
  }

  void count(HealthAnswer answer) {
    questions++;
    boolean known = kinds.containsKey(answer.kind()) || kinds.size() < KINDS;
    kinds.merge(known ? answer.kind() : "others", 1, Integer::sum);
    up = answer.isUp() ? up + 1 : 0;
    most = Math.max(most, up);
    last = answer;
  }

  boolean isReached() {
    return up >= wanted;
  }

  boolean isEmpty() {
    return last == null;
  }

  HealthAnswer last() {
    return last;
  }

  int questions() {
    return questions;
  }

  /** {@code UP 1 of 3; UP}. */
  String progress() {
    return "UP " + up + " of " + wanted + (last == null ? "" : "; " + last.words());
  }

  /** The longest row there was: {@code UP 1 of 3 times in a row}. */
  String farthest() {
    return "UP " + most + " of " + wanted + " times in a row";
  }

  /** {@code 12 × refused, 3 × UP}. */
  String kinds() {
    return kinds.entrySet().stream()
        .map(kind -> kind.getValue() + " × " + kind.getKey())
        .collect(Collectors.joining(", "));
  }
}

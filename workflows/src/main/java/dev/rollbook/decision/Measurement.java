package dev.rollbook.decision;

import java.time.Instant;

/**
 * One figure of a service.
 *
 * @param name as the catalog has it: {@code errorRate}
 * @param value null where there is none; always a finite number
 * @param at of the sample, by the clock of who measured; null where there is none
 * @param why the figure in words, or why there is none
 */
public record Measurement(
    String name, Shown shown, Double value, Instant at, String query, String why) {

  public Measurement as(Shown other, String words) {
    return new Measurement(name, other, value, at, query, words);
  }

  /** One line, with the query that anybody can ask again. */
  String describe() {
    return "%s: %s, %s%s%s: %s"
        .formatted(
            name,
            shown.words(),
            why,
            value == null ? "" : " (" + value + ")",
            at == null ? "" : " at " + at,
            query);
  }
}

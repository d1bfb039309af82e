package dev.rollbook.escalation;

import dev.rollbook.escalation.Announcements.State;
import java.util.Locale;

/**
 * What a board is to say.
 *
 * @param marker names the incident on every board, and tells nothing of it
 * @param title one line, plain
 * @param text plain
 * @param turn how often the same was said before: stopped, released, and stopped again
 */
public record Announcement(
    String marker,
    String service,
    String environment,
    State state,
    String title,
    String text,
    int turn) {

  /** The same for each attempt to say so. */
  String key() {
    String said = marker + "-" + state.name().toLowerCase(Locale.ROOT);
    return turn == 0 ? said : said + "-" + (turn + 1);
  }

  Announcement inTurn(long before) {
    return new Announcement(
        marker, service, environment, state, title, text, Math.toIntExact(before));
  }
}

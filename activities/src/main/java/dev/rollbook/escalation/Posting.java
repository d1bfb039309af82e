package dev.rollbook.escalation;

import dev.rollbook.escalation.Announcements.State;
import java.time.Instant;

/** What was said of an incident once, as everybody may read it. */
record Posting(
    String id,
    String service,
    String environment,
    State state,
    String title,
    String text,
    Instant at) {

  static Posting of(Announcement announcement, Instant at) {
    return new Posting(
        announcement.marker(),
        announcement.service(),
        announcement.environment(),
        announcement.state(),
        announcement.title(),
        announcement.text(),
        at);
  }
}

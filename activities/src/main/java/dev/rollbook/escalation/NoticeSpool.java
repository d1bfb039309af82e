package dev.rollbook.escalation;

import dev.rollbook.Evidence;
import dev.rollbook.JsonLines;
import dev.rollbook.Redaction;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Every notice on this machine, whatever becomes of the channels: a file for each incident in the
 * folder {@code notices}, one JSON text a line, on disk before it counts; and the log.
 */
public final class NoticeSpool {

  private static final Logger LOG = LoggerFactory.getLogger(NoticeSpool.class);
  private static final int LONGEST_WHY = 4 * 1024;

  private final Path folder;
  private final Redaction redaction;
  private final Clock clock;

  /** A line of the file. */
  record Spooled(
      String id,
      Instant at,
      String service,
      String environment,
      String title,
      String why,
      String level,
      int call,
      String recipient,
      String workflowId) {}

  /**
   * @param state the directory of Rollbook's own files
   */
  public NoticeSpool(Path state, Redaction redaction, Clock clock) {
    this.folder = state.resolve("notices");
    this.redaction = redaction;
    this.clock = clock;
  }

  /**
   * Once for each notice.
   *
   * @return the file
   */
  Path add(Notice notice) {
    Incident incident = notice.incident();
    Path file = folder.resolve(Message.safe(incident.id()) + ".jsonl");
    Spooled line =
        new Spooled(
            notice.id(),
            clock.instant(),
            incident.service(),
            incident.environment(),
            line(incident.title()),
            incident.why() == null
                ? null
                : Evidence.beginning(redaction.clean(Evidence.plain(incident.why())), LONGEST_WHY),
            notice.level(),
            notice.call(),
            notice.recipient(),
            notice.workflowId());
    LOG.warn(
        "{} in {}: {}; call {} of {}, {} ({})",
        incident.service(),
        incident.environment(),
        line.title(),
        notice.call(),
        line(notice.title()),
        line(notice.recipient()),
        line(notice.id()));
    try {
      new JsonLines<>(file, Spooled.class)
          .append(
              known ->
                  known.stream().anyMatch(each -> each.id().equals(line.id()))
                      ? List.of()
                      : List.of(line));
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(
          "The notice could not be written to " + file + ": " + e.getMessage(), e);
    }
  }

  private String line(String text) {
    return redaction.clean(Message.line(text, 300));
  }
}

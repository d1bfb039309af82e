package dev.rollbook.escalation;

import dev.rollbook.JsonLines;
import dev.rollbook.Secret;
import dev.rollbook.escalation.Announcements.State;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;

/**
 * A board that cannot be read back: what it was told is written down here, so that it is told once.
 * Only a crash between the two tells it again, with the same key.
 */
public final class ToldBoard implements Board {

  private final String name;
  private final Board board;
  private final JsonLines<Told> lines;
  private final Path file;
  private final Clock clock;

  /** A line of the file. */
  record Told(String board, String marker, State state, Instant at) {}

  /**
   * @param state the directory of Rollbook's own files
   */
  public ToldBoard(String name, Board board, Path state, Clock clock) {
    this.name = name;
    this.board = board;
    this.file = state.resolve("announced.jsonl");
    this.lines = new JsonLines<>(file, Told.class);
    this.clock = clock;
  }

  @Override
  public void say(Announcement announcement, Runnable whileWaiting) {
    try {
      List<Told> told = told(announcement);
      if (isTold(told, announcement)) {
        return;
      }
      long before = told.stream().filter(each -> each.state() == announcement.state()).count();
      board.say(announcement.inTurn(before), whileWaiting);
      lines.append(
          known ->
              List.of(
                  new Told(name, announcement.marker(), announcement.state(), clock.instant())));
    } catch (IOException e) {
      throw new UncheckedIOException(
          "what was announced is recorded in " + file + ": " + e.getMessage(), e);
    }
  }

  /** What this board was told of the incident, in order. */
  private List<Told> told(Announcement announcement) throws IOException {
    return lines.read().stream()
        .filter(told -> told.board().equals(name) && told.marker().equals(announcement.marker()))
        .toList();
  }

  private static boolean isTold(List<Told> told, Announcement announcement) {
    return !told.isEmpty() && !announcement.state().isNewsAfter(told.get(told.size() - 1).state());
  }

  @Override
  public List<Secret> secrets() {
    return board.secrets();
  }
}

package dev.rollbook.catalog;

import dev.rollbook.Heartbeat;
import dev.rollbook.Redaction;
import dev.rollbook.Secret;
import dev.rollbook.escalation.AckLinks;
import dev.rollbook.escalation.Announcements;
import dev.rollbook.escalation.Boards;
import dev.rollbook.escalation.Channel;
import dev.rollbook.escalation.Channels;
import dev.rollbook.escalation.ChatBoard;
import dev.rollbook.escalation.Messages;
import dev.rollbook.escalation.NoticeBoard;
import dev.rollbook.escalation.NoticeSpool;
import dev.rollbook.escalation.Notices;
import dev.rollbook.escalation.ToldBoard;
import dev.rollbook.escalation.WebhookBoard;
import dev.rollbook.escalation.Wording;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * How the catalog reaches people: channels for those who are called, boards for the others.
 *
 * @param heartbeat the URL that is asked for as long as no call is overdue
 */
public record Contacts(
    Map<String, Channel> channels,
    List<NoticeBoard> boards,
    Wording wording,
    Optional<AckLinks> links,
    Optional<Secret> heartbeat) {

  public Contacts {
    channels = Map.copyOf(channels);
    boards = List.copyOf(boards);
  }

  /**
   * For escalation's activities.
   *
   * @param state the folder {@code .rollbook}
   */
  public Notices notices(Path state, Redaction redaction, Supplier<Heartbeat> heartbeat) {
    return new Channels(
        channels,
        new Messages(wording, links, redaction),
        new NoticeSpool(state, redaction, Clock.systemUTC()),
        heartbeat,
        Heartbeat::attempt,
        Heartbeat::spent);
  }

  /**
   * For escalation's activities.
   *
   * @param state the folder {@code .rollbook}
   */
  public Announcements announcements(
      Path state, Redaction redaction, Supplier<Heartbeat> heartbeat) {
    return new Boards(
        boards.stream().map(board -> remembering(board, state)).toList(),
        redaction,
        heartbeat,
        Heartbeat::attempt);
  }

  /** What cannot be read back is written down here. */
  private static NoticeBoard remembering(NoticeBoard board, Path state) {
    return board.board() instanceof ChatBoard || board.board() instanceof WebhookBoard
        ? new NoticeBoard(
            board.name(),
            board.environments(),
            board.audience(),
            board.wording(),
            new ToldBoard(board.name(), board.board(), state, Clock.systemUTC()))
        : board;
  }

  /** Whether calls can go out at all. */
  public boolean reachAnybody() {
    return !channels.isEmpty();
  }

  /** Everything that may hold one. */
  Stream<Secret> secrets() {
    return Stream.of(
            channels.values().stream().map(Channel::secrets),
            boards.stream().map(board -> board.board().secrets()),
            links.stream().map(each -> each.tokens().secrets()),
            heartbeat.stream().map(List::of))
        .flatMap(lists -> lists)
        .flatMap(List::stream);
  }
}

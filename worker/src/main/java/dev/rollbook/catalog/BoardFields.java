package dev.rollbook.catalog;

import dev.rollbook.Secret;
import dev.rollbook.escalation.Board;
import dev.rollbook.escalation.ChatBoard;
import dev.rollbook.escalation.FileBoard;
import dev.rollbook.escalation.NoticeBoard;
import dev.rollbook.escalation.NoticeBoard.Audience;
import dev.rollbook.escalation.StatuspageBoard;
import dev.rollbook.escalation.WebhookBoard;
import dev.rollbook.escalation.Wording;
import dev.rollbook.escalation.Wording.Language;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Reads where it is announced how a service stands. */
final class BoardFields {

  private final Path folder;
  private final Fields fields;
  private final SecretFields secrets;
  private final ChannelFields channels;
  private final Problems problems;

  BoardFields(Path folder, Map<String, String> environment, Problems problems) {
    this.folder = folder;
    this.fields = new Fields(problems);
    this.secrets = new SecretFields(environment, problems);
    this.channels = new ChannelFields(environment, problems);
    this.problems = problems;
  }

  Wording wording(Value announcements) {
    return new Wording(fields.choice(announcements, "language", Language.EN));
  }

  /**
   * Those of a known type; of another one, the schema has said so.
   *
   * @param known the names of environments that there are
   */
  List<NoticeBoard> read(Value announcements, Set<String> known) {
    Wording wording = wording(announcements);
    List<NoticeBoard> boards = new ArrayList<>();
    announcements
        .part("boards")
        .members()
        .forEach(
            (name, at) -> {
              checkEnvironments(at, known);
              switch (fields.text(at, "type").orElse("")) {
                case "file" -> boards.add(board(name, at, Audience.USERS, wording, file(name, at)));
                case "statuspage" ->
                    boards.add(board(name, at, Audience.USERS, wording, statuspage(name, at)));
                case "slack" ->
                    boards.add(
                        board(
                            name,
                            at,
                            Audience.TEAMS,
                            wording,
                            new ChatBoard(channels.slack("board " + name, at))));
                case "webhook" ->
                    boards.add(
                        board(
                            name,
                            at,
                            Audience.TEAMS,
                            wording,
                            new WebhookBoard(channels.webhook("board " + name, at))));
                default -> {}
              }
            });
    return boards;
  }

  private NoticeBoard board(String name, Value at, Audience usual, Wording wording, Board board) {
    Set<String> environments =
        at.part("environments").items().stream().map(Value::text).collect(Collectors.toSet());
    Audience audience = fields.choice(at, "audience", usual);
    return new NoticeBoard(name, environments, audience, wording, board);
  }

  private FileBoard file(String name, Value at) {
    Path site = fields.path(at, "folder", folder).orElse(folder);
    return new FileBoard(name, site, Clock.systemUTC());
  }

  private StatuspageBoard statuspage(String name, Value at) {
    Map<String, String> components = new LinkedHashMap<>();
    at.part("components")
        .members()
        .forEach((service, component) -> components.put(service, component.text()));
    return new StatuspageBoard(
        name,
        fields.url(at, "url").orElse(URI.create(StatuspageBoard.URL)),
        fields.text(at, "page").orElse(""),
        secrets.secret(at, "key").orElse(new Secret("", Map.of())),
        components);
  }

  private void checkEnvironments(Value at, Set<String> known) {
    for (Value item : at.part("environments").items()) {
      if (item.isScalar() && !known.contains(item.text())) {
        problems.addFirst(
            item.place(),
            item.where(),
            "no service has this environment. " + Names.hint(item.text(), known, "There are: "));
      }
    }
  }
}

package dev.rollbook.catalog;

import dev.rollbook.Secret;
import dev.rollbook.escalation.AckLinks;
import dev.rollbook.escalation.LinkToken;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Reads how people are reached. */
final class ContactFields {

  private static final Duration VALID_FOR = Duration.ofHours(24);

  private final Fields fields;
  private final SecretFields secrets;
  private final ChannelFields channels;
  private final BoardFields boards;

  ContactFields(Path folder, Map<String, String> environment, Problems problems) {
    this.fields = new Fields(problems);
    this.secrets = new SecretFields(environment, problems);
    this.channels = new ChannelFields(environment, problems);
    this.boards = new BoardFields(folder, environment, problems);
  }

  Contacts read(Value root) {
    Value announcements = root.part("announcements");
    return new Contacts(
        channels.read(root.part("channels")),
        boards.read(announcements, environments(root)),
        boards.wording(announcements),
        root.member("links").flatMap(this::links),
        channels.url(root.part("escalation"), "heartbeat"));
  }

  private Optional<AckLinks> links(Value at) {
    List<LinkToken.Key> keys = new ArrayList<>();
    Map<String, Secret> written = secrets.keys(at, "keys");
    written.forEach((name, secret) -> keys.add(new LinkToken.Key(name, secret)));
    Optional<URI> url = fields.url(at, "url");
    Duration validFor = fields.duration(at, "validFor", VALID_FOR);
    Clock clock = Clock.systemUTC();
    return url.filter(base -> !keys.isEmpty())
        .map(base -> new AckLinks(base, new LinkToken(keys, clock), validFor, clock));
  }

  private static Set<String> environments(Value root) {
    Set<String> names = new TreeSet<>();
    root.part("services")
        .members()
        .values()
        .forEach(service -> names.addAll(service.part("environments").members().keySet()));
    return names;
  }
}

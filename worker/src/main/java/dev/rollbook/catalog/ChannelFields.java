package dev.rollbook.catalog;

import dev.rollbook.Secret;
import dev.rollbook.escalation.Channel;
import dev.rollbook.escalation.EmailChannel;
import dev.rollbook.escalation.MailServer;
import dev.rollbook.escalation.MailServer.Tls;
import dev.rollbook.escalation.PagerDutyChannel;
import dev.rollbook.escalation.SlackChannel;
import dev.rollbook.escalation.WebhookChannel;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Reads the ways to reach people. Whether they work is seen when they are used. */
final class ChannelFields {

  private static final Pattern THIS_MACHINE =
      Pattern.compile("localhost|127(\\.[0-9]{1,3}){3}", Pattern.CASE_INSENSITIVE);
  private static final Secret NONE = new Secret("", Map.of());

  private final Problems problems;
  private final Fields fields;
  private final SecretFields secrets;

  ChannelFields(Map<String, String> environment, Problems problems) {
    this.problems = problems;
    this.fields = new Fields(problems);
    this.secrets = new SecretFields(environment, problems);
  }

  /** Those of a known type; of another one, the schema has said so. */
  Map<String, Channel> read(Value at) {
    Map<String, Channel> channels = new LinkedHashMap<>();
    at.members()
        .forEach(
            (name, channel) -> {
              switch (fields.text(channel, "type").orElse("")) {
                case "email" -> channels.put(name, new EmailChannel(name, mailServer(channel)));
                case "webhook" -> channels.put(name, webhook("channel " + name, channel));
                case "slack" -> channels.put(name, slack("channel " + name, channel));
                case "pagerduty" -> channels.put(name, pagerDuty(name, channel));
                default -> {}
              }
            });
    return channels;
  }

  SlackChannel slack(String name, Value at) {
    return new SlackChannel(name, secrets.secret(at, "url").orElse(NONE));
  }

  WebhookChannel webhook(String name, Value at) {
    return new WebhookChannel(
        name, url(at, "url").orElse(NONE), secrets.headers(at), secrets.secret(at, "signingKey"));
  }

  /** One that may hold a secret, or be one. */
  Optional<Secret> url(Value at, String name) {
    Optional<Secret> url = secrets.text(at, name);
    if (url.isPresent() && !url.get().isReference()) {
      checkUrl(at.part(name));
    }
    return url;
  }

  private PagerDutyChannel pagerDuty(String name, Value at) {
    String url = fields.url(at, "url").map(String::valueOf).orElse(PagerDutyChannel.URL);
    return new PagerDutyChannel(
        "channel " + name,
        new Secret(url, Map.of()),
        secrets.secret(at, "routingKey").orElse(NONE));
  }

  private MailServer mailServer(Value at) {
    Tls tls = fields.choice(at, "tls", Tls.REQUIRED);
    String host = fields.text(at, "host").orElse("");
    if (tls == Tls.NONE && !THIS_MACHINE.matcher(host).matches()) {
      Value written = at.part("tls");
      problems.addFirst(
          written.place(),
          written.where(),
          "is for a mail server on this machine (localhost) only; write required or starttls");
    }
    int usual =
        switch (tls) {
          case REQUIRED -> 465;
          case STARTTLS -> 587;
          case NONE -> 25;
        };
    return new MailServer(
        host,
        fields.number(at, "port", usual),
        tls,
        fields.text(at, "from").orElse(""),
        secrets.text(at, "username"),
        secrets.secret(at, "password"));
  }

  private void checkUrl(Value url) {
    String text = url.text();
    try {
      if (!text.startsWith("http://") && !text.startsWith("https://")) {
        throw new IllegalArgumentException(
            "not a URL to send to: it begins with http:// or https://");
      }
      Addresses.url(text);
    } catch (IllegalArgumentException e) {
      problems.addFirst(url.place(), url.where(), e.getMessage());
    }
  }
}

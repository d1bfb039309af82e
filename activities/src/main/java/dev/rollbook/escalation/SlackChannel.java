package dev.rollbook.escalation;

import dev.rollbook.Secret;
import dev.rollbook.verification.HttpAnswer;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** An incoming webhook of Slack, or of a chat that takes the same. */
public final class SlackChannel implements Channel {

  /** Of what was written elsewhere; how to answer comes after it, and is never cut. */
  private static final int LONGEST = 8000;

  private final String to;
  private final Secret url;
  private final Delivery delivery;

  /**
   * @param to in words, for failures: {@code channel chat}
   */
  public SlackChannel(String to, Secret url) {
    this(to, url, new Delivery());
  }

  SlackChannel(String to, Secret url, Delivery delivery) {
    this.to = to;
    this.url = url;
    this.delivery = delivery;
  }

  @Override
  public String send(Message message, Runnable whileWaiting) {
    String text = "*" + escaped(message.subject()) + "*\n" + escaped(message.body());
    return post(message.key(), text, answer(message), whileWaiting);
  }

  /**
   * @param text escaped
   * @param last the last line, escaped
   */
  String post(String key, String text, String last, Runnable whileWaiting) {
    String whole = cut(text) + "\n" + last + "\n_" + escaped(key) + "_";
    HttpAnswer answer = delivery.post(to, url, Map.of(), Map.of("text", whole), whileWaiting);
    return Message.line(answer.text(), 100);
  }

  private static String cut(String text) {
    return text.codePointCount(0, text.length()) <= LONGEST
        ? text
        : text.substring(0, text.offsetByCodePoints(0, LONGEST)) + "…";
  }

  /** Text that shows as it is: no link, no mention of a channel, nobody woken by it. */
  static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replaceAll("@(?=(?i:channel|here|all|everyone)\\b)", "@\u200b");
  }

  private static String answer(Message message) {
    return Stream.concat(
            Stream.of(escaped(message.command())),
            message.links().stream().map(link -> escaped(link.words()) + " <" + link.href() + ">"))
        .collect(Collectors.joining("\n"));
  }

  @Override
  public List<Secret> secrets() {
    return List.of(url);
  }
}

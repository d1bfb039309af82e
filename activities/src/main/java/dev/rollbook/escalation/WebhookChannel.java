package dev.rollbook.escalation;

import dev.rollbook.Secret;
import dev.rollbook.verification.HttpAnswer;
import dev.rollbook.verification.HttpQuestion;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** JSON to any HTTP server, once for each notice as far as the server heeds the key. */
public final class WebhookChannel implements Channel {

  private final String to;
  private final Secret url;
  private final Map<String, Secret> headers;
  private final Optional<Secret> signingKey;
  private final Delivery delivery;
  private final Clock clock;

  /**
   * @param to in words, for failures: {@code channel hook}
   * @param signingKey with it each request is signed: <code>
   *     X-Rollbook-Signature: t=SECONDS,v1=HEX</code>, the HMAC-SHA-256 over <code>SECONDS.BODY
   *     </code>
   */
  public WebhookChannel(
      String to, Secret url, Map<String, Secret> headers, Optional<Secret> signingKey) {
    this(to, url, headers, signingKey, new Delivery(), Clock.systemUTC());
  }

  WebhookChannel(
      String to,
      Secret url,
      Map<String, Secret> headers,
      Optional<Secret> signingKey,
      Delivery delivery,
      Clock clock) {
    this.to = to;
    this.url = url;
    this.headers = Map.copyOf(headers);
    this.signingKey = signingKey;
    this.delivery = delivery;
    this.clock = clock;
  }

  @Override
  public String send(Message message, Runnable whileWaiting) {
    return post(message.key(), content(message), whileWaiting);
  }

  /** What the server answered, on one line. */
  String post(String key, Map<String, Object> content, Runnable whileWaiting) {
    byte[] body = Delivery.bytes(content);
    Map<String, Secret> sent = new LinkedHashMap<>(headers);
    sent.put("Idempotency-Key", new Secret(key, Map.of()));
    signingKey.ifPresent(
        secret ->
            sent.put(
                "X-Rollbook-Signature",
                new Secret(
                    Signature.of(Delivery.reveal(to, secret), body, clock.instant()), Map.of())));
    HttpAnswer answer =
        delivery.ask(
            to,
            HttpQuestion.json(
                "POST", Delivery.url(to, url.toString(), Delivery.reveal(to, url)), sent, body),
            whileWaiting);
    return Message.line(answer.status() + " " + answer.text(), 100);
  }

  private static Map<String, Object> content(Message message) {
    Notice notice = message.notice();
    Incident incident = notice.incident();
    Map<String, Object> content = new LinkedHashMap<>();
    content.put("id", notice.id());
    content.put("event", "call");
    content.put("text", message.subject());
    content.put("incident", incident);
    content.put("level", notice.level());
    content.put("title", notice.title());
    content.put("call", notice.call());
    content.put("recipient", notice.recipient());
    content.put("workflowId", notice.workflowId());
    content.put("answer", message.answer());
    content.put("link", message.href(AckLinks.ACK));
    content.put("approve", message.href(AckLinks.APPROVE));
    content.put("reject", message.href(AckLinks.REJECT));
    return content;
  }

  @Override
  public List<Secret> secrets() {
    List<Secret> secrets = new ArrayList<>(headers.values());
    secrets.add(url);
    signingKey.ifPresent(secrets::add);
    return secrets;
  }
}

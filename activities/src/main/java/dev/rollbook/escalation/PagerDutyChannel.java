package dev.rollbook.escalation;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.rollbook.Payloads;
import dev.rollbook.Secret;
import dev.rollbook.Severity;
import dev.rollbook.escalation.Notices.Became;
import dev.rollbook.verification.HttpAnswer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * PagerDuty's Events API v2: an alert for each notice, one however often it is sent. A repeated
 * call is another one, since the same would wake nobody; each is acknowledged and resolved.
 */
public final class PagerDutyChannel implements Channel {

  public static final String URL = "https://events.pagerduty.com/v2/enqueue";

  private static final int LONGEST_SUMMARY = 1024;

  private final String to;
  private final Secret url;
  private final Secret routingKey;
  private final Delivery delivery;

  /**
   * @param to in words, for failures: {@code channel pager}
   */
  public PagerDutyChannel(String to, Secret url, Secret routingKey) {
    this(to, url, routingKey, new Delivery());
  }

  PagerDutyChannel(String to, Secret url, Secret routingKey, Delivery delivery) {
    this.to = to;
    this.url = url;
    this.routingKey = routingKey;
    this.delivery = delivery;
  }

  @Override
  public String send(Message message, Runnable whileWaiting) {
    Map<String, Object> event = event("trigger", message.key());
    event.put("payload", payload(message));
    if (!message.links().isEmpty()) {
      event.put(
          "links",
          message.links().stream()
              .map(link -> Map.of("href", link.href(), "text", link.deed()))
              .toList());
    }
    return dedupKey(delivery.post(to, url, Map.of(), event, whileWaiting));
  }

  private Map<String, Object> event(String action, String key) {
    Map<String, Object> event = new LinkedHashMap<>();
    event.put("routing_key", Delivery.reveal(to, routingKey));
    event.put("event_action", action);
    event.put("dedup_key", key);
    return event;
  }

  @Override
  public boolean staysOpen() {
    return true;
  }

  @Override
  public String follow(String key, Became became, Runnable whileWaiting) {
    String action = became == Became.OVER ? "resolve" : "acknowledge";
    return dedupKey(delivery.post(to, url, Map.of(), event(action, key), whileWaiting));
  }

  private static Map<String, Object> payload(Message message) {
    Notice notice = message.notice();
    Incident incident = notice.incident();
    Map<String, Object> payload = new LinkedHashMap<>();
    payload.put("summary", Message.line(message.subject(), LONGEST_SUMMARY));
    payload.put("source", incident.service() + "/" + incident.environment());
    payload.put("severity", severity(notice.severity()));
    payload.put("component", incident.service());
    payload.put("group", incident.environment());
    payload.put("class", String.valueOf(new TreeSet<>(incident.troubles())));
    payload.put(
        "custom_details",
        Map.of(
            "notice", notice.id(),
            "incident", String.valueOf(incident.id()),
            "level", String.valueOf(notice.title()),
            "recipient", String.valueOf(notice.recipient()),
            "call", notice.call(),
            "text", message.body(),
            "answer", message.answer()));
    return payload;
  }

  /** In PagerDuty's words; a failed rollback is critical. */
  private static String severity(Severity ours) {
    return ours == null
        ? "critical"
        : switch (ours) {
          case CRITICAL -> "critical";
          case HIGH -> "error";
          case MEDIUM -> "warning";
          case LOW -> "info";
        };
  }

  private static String dedupKey(HttpAnswer answer) {
    try {
      return Message.line(
          Payloads.mapper().readTree(answer.text()).path("dedup_key").asText(""), 255);
    } catch (JsonProcessingException e) {
      return null;
    }
  }

  @Override
  public List<Secret> secrets() {
    return List.of(url, routingKey);
  }
}

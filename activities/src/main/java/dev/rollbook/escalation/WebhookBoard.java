package dev.rollbook.escalation;

import dev.rollbook.Secret;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Any HTTP server, told in JSON. */
public final class WebhookBoard implements Board {

  private final WebhookChannel channel;

  public WebhookBoard(WebhookChannel channel) {
    this.channel = channel;
  }

  @Override
  public void say(Announcement announcement, Runnable whileWaiting) {
    Map<String, Object> content = new LinkedHashMap<>();
    content.put("id", announcement.key());
    content.put("event", "announcement");
    content.put("incident", announcement.marker());
    content.put("service", announcement.service());
    content.put("environment", announcement.environment());
    content.put("state", announcement.state());
    content.put("title", announcement.title());
    content.put("text", announcement.text());
    channel.post(announcement.key(), content, whileWaiting);
  }

  @Override
  public List<Secret> secrets() {
    return channel.secrets();
  }
}

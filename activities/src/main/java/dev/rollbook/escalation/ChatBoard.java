package dev.rollbook.escalation;

import dev.rollbook.Secret;
import java.util.List;

/** A chat's channel, over a webhook as {@link SlackChannel} knows it. */
public final class ChatBoard implements Board {

  private final SlackChannel channel;

  public ChatBoard(SlackChannel channel) {
    this.channel = channel;
  }

  @Override
  public void say(Announcement announcement, Runnable whileWaiting) {
    channel.post(
        announcement.key(),
        "*" + SlackChannel.escaped(announcement.title()) + "*",
        SlackChannel.escaped(announcement.text()),
        whileWaiting);
  }

  @Override
  public List<Secret> secrets() {
    return channel.secrets();
  }
}

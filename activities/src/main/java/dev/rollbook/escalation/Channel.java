package dev.rollbook.escalation;

import dev.rollbook.Secret;
import dev.rollbook.escalation.Notices.Became;
import java.util.List;

/** One way to reach people. Any number of threads may send at once. */
public interface Channel {

  /**
   * Sends once, within 25 s.
   *
   * @param whileWaiting called at least once a second; what it throws ends the sending
   * @return what the other side answered, on one line: a provider's id; null for nothing
   * @throws io.temporal.failure.ApplicationFailure ChannelBroken, not retried, when a second
   *     attempt would fare no better; another one is worth it
   */
  String send(Message message, Runnable whileWaiting);

  /** Whether what was sent stays open at the other side until that hears what became of it. */
  default boolean staysOpen() {
    return false;
  }

  /**
   * Says what became of what was sent, as {@link #send} sends; only where it stays open.
   *
   * @param key of the message
   * @return what the other side answered; null for nothing
   */
  default String follow(String key, Became became, Runnable whileWaiting) {
    return null;
  }

  /** Everything that may hold one. */
  List<Secret> secrets();
}

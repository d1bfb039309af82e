package dev.rollbook.escalation;

import dev.rollbook.Secret;
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

  /** Everything that may hold one. */
  List<Secret> secrets();
}
